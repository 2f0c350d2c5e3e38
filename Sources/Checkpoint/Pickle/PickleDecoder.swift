import OrderedCollections
import Tensor

/// Turns the inert graph of a pickle into checkpoint values: plain data directly, and of all classes and functions only those that a
/// table names.
struct PickleDecoder {
  /// Finds a storage, which lies outside of the pickle, by the identifier in it.
  typealias StorageLoader = (StorageIdentifier) throws -> Storage
  /// Finds what lies outside of the pickle by another identifier than a storage's; nil if it is none of that sort.
  typealias ObjectLoader = (PickleValue) throws -> CheckpointValue?
  /// Makes a value of a call of the function or class that it is registered for.
  typealias Constructor = @Sendable (inout PickleDecoder, PickleObject) throws -> CheckpointValue

  let graph: PickleGraph
  let unknownClasses: UnknownClassPolicy
  private let loadStorage: StorageLoader
  private let loadObject: ObjectLoader

  private var unfolding: Unfolding

  init(
    _ graph: PickleGraph, unknownClasses: UnknownClassPolicy, loadObject: @escaping ObjectLoader = { _ in nil },
    loadStorage: @escaping StorageLoader
  ) {
    self.graph = graph
    self.unknownClasses = unknownClasses
    self.loadObject = loadObject
    self.loadStorage = loadStorage
    unfolding = Unfolding("the pickle", nodeCount: graph.nodes.count)
  }

  /// The value of the whole pickle.
  mutating func decode() throws -> CheckpointValue {
    try value(graph.root)
  }

  // MARK: Values

  mutating func value(_ value: PickleValue) throws -> CheckpointValue {
    if case .node(let index) = value {
      if let made = try unfolding.open(index) { return made }
      let made = try makeValue(graph.nodes[index])
      unfolding.close(index, made)
      return made
    }
    try unfolding.count(1)
    switch value {
    case .none, .node: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    }
  }

  mutating func values(_ values: [PickleValue]) throws -> [CheckpointValue] {
    var result: [CheckpointValue] = []
    result.reserveCapacity(values.count)
    for element in values { result.append(try value(element)) }
    return result
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
    guard unknownClasses == .table else { throw CheckpointError.unknownClass(global.description) }
    return .object(CheckpointObject(className: global.description))
  }

  private mutating func objectValue(_ object: PickleObject) throws -> CheckpointValue {
    let global = try global(object.callable)
    if let constructor = PickleDecoder.constructors[global.description] {
      let depth = unfolding.depth
      do {
        return try constructor(&self, object)
      } catch let error as CheckpointError
        where unknownClasses == .table && (error.kind == .unsupported || error.kind == .unknownClass)
      {
        // A sparse tensor, for example: what it would be made of.
        unfolding.abandon(to: depth)
        return try inert(object, global)
      }
    }
    guard unknownClasses == .table else { throw CheckpointError.unknownClass(global.description) }
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
    let instance = CheckpointObject(
      className: className, arguments: try values(arguments), state: try object.state.map { try value($0) } ?? .none,
      elements: try values(object.elements), entries: entries)
    return try stateDict(of: instance) ?? .object(instance)
  }

  /// Counts values that are made of others, see ``Unfolding/count(_:)``.
  mutating func count(_ added: Int) throws { try unfolding.count(added) }

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

  // MARK: Storages

  private mutating func persistentValue(_ identifier: PickleValue) throws -> CheckpointValue {
    if let value = try loadObject(identifier) { return value }
    if case .tuple(let fields) = graph.node(identifier), fields.first != .string("storage"),
      let named = PickleDecoder.containerClass(fields), case .global(let global) = graph.node(named)
    {
      return try globalValue(global)
    }
    do {
      let (storage, identifier) = try storage(identifier: identifier)
      return .tensor(
        try TensorData.tensor(
          storage, dtype: identifier.dtype ?? .uint8, shape: [identifier.view?.count ?? identifier.elementCount],
          strides: [1], offset: identifier.view?.offset ?? 0))
    } catch let error as CheckpointError where error.kind == .unsupported && unknownClasses == .table {
      guard case .tuple(let fields) = graph.node(identifier), fields.count > 1,
        case .global(let type) = graph.node(fields[1])
      else { throw error }
      return .object(CheckpointObject(className: type.description))
    }
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

  /// What the classes and functions that may occur in a checkpoint mean, by their names.
  static let constructors: [String: Constructor] =
    pythonConstructors.merging(tensorConstructors) { $1 }.merging(numpyConstructors) { $1 }
}

/// What becomes of instances of classes that are not data.
public enum UnknownClassPolicy: Sendable {
  /// An error that names the class.
  case error
  /// ``CheckpointValue/object(_:)``, inert data under the name of the class; so is what is known and not supported, such as a sparse
  /// tensor. A network that was saved whole is its state dict.
  case table
}
