import Tensor

/// The format that `torch.save` wrote in PyTorch 0.1.0 to 0.1.9: a tar file of the storages, of the tensors over them, and of a pickle that
/// refers to both by numbers.
///
/// Source: `_legacy_load` in PyTorch's torch/serialization.py
struct PyTorchTar {
  private let archive: TarArchive
  private let options: CheckpointReadingOptions
  private let data: TensorData

  /// Nil unless the tar file has the entries of a checkpoint.
  init?(_ archive: TarArchive, options: CheckpointReadingOptions) {
    guard ["pickle", "storages", "tensors"].allSatisfy({ archive[$0] != nil }) else { return nil }
    self.archive = archive
    self.options = options
    data = TensorData(archive.file)
  }

  func load() throws -> CheckpointValue {
    var objects = Objects()
    var storages = try cursor("storages")
    try readStorages(&storages, into: &objects)
    var tensors = try cursor("tensors")
    try readTensors(&tensors, into: &objects)
    var pickle = try cursor("pickle")
    var decoder = PickleDecoder(
      try pickle.pickle(), unknownClasses: options.unknownClasses,
      loadObject: { [objects] identifier in try objects.value(identifier) },
      loadStorage: { identifier in throw Objects.missing(identifier.key) })
    return try decoder.decode()
  }

  private func cursor(_ name: String) throws -> FileCursor {
    guard let entry = archive[name] else { throw CheckpointError.malformed("the tar entry \"\(name)\" is missing") }
    return FileCursor(archive.file, entry.data)
  }

  /// Storages and tensors by their numbers.
  private struct Objects {
    var storages: [Int64: (storage: Storage, dtype: DType)] = [:]
    /// Parts of storages, which are storages of their own for the tensors: offsets and counts in elements.
    var views: [Int64: (root: Int64, offset: Int, count: Int)] = [:]
    var tensors: [Int64: Tensor] = [:]

    /// The tensor or storage that a persistent identifier names; nil if that is not a number.
    func value(_ identifier: PickleValue) throws -> CheckpointValue? {
      let key: Int64
      switch identifier {
      case .int(let number): key = number
      case .string(let digits):
        guard let number = Int64(digits) else { throw Objects.missing(digits) }
        key = number
      default: return nil
      }
      if let tensor = tensors[key] { return .tensor(tensor) }
      let (storage, dtype, offset, count) = try storage(key)
      return .tensor(try TensorData.tensor(storage, dtype: dtype, shape: [count], strides: [1], offset: offset))
    }

    func storage(_ key: Int64) throws -> (storage: Storage, dtype: DType, offset: Int, count: Int) {
      let view = views[key]
      guard let (storage, dtype) = storages[view?.root ?? key] else { throw Objects.missing(String(key)) }
      return (storage, dtype, view?.offset ?? 0, view?.count ?? storage.byteCount / dtype.size)
    }

    static func missing(_ key: String) -> CheckpointError {
      .malformed("the storage or tensor \"\(key.prefix(50))\" is missing")
    }
  }

  // MARK: Storages

  /// Their number; for each (number, location, class), its count of elements and these; then a list of views
  /// (number, number of the root, offset, count).
  private func readStorages(_ cursor: inout FileCursor, into objects: inout Objects) throws {
    for _ in 0..<(try count(&cursor)) {
      let graph = try cursor.pickle()
      let fields = try fields(graph.root, in: graph, count: 3)
      guard case .int(let key) = fields[0], case .global(let global) = graph.node(fields[2]) else { throw damaged }
      guard case .typed(let dtype) = TorchNames.storageDType(global) else {
        throw CheckpointError.unsupported("the storage \"\(key)\" has the unsupported type \(global)")
      }
      let elementCount = try cursor.integer(Int64.self)
      let (byteCount, overflow) = Int(elementCount).multipliedReportingOverflow(by: dtype.size)
      guard !overflow else { throw CheckpointError.malformed("the storage \"\(key)\" has a size that overflows") }
      let range = try cursor.skip(byteCount)
      guard objects.storages.updateValue((try data.storage(range, dtype: dtype), dtype), forKey: key) == nil else {
        throw CheckpointError.malformed("the file has two storages \"\(key)\"")
      }
    }
    let views = try cursor.pickle()
    guard case .list(let elements) = views.node(views.root) else { throw damaged }
    for element in elements {
      let fields = try fields(element, in: views, count: 4)
      guard case .int(let key) = fields[0], case .int(let root) = fields[1], case .int(let offset) = fields[2],
        case .int(let count) = fields[3]
      else { throw damaged }
      objects.views[key] = (root, Int(offset), Int(count))
    }
  }

  // MARK: Tensors

  /// Their number; for each (number, number of the storage, class), the number of dimensions, sizes, strides and the offset.
  private func readTensors(_ cursor: inout FileCursor, into objects: inout Objects) throws {
    for _ in 0..<(try count(&cursor)) {
      let graph = try cursor.pickle()
      let fields = try fields(graph.root, in: graph, count: 3)
      guard case .int(let key) = fields[0] else { throw damaged }
      let rank = Int(try cursor.integer(Int32.self))
      // Older files have 8 bytes for it.
      _ = try cursor.skip(4)
      let shape = try integers(rank, &cursor)
      let strides = try integers(rank, &cursor)
      let ownOffset = Int(try cursor.integer(Int64.self))
      // A tensor without elements has no storage.
      if fields[1] == .none || shape.isEmpty {
        objects.tensors[key] = try Tensor(empty: [0])
        continue
      }
      guard case .int(let storageKey) = fields[1] else { throw damaged }
      let (storage, dtype, viewOffset, _) = try objects.storage(storageKey)
      let (offset, overflow) = ownOffset.addingReportingOverflow(viewOffset)
      guard !overflow else { throw damaged }
      objects.tensors[key] = try TensorData.tensor(
        storage, dtype: dtype, shape: shape, strides: strides, offset: offset)
    }
  }

  private func integers(_ count: Int, _ cursor: inout FileCursor) throws -> [Int] {
    guard count >= 0, count <= cursor.remaining / 8 else { throw damaged }
    return try (0..<count).map { _ in Int(try cursor.integer(Int64.self)) }
  }

  /// A count of things, each of which takes at least a byte.
  private func count(_ cursor: inout FileCursor) throws -> Int {
    guard case .int(let count) = try cursor.pickle().root, count >= 0, count <= cursor.remaining else { throw damaged }
    return Int(count)
  }

  private func fields(_ value: PickleValue, in graph: PickleGraph, count: Int) throws -> [PickleValue] {
    guard case .tuple(let fields) = graph.node(value), fields.count == count else { throw damaged }
    return fields
  }

  private var damaged: CheckpointError { .malformed("the file describes its storages and tensors in an unknown way") }
}
