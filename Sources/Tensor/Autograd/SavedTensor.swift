/// An input of an operation kept for its gradient, with the check that nobody changed it in place since.
public struct SavedTensor {
  private let tensor: Tensor
  private let version: Int
  /// Held so that an in-place operation sees that somebody else needs the memory.
  private let storage: Storage
  /// Has a copy if the operation that saved the tensor was an in-place one on it.
  private let rescued: RescuedTensor?

  /// Keeps `tensor` as it is now. Inside of an in-place operation on it, its old elements are copied if they are needed.
  public init(_ tensor: Tensor) {
    self.tensor = tensor
    version = tensor.version
    storage = tensor.storage
    rescued = ThreadState.current.inPlaceRescue?.register(tensor)
  }

  /// The tensor as it was.
  ///
  /// - Throws: ``TensorError`` in PyTorch's words if it has been modified since.
  public func callAsFunction() throws -> Tensor {
    if let copy = rescued?.copy { return copy }
    try checkVersion(tensor, version, origin: tensor.autograd?.node, index: tensor.gradOutputIndex)
    return tensor
  }
}

/// An output of an operation kept for its own gradient, without keeping the operation alive by itself.
public struct SavedOutput {
  private final class Origin {
    weak var node: Node?
  }

  private let alias: Tensor
  private let version: Int
  private let outputIndex: Int
  private let origin = Origin()

  /// An output whose history is yet to come; ``recordedSavingOutput(_:_:_:)`` adds it.
  ///
  /// - Parameter index: which of the operation's outputs it is.
  public init(_ output: Tensor, index: Int = 0) {
    alias = output.alias()
    version = output.version
    outputIndex = index
  }

  /// An output that has its history already.
  public init(recorded output: Tensor) {
    self.init(output, index: output.gradOutputIndex)
    origin.node = output.autograd?.node
  }

  /// Tells which operation the output comes from, so that gradients of its gradient find their way.
  func setOrigin(_ node: Node?) { origin.node = node }

  /// The output as it was; with its history where gradients are being recorded.
  ///
  /// - Throws: ``TensorError`` in PyTorch's words if it has been modified since.
  public func callAsFunction() throws -> Tensor {
    try checkVersion(alias, version, origin: origin.node, index: outputIndex)
    guard GradMode.isEnabled, let node = origin.node else { return alias }
    let output = alias.alias()
    output.setNode(node, output: outputIndex)
    return output
  }
}

extension Tensor {
  /// As ``recorded(_:_:_:)``, for a gradient that is computed from the result, which it gets as its second argument.
  public func recordedSavingOutput(
    _ name: String, _ inputs: [Tensor],
    _ gradient: @escaping (_ grad: Tensor, _ output: Tensor, GradientNeeds) throws -> [Tensor?]
  ) -> Tensor {
    let saved = SavedOutput(self)
    let result = recorded(name, inputs) { grad, needs in try gradient(grad, saved(), needs) }
    saved.setOrigin(autograd?.node)
    return result
  }
}

private func checkVersion(_ tensor: Tensor, _ version: Int, origin: Node?, index: Int) throws {
  guard tensor.version != version else { return }
  let source = origin.map { ", which is output \(index) of \($0.operationName)," } ?? ""
  let (now, before) = (tensor.storage.modificationCount, tensor.storage.modificationCount(atVersion: version))
  throw TensorError(
    "one of the variables needed for gradient computation has been modified by an inplace operation: [torch.\(tensor.dtype.scalarTypeName)Tensor \(Shape.text(tensor.shape))]\(source) is at version \(now); expected version \(before) instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False)."
  )
}

extension Node {
  /// The name of the operation that this is the gradient of: `Exp` for `ExpBackward0`.
  fileprivate var operationName: Substring {
    var name = name[...]
    while name.last?.isNumber == true { name.removeLast() }
    return name.hasSuffix("Backward") ? name.dropLast("Backward".count) : self.name[...]
  }
}

extension Tensor {
  /// Another tensor over the same elements that autograd knows nothing of.
  func alias() -> Tensor { Tensor(unchecked: storage, dtype, shape, strides, offset, count, isContiguous) }

  /// The same elements without history: `detach()`.
  public func detach() throws -> Tensor { alias() }
}
