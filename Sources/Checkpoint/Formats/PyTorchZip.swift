import Tensor

/// The format that `torch.save` writes since PyTorch 1.6: a zip file of a pickle, `data.pkl`, and one entry a storage, all in one folder.
struct PyTorchZip {
  private let archive: ZipArchive
  /// The name of the folder with a slash.
  private let prefix: String
  private let isBigEndian: Bool
  private let options: CheckpointReadingOptions
  private let data: TensorData

  /// The newest version of the format, a number in the entry `version`, that PyTorch itself reads.
  private static let newestVersion = 10

  init?(_ archive: ZipArchive, options: CheckpointReadingOptions) throws {
    guard
      let pickle = archive.entries.first(where: {
        $0.name.hasSuffix("/data.pkl") && $0.name.split(separator: "/").count == 2
      })
    else { return nil }
    self.archive = archive
    self.options = options
    prefix = String(pickle.name.dropLast("data.pkl".count))
    data = TensorData(archive.file)
    switch try PyTorchZip.text(archive[prefix + "byteorder"], of: archive) {
    case nil, "little": isBigEndian = false
    case "big": isBigEndian = true
    case let order?: throw CheckpointError.unsupported("the unknown byte order \"\(order.prefix(50))\"")
    }
    if let version = try PyTorchZip.text(archive[prefix + "version"], of: archive) {
      guard let number = Int(version), number <= PyTorchZip.newestVersion else {
        throw CheckpointError.unsupported(
          "version \"\(version.prefix(50))\" of PyTorch's format; the newest known is \(PyTorchZip.newestVersion)")
      }
    }
  }

  /// Whether this is a TorchScript archive: a program with its parameters.
  var isTorchScript: Bool { archive[prefix + "constants.pkl"] != nil }

  func load() throws -> CheckpointValue {
    let value = try contents(of: "data")
    guard isTorchScript else { return value }
    var script = TorchScript(archive, prefix: prefix)
    return try script.stateDict(of: value) { try contents(of: "constants") }
  }

  /// The value of the pickle `name.pkl`, whose storages lie in the folder `name`.
  private func contents(of name: String) throws -> CheckpointValue {
    guard let entry = archive["\(prefix)\(name).pkl"] else {
      throw CheckpointError.malformed("the entry \(name).pkl is missing")
    }
    var cursor = ByteCursor(try entry.description(in: archive.file))
    let graph = try PickleMachine.read(&cursor)
    var storages: [String: Storage] = [:]
    var decoder = PickleDecoder(graph, unknownClasses: isTorchScript ? .table : options.unknownClasses) { identifier in
      if let storage = storages[identifier.key] {
        guard identifier.byteCount <= storage.byteCount else {
          throw CheckpointError.malformed("the storage \"\(identifier.key)\" has two sizes")
        }
        return storage
      }
      let storage = try self.storage(identifier, in: name)
      storages[identifier.key] = storage
      return storage
    }
    return try decoder.decode()
  }

  private func storage(_ identifier: StorageIdentifier, in folder: String) throws -> Storage {
    guard let entry = archive["\(prefix)\(folder)/\(identifier.key)"] else {
      throw CheckpointError.malformed("the storage \"\(identifier.key)\" is missing")
    }
    return try data.storage(
      of: entry, byteCount: identifier.byteCount, dtype: identifier.dtype, isBigEndian: isBigEndian,
      verifiesChecksum: options.verifiesData)
  }

  private static func text(_ entry: ZipArchive.Entry?, of archive: ZipArchive) throws -> String? {
    guard let entry else { return nil }
    guard entry.size <= 64 else { throw CheckpointError.malformed("the zip entry \"\(entry.name)\" is too long") }
    var text = Substring(String(decoding: try entry.contents(in: archive.file), as: UTF8.self))
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
