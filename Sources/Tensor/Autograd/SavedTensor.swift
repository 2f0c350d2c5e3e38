/// An input of an operation kept for its gradient, with the check that nobody changed it in place since.
public struct SavedTensor {
  private let tensor: Tensor
  private let version: Int

  public init(_ tensor: Tensor) {
    self.tensor = tensor
    version = tensor.version
  }

  /// The tensor as it was.
  ///
  /// - Throws: ``TensorError`` in PyTorch's words if it has been modified since.
  public func callAsFunction() throws -> Tensor {
    try checkVersion(tensor, version, origin: tensor.autograd?.node, index: tensor.gradOutputIndex)
    return tensor
  }
}

/// An output of an operation kept for its own gradient, without keeping the operation alive by itself.
public struct SavedOutput {
  private let alias: Tensor
  private let version: Int
  private let outputIndex: Int

  public init(_ output: Tensor, index: Int = 0) {
    alias = output.alias()
    version = output.version
    outputIndex = index
  }

  /// The output as it was, without history: enough for a gradient that is not differentiated itself.
  ///
  /// - Throws: ``TensorError`` in PyTorch's words if it has been modified since.
  public func callAsFunction() throws -> Tensor {
    try checkVersion(alias, version, origin: nil, index: outputIndex)
    return alias
  }
}

private func checkVersion(_ tensor: Tensor, _ version: Int, origin: Node?, index: Int) throws {
  guard tensor.version != version else { return }
  let source = origin.map { ", which is output \(index) of \($0.name)," } ?? ""
  throw TensorError(
    "one of the variables needed for gradient computation has been modified by an inplace operation: [torch.\(tensor.dtype.scalarTypeName)Tensor \(Shape.text(tensor.shape))]\(source) is at version \(tensor.version); expected version \(version) instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True)."
  )
}

extension Tensor {
  /// Another tensor over the same elements that autograd knows nothing of.
  func alias() -> Tensor { Tensor(unchecked: storage, dtype, shape, strides, offset, count) }

  /// The same elements without history: `detach()`.
  public func detach() throws -> Tensor { alias() }
}
