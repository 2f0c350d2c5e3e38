import OneDNN

/// A buffer of the pool in a layout that oneDNN chose.
final class BlockedMemory: OpaqueMemory {
  let descriptor: MemoryDescriptor
  let pointer: UnsafeMutableRawPointer

  /// Undefined elements.
  init(_ descriptor: MemoryDescriptor) throws {
    self.descriptor = descriptor
    pointer = try BufferPool.allocate(descriptor.byteCount)
  }

  /// Bytes that only the primitive which wrote them understands.
  convenience init(byteCount: Int) throws { try self.init(try MemoryDescriptor([byteCount], type: .uint8)) }

  deinit { BufferPool.deallocate(pointer, byteCount: descriptor.byteCount) }

  override func reorder(to plain: UnsafeMutableRawPointer) throws {
    let target = try MemoryDescriptor(descriptor.dimensions, type: descriptor.type ?? .float32)
    try Reorder.prepare(from: descriptor, to: target).execute(source: pointer, destination: plain)
  }
}

/// A tensor's elements as oneDNN sees them: in the blocked layout that they have already, or as PyTorch's strides say.
struct Operand {
  let descriptor: MemoryDescriptor
  let pointer: UnsafeMutableRawPointer
  /// Keeps the memory alive.
  let owner: AnyObject

  /// The elements of a float32 tensor, without copying them.
  init(_ tensor: Tensor) throws {
    try tensor.storage.settle()
    if let blocked = tensor.blocked {
      self.init(blocked)
      return
    }
    self.init(
      descriptor: try MemoryDescriptor(tensor.shape, strides: tensor.strides, type: .float32),
      pointer: try tensor.pointer(), owner: tensor.storage)
  }

  init(descriptor: MemoryDescriptor, pointer: UnsafeMutableRawPointer, owner: AnyObject) {
    self.descriptor = descriptor
    self.pointer = pointer
    self.owner = owner
  }

  init(_ blocked: BlockedMemory) {
    self.init(descriptor: blocked.descriptor, pointer: blocked.pointer, owner: blocked)
  }

  var floats: UnsafePointer<Float> { UnsafePointer(pointer.assumingMemoryBound(to: Float.self)) }

  /// The same elements in `wanted` layout: this operand itself, or a reordered copy.
  func reordered(to wanted: MemoryDescriptor) throws -> Operand {
    if wanted == descriptor { return self }
    let copy = try BlockedMemory(wanted)
    try Reorder.prepare(from: descriptor, to: wanted).execute(source: pointer, destination: copy.pointer)
    return Operand(copy)
  }
}

extension Tensor {
  /// The elements of a contiguous float32 tensor.
  func floatPointer() throws -> UnsafePointer<Float> {
    UnsafePointer(try pointer().assumingMemoryBound(to: Float.self))
  }

  /// The elements in a blocked layout, where that is where they are.
  var blocked: BlockedMemory? {
    guard !storage.isPlain, let memory = storage.opaque as? BlockedMemory, coversStorage,
      memory.descriptor.dimensions == shape
    else { return nil }
    return memory
  }

  /// The elements in a blocked layout without padding, where that is where they are, or will be once computed: what element-wise
  /// operators may treat as a plain row.
  func gaplessBlocked() throws -> BlockedMemory? {
    if storage.isPlain { return nil }
    if storage.pending?.mayBeOpaque == true { try storage.settle() }
    guard let memory = blocked, memory.descriptor.byteCount == byteCount else { return nil }
    return memory
  }

  /// The blocked elements for somebody to overwrite, if this tensor is the only one that shows them.
  func takeBlockedIfUnshared() -> BlockedMemory? {
    guard blocked != nil, isKnownUniquelyReferenced(&storage) else { return nil }
    return storage.takeOpaque() as? BlockedMemory
  }

  /// A float32 tensor of the shape that `memory` has.
  convenience init(_ memory: BlockedMemory) throws {
    let shape = memory.descriptor.dimensions
    let count = try Shape.count(shape)
    if memory.descriptor.isRowMajor {
      let storage = Storage(pointer: memory.pointer, byteCount: count * DType.float32.size, owner: memory)
      self.init(wholeOf: storage, .float32, shape, count)
    } else {
      let storage = Storage(byteCount: count * DType.float32.size, opaque: memory)
      self.init(wholeOf: storage, .float32, shape, count)
    }
  }

  /// Whether oneDNN may compute with this tensor: float32, not empty.
  var suitsOneDNN: Bool { dtype == .float32 && count > 0 && rank <= 5 && rank >= 3 }
}
