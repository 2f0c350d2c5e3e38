/// The elements of a result and two operands that all lie in the same blocked layout, seen as plain rows: element-wise operators
/// need not know the order of elements.
struct BlockedRows<T: ComputeElement> {
  private let first: UnsafePointer<T>
  private let second: UnsafePointer<T>
  private let out: UnsafeMutablePointer<T>
  private let count: Int

  /// Nil where one of them lies otherwise. `out` is new, or one of the operands.
  @inline(__always)
  init?(_ out: Tensor, _ a: Tensor, _ b: Tensor, _ type: T.Type) throws {
    if out.storage.isPlain { return nil }
    guard let rows = try BlockedRows(blocked: out, a, b) else { return nil }
    self = rows
  }

  private init?(blocked out: Tensor, _ a: Tensor, _ b: Tensor) throws {
    guard T.dtype == .float32, let target = try out.gaplessBlocked(), let x = try a.gaplessBlocked(),
      let y = try b.gaplessBlocked(), x.descriptor == target.descriptor, y.descriptor == target.descriptor
    else { return nil }
    try out.storage.noteOpaqueChange()
    first = UnsafePointer(x.pointer.assumingMemoryBound(to: T.self))
    second = UnsafePointer(y.pointer.assumingMemoryBound(to: T.self))
    self.out = target.pointer.assumingMemoryBound(to: T.self)
    count = out.count
  }

  /// Calls `body` on several threads with parts that cover all elements.
  @inline(__always)
  func forEachPart(_ body: (UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Void) throws {
    try Parallel.forEach(count) { part in
      body(first + part.lowerBound, second + part.lowerBound, out + part.lowerBound, part.count)
    }
  }
}
