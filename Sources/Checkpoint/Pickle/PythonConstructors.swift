import OrderedCollections

extension PickleDecoder {
  /// Python's own classes.
  static let pythonConstructors: [String: Constructor] = [
    "collections.OrderedDict": { try $0.dictionary($1, isOrderedDict: true) },
    "collections.defaultdict": { try $0.dictionary($1, isOrderedDict: false) },
    "collections.Counter": { try $0.dictionary($1, isOrderedDict: false) },
    "builtins.dict": { try $0.dictionary($1, isOrderedDict: false) },
    "builtins.list": { .list(try $0.sequence($1)) },
    "builtins.tuple": { .tuple(try $0.sequence($1)) },
    "builtins.set": { .set(try $0.sequence($1)) },
    "builtins.frozenset": { .set(try $0.sequence($1)) },
    "collections.deque": { .list(try $0.sequence($1)) },
    "builtins.bytearray": { .bytes(try $0.bytes($1)) },
    "builtins.bytes": { .bytes(try $0.bytes($1)) },
    "builtins.complex": { try $0.complex($1) },
    "_codecs.encode": { .bytes(try $0.encodedBytes($1)) },
  ]

  /// A dictionary of its argument (another dictionary, or a list of pairs) and the entries that were set later.
  private mutating func dictionary(_ object: PickleObject, isOrderedDict: Bool) throws -> CheckpointValue {
    var flat: [PickleValue] = []
    switch object.arguments.last.flatMap(graph.node) {
    case .list(let pairs):
      for pair in pairs {
        switch graph.node(pair) {
        case .tuple(let fields) where fields.count == 2: flat += fields
        case .list(let fields) where fields.count == 2: flat += fields
        default: throw CheckpointError.malformed("the pickle has a dictionary of something other than pairs")
        }
      }
    case .dictionary(let entries): flat = entries
    default: break
    }
    flat += object.entries
    var result = CheckpointDictionary(try entries(flat), isOrderedDict: isOrderedDict)
    if case .dictionary(let state) = object.state.flatMap(graph.node) {
      result.attributes = try attributes(state)
    }
    return .dictionary(result)
  }

  private mutating func sequence(_ object: PickleObject) throws -> [CheckpointValue] {
    var result: [CheckpointValue] = []
    if let argument = object.arguments.first {
      guard let elements = try value(argument).elements else {
        throw CheckpointError.malformed("the pickle makes a sequence of something else")
      }
      result = elements
    }
    return try result + values(object.elements)
  }

  private mutating func bytes(_ object: PickleObject) throws -> [UInt8] {
    guard let argument = object.arguments.first else { return [] }
    return try bytes(argument)
  }

  /// Bytes, or text whose characters stand for bytes, as Python 2 and protocol 2 have them.
  mutating func bytes(_ argument: PickleValue) throws -> [UInt8] {
    switch try value(argument) {
    case .bytes(let bytes): return bytes
    case .string(let text): return try PickleDecoder.latin1(text)
    default: throw CheckpointError.malformed("the pickle makes bytes of something else")
    }
  }

  /// Protocol 2 has no bytes: they are text, to be encoded as Latin-1.
  private mutating func encodedBytes(_ object: PickleObject) throws -> [UInt8] {
    guard case .string(let text)? = object.arguments.first, object.arguments.count == 2,
      case .string(let encoding) = object.arguments[1], encoding == "latin1" || encoding == "latin-1"
    else { throw CheckpointError.malformed("the pickle encodes text as something other than latin1") }
    return try PickleDecoder.latin1(text)
  }

  private static func latin1(_ text: String) throws -> [UInt8] {
    try text.unicodeScalars.map { scalar in
      guard let byte = UInt8(exactly: scalar.value) else {
        throw CheckpointError.malformed("the pickle has bytes that are no bytes")
      }
      return byte
    }
  }

  private mutating func complex(_ object: PickleObject) throws -> CheckpointValue {
    guard object.arguments.count == 2 else {
      throw CheckpointError.malformed("the pickle has a complex number without parts")
    }
    return .complex(real: try double(object.arguments[0]), imaginary: try double(object.arguments[1]))
  }

  private func double(_ value: PickleValue) throws -> Double {
    switch value {
    case .double(let value): return value
    case .int(let value): return Double(value)
    default: throw CheckpointError.malformed("the pickle has something else where a number belongs")
    }
  }
}
