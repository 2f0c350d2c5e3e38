import Tensor

/// The format that `torch.save` wrote before PyTorch 1.6: five pickles (a magic number, a version, the machine, the object, the names
/// of its storages), then each storage behind its number of elements.
struct PyTorchLegacy {
  private let file: InputFile
  private let options: CheckpointReadingOptions

  private static let magicNumber = BigInteger(twosComplement: [
    0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ])
  private static let protocolVersion: Int64 = 1001

  /// How files of this format begin: protocol 2, and the magic number of 10 bytes.
  static let signature: [UInt8] = [0x80, 0x02, 0x8A, 0x0A] + magicNumber.bytes + [0x2E]

  init(_ file: InputFile, options: CheckpointReadingOptions) {
    self.file = file
    self.options = options
  }

  func load() throws -> CheckpointValue {
    let pickles = try readPickles()
    let storages = try storages(pickles)
    var decoder = PickleDecoder(pickles.object, unknownClasses: options.unknownClasses) { identifier in
      try storages.storage(for: identifier)
    }
    return try decoder.decode()
  }

  // MARK: Pickles

  private struct Pickles {
    let object: PickleGraph
    let keys: [String]
    let isBigEndian: Bool
    /// Where the pickles end and the storages begin.
    let end: Int
  }

  /// Reads the pickles, whose length nothing tells: a first part of the file, and twice as much while that was not enough.
  private func readPickles() throws -> Pickles {
    var length = min(file.size, 1 << 20)
    while true {
      do {
        return try readPickles(in: try file.bytes(at: 0, count: length))
      } catch let error as CheckpointError where error.kind == .truncated && length < file.size {
        length = min(file.size, length * 2)
      }
    }
  }

  private func readPickles(in bytes: [UInt8]) throws -> Pickles {
    var cursor = ByteCursor(bytes)
    _ = try PickleMachine.read(&cursor)
    guard try PickleMachine.read(&cursor).root == .int(PyTorchLegacy.protocolVersion) else {
      throw CheckpointError.unsupported(
        "PyTorch's legacy format, but not version \(PyTorchLegacy.protocolVersion) of it")
    }
    let machine = try PickleMachine.read(&cursor)
    let object = try PickleMachine.read(&cursor)
    let keys = try PickleMachine.read(&cursor)
    return Pickles(
      object: object, keys: try storageKeys(keys), isBigEndian: isBigEndian(machine), end: cursor.position)
  }

  private func isBigEndian(_ machine: PickleGraph) -> Bool {
    guard case .dictionary(let entries) = machine.node(machine.root) else { return false }
    for index in stride(from: 0, to: entries.count - 1, by: 2) where entries[index] == .string("little_endian") {
      return entries[index + 1] == .bool(false)
    }
    return false
  }

  private func storageKeys(_ graph: PickleGraph) throws -> [String] {
    guard case .list(let keys) = graph.node(graph.root) else {
      throw CheckpointError.malformed("the list of storages is missing")
    }
    return try keys.map { key in
      switch key {
      case .string(let text): return text
      case .int(let number): return String(number)
      default: throw CheckpointError.malformed("the list of storages has something else than names")
      }
    }
  }

  // MARK: Storages

  /// Finds every storage by walking from one to the next.
  private func storages(_ pickles: Pickles) throws -> StorageTable {
    let identifiers = try storageIdentifiers(pickles.object)
    let data = TensorData(file)
    var table = StorageTable()
    var offset = pickles.end
    for key in pickles.keys {
      guard let identifier = identifiers[key] else {
        throw CheckpointError.malformed("the file has a storage \"\(key)\" that no tensor uses")
      }
      var header = ByteCursor(try file.bytes(at: offset, count: 8))
      let stored = try header.integer(Int64.self)
      guard stored == identifier.elementCount else {
        throw CheckpointError.malformed(
          "the storage \"\(key)\" has \(stored) elements where \(identifier.elementCount) are due")
      }
      let start = offset + 8
      guard identifier.byteCount <= file.size - start else {
        throw CheckpointError.truncated(
          "the file ends within its data: the storage \"\(key)\" of \(identifier.byteCount) bytes begins at byte \(start) of \(file.size)"
        )
      }
      offset = start + identifier.byteCount
      table.storages[key] = try data.storage(
        start..<offset, dtype: identifier.dtype, isBigEndian: pickles.isBigEndian)
    }
    return table
  }

  /// Every storage that the pickle refers to, as it does so first: that decides how the file counts its elements.
  private func storageIdentifiers(_ graph: PickleGraph) throws -> [String: StorageIdentifier] {
    var identifiers: [String: StorageIdentifier] = [:]
    for case .persistent(let value) in graph.nodes {
      guard case .tuple(let fields) = graph.node(value), fields.first == .string("storage") else { continue }
      let identifier = try StorageIdentifier(value, in: graph)
      if identifiers[identifier.key] == nil { identifiers[identifier.key] = identifier }
    }
    return identifiers
  }
}

/// The storages of a legacy file by their keys.
private struct StorageTable {
  var storages: [String: Storage] = [:]

  func storage(for identifier: StorageIdentifier) throws -> Storage {
    guard let storage = storages[identifier.key] else {
      throw CheckpointError.malformed("the storage \"\(identifier.key)\" is missing")
    }
    guard identifier.byteCount <= storage.byteCount else {
      throw CheckpointError.malformed("the storage \"\(identifier.key)\" has two sizes")
    }
    return storage
  }
}
