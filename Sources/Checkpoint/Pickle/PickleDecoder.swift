import OrderedCollections
import Tensor

/// Turns the inert graph of a pickle into checkpoint values: plain data directly, and of all classes and functions only those that a
/// table names.
struct PickleDecoder {
  /// Finds a storage, which lies outside of the pickle, by the identifier in it.
  typealias StorageLoader = (StorageIdentifier) throws -> Storage
  /// Makes a value of a call of the function or class that it is registered for.
  typealias Constructor = @Sendable (inout PickleDecoder, PickleObject) throws -> CheckpointValue

  let graph: PickleGraph
  private let unknownClasses: UnknownClassPolicy
  private let loadStorage: StorageLoader

  private enum Progress {
    case notReached
    case open
    case done(CheckpointValue, weight: Int)
  }
  private var progress: [Progress]
  private var depth = 0
  /// The number of values that a walk through the result would visit, sharing or not.
  private var weight = 0
  private let weightLimit: Int

  /// Deeper nesting than this is an attack, not a checkpoint; it would exhaust the stack of whoever walks through it.
  private static let depthLimit = 500

  init(_ graph: PickleGraph, unknownClasses: UnknownClassPolicy, loadStorage: @escaping StorageLoader) {
    self.graph = graph
    self.unknownClasses = unknownClasses
    self.loadStorage = loadStorage
    progress = Array(repeating: .notReached, count: graph.nodes.count)
    // A graph whose parts are shared can unfold to exponentially many values.
    weightLimit = 1_000_000 + 16 * graph.nodes.count
  }

  /// The value of the whole pickle.
  mutating func decode() throws -> CheckpointValue {
    try value(graph.root)
  }

  // MARK: Values

  mutating func value(_ value: PickleValue) throws -> CheckpointValue {
    switch value {
    case .none: return counted(.none)
    case .bool(let value): return counted(.bool(value))
    case .int(let value): return counted(.int(value))
    case .double(let value): return counted(.double(value))
    case .string(let value): return counted(.string(value))
    case .node(let index): return try nodeValue(index)
    }
  }

  mutating func values(_ values: [PickleValue]) throws -> [CheckpointValue] {
    var result: [CheckpointValue] = []
    result.reserveCapacity(values.count)
    for element in values { result.append(try value(element)) }
    return result
  }

  private mutating func counted(_ value: CheckpointValue) -> CheckpointValue {
    weight += 1
    return value
  }

  private mutating func nodeValue(_ index: Int) throws -> CheckpointValue {
    switch progress[index] {
    case .done(let value, let weight):
      try add(weight: weight)
      return value
    case .open:
      throw CheckpointError.unsupported("the pickle has a value that contains itself")
    case .notReached: break
    }
    guard depth < PickleDecoder.depthLimit else {
      throw CheckpointError.unsupported("the pickle is nested more than \(PickleDecoder.depthLimit) levels deep")
    }
    let weightBefore = weight
    depth += 1
    progress[index] = .open
    try add(weight: 1)
    let value = try makeValue(graph.nodes[index])
    progress[index] = .done(value, weight: weight - weightBefore)
    depth -= 1
    return value
  }

  private mutating func add(weight added: Int) throws {
    weight += added
    guard weight <= weightLimit else {
      throw CheckpointError.unsupported("the pickle unfolds to more than \(weightLimit) values")
    }
  }

  private mutating func makeValue(_ node: PickleNode) throws -> CheckpointValue {
    switch node {
    case .bigInteger(let value): return .bigInt(value)
    case .bytes(let value): return .bytes(value)
    case .list(let elements): return .list(try values(elements))
    case .tuple(let elements): return .tuple(try values(elements))
    case .set(let elements), .frozenSet(let elements): return .set(try values(elements))
    case .dictionary(let entries): return .dictionary(CheckpointDictionary(try self.entries(entries)))
    case .global(let global): return try globalValue(global)
    case .persistent(let identifier): return try persistentValue(identifier)
    case .object(let object): return try objectValue(object)
    case .moved: return .none
    }
  }

  /// The entries of a dictionary, from key, value, key, value, and so on.
  mutating func entries(_ flat: [PickleValue]) throws -> OrderedDictionary<CheckpointValue, CheckpointValue> {
    var entries = OrderedDictionary<CheckpointValue, CheckpointValue>(minimumCapacity: flat.count / 2)
    for index in stride(from: 0, to: flat.count - 1, by: 2) {
      let key = try value(flat[index])
      entries[key] = try value(flat[index + 1])
    }
    return entries
  }

  // MARK: Classes, functions and what they make

  private mutating func globalValue(_ global: PickleGlobal) throws -> CheckpointValue {
    if let dtype = TorchNames.dtype(global) { return .dtype(dtype) }
    guard unknownClasses == .table else { throw PickleDecoder.unsupported(global) }
    return .object(CheckpointObject(className: global.description))
  }

  private mutating func objectValue(_ object: PickleObject) throws -> CheckpointValue {
    let global = try global(object.callable)
    if let constructor = PickleDecoder.constructors[global.description] {
      return try constructor(&self, object)
    }
    guard unknownClasses == .table else { throw PickleDecoder.unsupported(global) }
    return try inert(object, global)
  }

  private mutating func inert(_ object: PickleObject, _ global: PickleGlobal) throws -> CheckpointValue {
    var className = global.description
    var arguments = object.arguments
    // Protocols 0 and 1 make objects by a function that takes the class.
    if className == "copyreg._reconstructor" || className == "copyreg.__newobj__", let first = arguments.first {
      className = try self.global(first).description
      arguments = []
    }
    var entries = CheckpointDictionary(try self.entries(object.entries))
    if case .dictionary(let keywords) = object.keywords.flatMap(graph.node) {
      entries.attributes = try attributes(keywords)
    }
    return .object(
      CheckpointObject(
        className: className, arguments: try values(arguments), state: try object.state.map { try value($0) } ?? .none,
        elements: try values(object.elements), entries: entries))
  }

  /// Entries whose keys are text.
  mutating func attributes(_ flat: [PickleValue]) throws -> OrderedDictionary<String, CheckpointValue> {
    var attributes: OrderedDictionary<String, CheckpointValue> = [:]
    for (key, value) in try entries(flat) {
      guard let name = key.string else { throw CheckpointError.malformed("the pickle has an attribute without a name") }
      attributes[name] = value
    }
    return attributes
  }

  /// The class or function that a value stands for.
  func global(_ value: PickleValue) throws -> PickleGlobal {
    switch graph.node(value) {
    case .global(let global): return global
    case .persistent(let identifier):
      // Files with whole networks name a class together with its source code.
      if case .tuple(let fields) = graph.node(identifier), let named = PickleDecoder.containerClass(fields),
        case .global(let global) = graph.node(named)
      {
        return global
      }
    default: break
    }
    throw CheckpointError.malformed("the pickle calls what is neither a class nor a function")
  }

  /// The class in a persistent identifier: ("module", class, file, source), or without the word in the oldest format.
  private static func containerClass(_ fields: [PickleValue]) -> PickleValue? {
    if fields.first == .string("module") { return fields.count > 1 ? fields[1] : nil }
    return fields.first
  }

  static func unsupported(_ global: PickleGlobal) -> CheckpointError {
    .unsupported(
      "unsupported global: GLOBAL \(global) is not among the classes and functions that describe data; nothing of it was run. "
        + "Ask for unknown classes as tables to see what the file says of it")
  }

  // MARK: Storages

  private mutating func persistentValue(_ identifier: PickleValue) throws -> CheckpointValue {
    if case .tuple(let fields) = graph.node(identifier), fields.first != .string("storage"),
      let named = PickleDecoder.containerClass(fields), case .global(let global) = graph.node(named)
    {
      return try globalValue(global)
    }
    let (storage, identifier) = try storage(identifier: identifier)
    return .tensor(
      try tensor(
        storage, dtype: identifier.dtype ?? .uint8, shape: [identifier.view?.count ?? identifier.elementCount],
        strides: [1],
        offset: identifier.view?.offset ?? 0))
  }

  /// The storage that an argument of a rebuilding function stands for, with the type of its elements.
  func storage(_ value: PickleValue?) throws -> (storage: Storage, identifier: StorageIdentifier) {
    guard case .persistent(let identifier) = value.flatMap(graph.node) else {
      throw CheckpointError.malformed("the pickle makes a tensor of something other than a storage")
    }
    return try storage(identifier: identifier)
  }

  private func storage(identifier: PickleValue) throws -> (storage: Storage, identifier: StorageIdentifier) {
    let identifier = try StorageIdentifier(identifier, in: graph)
    return (try loadStorage(identifier), identifier)
  }

  func tensor(_ storage: Storage, dtype: DType, shape: [Int], strides: [Int], offset: Int) throws -> Tensor {
    do {
      return try Tensor(storage: storage, dtype: dtype, shape: shape, strides: strides, offset: offset)
    } catch let error as TensorError {
      throw CheckpointError.malformed("the file has a tensor outside of its storage: \(error.message)")
    }
  }

  /// What the classes and functions that may occur in a checkpoint mean, by their names.
  static let constructors: [String: Constructor] =
    pythonConstructors.merging(tensorConstructors) { $1 }.merging(numpyConstructors) { $1 }
}

/// What becomes of instances of classes that are not data.
public enum UnknownClassPolicy: Sendable {
  /// An error that names the class.
  case error
  /// ``CheckpointValue/object(_:)``, inert data under the name of the class.
  case table
}
