import OrderedCollections
import Tensor

/// Writes checkpoint values as a pickle of protocol 2, with the opcodes that Python's pickler gives for what `torch.save` saves.
struct PickleWriter {
  private(set) var bytes: [UInt8] = []
  /// The storages that the tensors refer to, in the order of their keys "0", "1", and so on.
  private(set) var storages: [Storage] = []
  private var storageKeys: [ObjectIdentifier: (key: Int, dtype: DType?)] = [:]
  private var memo: [MemoKey: Int] = [:]
  /// How many values were put in the memo, those included that nobody recalls.
  private var memoCount = 0
  private var depth = 0

  private enum MemoKey: Hashable {
    case string(String)
    case global(String)
    case tensor(ObjectIdentifier)
  }

  private static let depthLimit = 500
  /// How many elements or entries one opcode adds at most.
  private static let batchSize = 1000

  static func pickle(_ value: CheckpointValue) throws -> PickleWriter {
    var writer = PickleWriter()
    writer.write(.proto)
    writer.bytes.append(2)
    try writer.write(value)
    writer.write(.stop)
    return writer
  }

  // MARK: Plain data

  private mutating func write(_ value: CheckpointValue) throws {
    guard depth < PickleWriter.depthLimit else {
      throw CheckpointError.unsupported("the value is nested more than \(PickleWriter.depthLimit) levels deep")
    }
    depth += 1
    defer { depth -= 1 }
    switch value {
    case .none: write(PickleOpcode.none)
    case .bool(let value): write(value ? .newTrue : .newFalse)
    case .int(let value): write(value)
    case .bigInt(let value): write(value)
    case .double(let value): write(value)
    case .string(let value): try write(value)
    case .bytes(let value): try write(value)
    case .list(let elements): try writeList(elements)
    case .tuple(let elements): try writeTuple(elements) { try $0.write($1) }
    case .dictionary(let dictionary): try write(dictionary)
    case .tensor(let tensor): try write(tensor)
    case .dtype(let dtype): write(global: "torch", dtype.name)
    case .set(let elements):
      try writeCall("__builtin__", "set") { try $0.writeTuple([elements]) { try $0.writeList($1) } }
    case .complex(let real, let imaginary):
      try writeCall("__builtin__", "complex") { try $0.writeTuple([real, imaginary]) { $0.write($1) } }
    case .size(let sizes):
      try writeCall("torch", "Size") { try $0.writeTuple([sizes]) { try $0.writeSizes($1) } }
    case .device(let name): try writeDevice(name)
    case .object(let object):
      throw CheckpointError.unsupported("an instance of \(object.className) cannot be saved, as its class is not data")
    }
  }

  private mutating func write(_ opcode: PickleOpcode) { bytes.append(opcode.rawValue) }

  private mutating func write(_ value: Int64) {
    if let small = UInt8(exactly: value) {
      write(.binInt1)
      bytes.append(small)
    } else if let short = UInt16(exactly: value) {
      write(.binInt2)
      bytes.append(littleEndian: short)
    } else if let medium = Int32(exactly: value) {
      write(.binInt)
      bytes.append(littleEndian: medium)
    } else {
      write(BigInteger(twosComplement: withUnsafeBytes(of: value.littleEndian, Array.init)))
    }
  }

  private mutating func write(_ value: BigInteger) {
    if value.bytes.count < 256 {
      write(.long1)
      bytes.append(UInt8(value.bytes.count))
    } else {
      write(.long4)
      bytes.append(littleEndian: Int32(truncatingIfNeeded: value.bytes.count))
    }
    bytes += value.bytes
  }

  private mutating func write(_ value: Double) {
    write(.binFloat)
    bytes.append(bigEndian: value.bitPattern)
  }

  private mutating func write(_ text: String) throws {
    if recall(.string(text)) { return }
    let utf8 = text.utf8
    guard let count = UInt32(exactly: utf8.count) else {
      throw CheckpointError.unsupported("text of more than 4 GiB cannot be saved")
    }
    write(.binUnicode)
    bytes.append(littleEndian: count)
    bytes += utf8
    memorize(.string(text))
  }

  /// Protocol 2 has no bytes: Python writes how to make them from text.
  private mutating func write(_ value: [UInt8]) throws {
    if value.isEmpty { return try writeCall("__builtin__", "bytes") { $0.write(.emptyTuple) } }
    let text = String(String.UnicodeScalarView(value.lazy.map { Unicode.Scalar($0) }))
    try writeCall("_codecs", "encode") { try $0.writeTuple([text, "latin1"]) { try $0.write($1) } }
  }

  private mutating func writeList(_ elements: [CheckpointValue]) throws {
    write(.emptyList)
    memorize(nil)
    if let only = elements.first, elements.count == 1 {
      try write(only)
      write(.append)
      return
    }
    for start in stride(from: 0, to: elements.count, by: PickleWriter.batchSize) {
      write(.mark)
      for element in elements[start...].prefix(PickleWriter.batchSize) { try write(element) }
      write(.appends)
    }
  }

  private mutating func writeTuple<Element>(
    _ elements: [Element], _ writeElement: (inout PickleWriter, Element) throws -> Void
  ) throws {
    if elements.isEmpty { return write(.emptyTuple) }
    if elements.count > 3 { write(.mark) }
    for element in elements { try writeElement(&self, element) }
    switch elements.count {
    case 1: write(.tuple1)
    case 2: write(.tuple2)
    case 3: write(.tuple3)
    default: write(.tuple)
    }
    memorize(nil)
  }

  private mutating func writeSizes(_ sizes: [Int]) throws {
    try writeTuple(sizes) { $0.write(Int64($1)) }
  }

  private mutating func write(_ dictionary: CheckpointDictionary) throws {
    if dictionary.isOrderedDict {
      try writeCall("collections", "OrderedDict") { $0.write(.emptyTuple) }
    } else {
      write(.emptyDict)
      memorize(nil)
    }
    try write(dictionary.entries.elements, leavesSingleEntries: dictionary.isOrderedDict)
    if dictionary.isOrderedDict, !dictionary.attributes.isEmpty {
      write(.emptyDict)
      memorize(nil)
      let attributes = dictionary.attributes.map { (key: CheckpointValue.string($0.key), value: $0.value) }
      try write(attributes[...], leavesSingleEntries: false)
      write(.build)
    }
  }

  /// - Parameter leavesSingleEntries: whether an entry that remains alone after full batches is set without a batch of its own; Python
  ///   does so for subclasses of dict.
  private mutating func write(
    _ entries: some RandomAccessCollection<(key: CheckpointValue, value: CheckpointValue)>, leavesSingleEntries: Bool
  ) throws {
    var rest = entries[...]
    while !rest.isEmpty {
      let isSingle = rest.count == 1 && (leavesSingleEntries || entries.count == 1)
      if !isSingle { write(.mark) }
      for (key, value) in rest.prefix(PickleWriter.batchSize) {
        try write(key)
        try write(value)
      }
      write(isSingle ? .setItem : .setItems)
      rest = rest.dropFirst(PickleWriter.batchSize)
    }
  }

  private mutating func writeDevice(_ name: String) throws {
    let parts = name.split(separator: ":", maxSplits: 1)
    let index = parts.count == 2 ? Int64(parts[1]) : nil
    try writeCall("torch", "device") { writer in
      try writer.write(String(parts.first ?? ""))
      if let index { writer.write(index) }
      writer.write(index == nil ? .tuple1 : .tuple2)
      writer.memorize(nil)
    }
  }

  // MARK: Classes and calls

  private mutating func write(global module: String, _ name: String) {
    let key = MemoKey.global("\(module) \(name)")
    if recall(key) { return }
    write(.global)
    bytes += "\(module)\n\(name)\n".utf8
    memorize(key)
  }

  private mutating func writeCall(
    _ module: String, _ name: String, _ writeArguments: (inout PickleWriter) throws -> Void
  ) throws {
    try writeReduce(module, name, writeArguments)
    memorize(nil)
  }

  /// A call whose result the caller puts in the memo.
  private mutating func writeReduce(
    _ module: String, _ name: String, _ writeArguments: (inout PickleWriter) throws -> Void
  ) throws {
    write(global: module, name)
    try writeArguments(&self)
    write(.reduce)
  }

  // MARK: Memo

  /// Writes the recall of a value that the memo has; false if it has not.
  private mutating func recall(_ key: MemoKey) -> Bool {
    guard let index = memo[key] else { return false }
    writeMemoIndex(index, short: .binGet, long: .longBinGet)
    return true
  }

  /// Puts the value written last in the memo, under `key` if it will be recalled.
  private mutating func memorize(_ key: MemoKey?) {
    if let key { memo[key] = memoCount }
    writeMemoIndex(memoCount, short: .binPut, long: .longBinPut)
    memoCount += 1
  }

  private mutating func writeMemoIndex(_ index: Int, short: PickleOpcode, long: PickleOpcode) {
    if let small = UInt8(exactly: index) {
      write(short)
      bytes.append(small)
    } else {
      write(long)
      bytes.append(littleEndian: UInt32(truncatingIfNeeded: index))
    }
  }
}

// MARK: Tensors

extension PickleWriter {
  private mutating func write(_ tensor: Tensor) throws {
    let key = MemoKey.tensor(ObjectIdentifier(tensor))
    if recall(key) { return }
    if tensor.isParameter {
      // (data, requires_grad, backward_hooks)
      try writeReduce("torch._utils", "_rebuild_parameter") { writer in
        try writer.writeRebuilding(tensor, requiresGrad: false)
        writer.memorize(nil)
        writer.write(tensor.requiresGrad ? .newTrue : .newFalse)
        try writer.writeCall("collections", "OrderedDict") { $0.write(.emptyTuple) }
        writer.write(.tuple3)
        writer.memorize(nil)
      }
    } else {
      try writeRebuilding(tensor, requiresGrad: tensor.requiresGrad)
    }
    memorize(key)
  }

  /// (storage, offset, size, stride, requires_grad, backward_hooks[, dtype])
  private mutating func writeRebuilding(_ tensor: Tensor, requiresGrad: Bool) throws {
    let storageClass = TorchNames.storageClass(of: tensor.dtype)
    let function = storageClass == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2"
    try writeReduce("torch._utils", function) { writer in
      writer.write(.mark)
      try writer.writeStorage(of: tensor, storageClass)
      writer.write(Int64(tensor.offset))
      try writer.writeSizes(tensor.shape)
      try writer.writeSizes(tensor.strides)
      writer.write(requiresGrad ? .newTrue : .newFalse)
      try writer.writeCall("collections", "OrderedDict") { $0.write(.emptyTuple) }
      if storageClass == nil { writer.write(global: "torch", tensor.dtype.name) }
      writer.write(.tuple)
      writer.memorize(nil)
    }
  }

  /// ("storage", class, key, device, number of elements)
  private mutating func writeStorage(of tensor: Tensor, _ storageClass: String?) throws {
    let storage = tensor.storage
    let dtype = storageClass == nil ? nil : tensor.dtype
    let identity = ObjectIdentifier(storage)
    let known = storageKeys[identity]
    if let known, known.dtype != dtype {
      throw CheckpointError.unsupported(
        "Cannot save multiple tensors or storages that view the same data as different types")
    }
    let key = known?.key ?? storages.count
    if known == nil {
      storageKeys[identity] = (key, dtype)
      storages.append(storage)
    }
    write(.mark)
    try write("storage")
    if let storageClass {
      write(global: "torch", storageClass)
    } else {
      write(global: "torch.storage", "UntypedStorage")
    }
    try write(String(key))
    try write("cpu")
    write(Int64(storage.byteCount / (dtype?.size ?? 1)))
    write(.tuple)
    memorize(nil)
    write(.binPersId)
  }
}
