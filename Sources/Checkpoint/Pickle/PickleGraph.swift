/// What a pickle describes, as inert data: nothing is imported, called or built.
///
/// Containers lie in one array and refer to each other by index, so cycles leak nothing and deep nesting needs no stack.
struct PickleGraph {
  var nodes: [PickleNode] = []
  var root = PickleValue.none

  /// Adds a node, and returns the reference to it.
  mutating func add(_ node: PickleNode) -> PickleValue {
    nodes.append(node)
    return .node(nodes.count - 1)
  }

  /// The node that a value refers to.
  func node(_ value: PickleValue) -> PickleNode? {
    guard case .node(let index) = value else { return nil }
    return nodes[index]
  }
}

/// A value small enough to be copied, or the index of a node.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case node(Int)
}

enum PickleNode {
  case bigInteger(BigInteger)
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  /// Key, value, key, value, and so on.
  case dictionary([PickleValue])
  case set([PickleValue])
  case frozenSet([PickleValue])
  indirect case global(PickleGlobal)
  /// What lies outside the pickle, by the name that the pickle gives it.
  case persistent(PickleValue)
  indirect case object(PickleObject)
  /// Stands in for a node while its content is being changed in place.
  case moved
}

/// A class or function, by its name.
struct PickleGlobal: Hashable, CustomStringConvertible {
  let module: String
  let name: String

  /// - Parameter module: as the file has it; Python 2's names of its own things become Python 3's.
  init(module: String, name: String) {
    switch module {
    case "__builtin__": self.module = "builtins"
    case "copy_reg": self.module = "copyreg"
    default: self.module = module
    }
    self.name = module == "__builtin__" ? PickleGlobal.renamed[name] ?? name : name
  }

  private static let renamed = ["xrange": "range", "long": "int", "unicode": "str", "unichr": "chr"]

  var description: String { "\(module).\(name)" }
}

/// A call that Python would make, with all that it would do to the result afterwards.
struct PickleObject {
  /// The class or function to call.
  let callable: PickleValue
  let arguments: [PickleValue]
  /// Keyword arguments, a dictionary, if the class takes any.
  let keywords: PickleValue?
  /// What `__setstate__` would get.
  var state: PickleValue?
  /// What `append` or `add` would get.
  var elements: [PickleValue] = []
  /// What `__setitem__` would get: key, value, key, value, and so on.
  var entries: [PickleValue] = []
}
