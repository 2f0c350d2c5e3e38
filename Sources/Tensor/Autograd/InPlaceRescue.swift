/// Keeps what an in-place operation saves of its own tensor for the gradient: copies, made just before the tensor changes.
///
/// `x.mul_(y)` needs the old `x` for the gradient of `y`, and `x.log_()` for its own.
final class InPlaceRescue {
  private let target: Tensor
  private var saved: [RescuedTensor] = []

  init(_ target: Tensor) { self.target = target }

  /// Runs the operation, noting which of its saved tensors show the target's memory.
  func collecting<Result>(_ operation: () throws -> Result) rethrows -> Result {
    let state = ThreadState.current
    let outer = state.inPlaceRescue
    state.inPlaceRescue = self
    defer { state.inPlaceRescue = outer }
    return try operation()
  }

  /// A place for the copy of a tensor that is being saved; nil where it will not change.
  func register(_ tensor: Tensor) -> RescuedTensor? {
    guard tensor.storage === target.storage else { return nil }
    let rescued = RescuedTensor(tensor)
    saved.append(rescued)
    return rescued
  }

  /// Copies what was saved. To be called before the target's memory, or its history, changes.
  func copyBeforeChange() throws {
    for rescued in saved { try rescued.makeCopy() }
  }
}

/// A saved tensor whose memory an in-place operation overwrites.
final class RescuedTensor {
  private let tensor: Tensor
  private(set) var copy: Tensor?

  init(_ tensor: Tensor) { self.tensor = tensor }

  /// Copies the elements; the copy has the history that the tensor has now.
  func makeCopy() throws {
    let copy = try tensor.detach().clone()
    copy.isWrappedNumber = tensor.isWrappedNumber
    if let node = tensor.gradNode { copy.setNode(node, output: tensor.gradOutputIndex) }
    self.copy = copy
  }
}
