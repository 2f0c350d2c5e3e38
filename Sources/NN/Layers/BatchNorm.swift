import StateDicts
import Tensor

/// What the batch normalizations of one, two and three dimensions share: each channel is moved and scaled to mean 0 and variance
/// 1, by the batch's statistics while training and by running ones otherwise, and then to a learned mean and scale.
///
/// `y = (x - mean) / sqrt(variance + eps) * weight + bias`
///
/// Source: Ioffe and Szegedy, "Batch normalization", 2015, https://arxiv.org/abs/1502.03167
open class BatchNorm: Module {
  public let featureCount: Int
  public var eps: Double
  /// The share of the batch in the running statistics; nil makes them the mean over all batches.
  public var momentum: Double?
  public let affine: Bool
  public let tracksRunningStatistics: Bool

  public init(
    _ featureCount: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType? = nil
  ) throws {
    self.featureCount = featureCount
    self.eps = eps
    self.momentum = momentum
    self.affine = affine
    tracksRunningStatistics = trackRunningStats
    super.init()
    let dtype = dtype ?? DefaultDType.current
    let shape = [featureCount]
    try register(parameter: "weight", affine ? NN.parameter(try Tensor.ones(shape, dtype: dtype)) : nil)
    try register(parameter: "bias", affine && bias ? NN.parameter(try Tensor.zeros(shape, dtype: dtype)) : nil)
    try register(buffer: "running_mean", trackRunningStats ? try Tensor.zeros(shape, dtype: dtype) : nil)
    try register(buffer: "running_var", trackRunningStats ? try Tensor.ones(shape, dtype: dtype) : nil)
    try register(buffer: "num_batches_tracked", trackRunningStats ? try Tensor.zeros([], dtype: .int64) : nil)
  }

  /// The numbers of dimensions that inputs may have.
  var inputRanks: [Int] { [] }

  open override func forward(_ input: Tensor) throws -> Tensor {
    guard inputRanks.contains(input.rank) else {
      let expected = inputRanks.map { "\($0)D" }.joined(separator: " or ")
      throw TensorError("expected \(expected) input (got \(input.rank)D input)", kind: .value)
    }
    let usesBatch = isTraining || (buffer("running_mean") == nil && buffer("running_var") == nil)
    // While training, running statistics are updated; without tracking there are none to give.
    let updates = isTraining && tracksRunningStatistics
    var share = momentum ?? 0
    if updates, let tracked = buffer("num_batches_tracked") {
      let count = (try tracked.item().int) &+ 1
      try GradMode.with(false) { _ = try tracked.copyInPlace(try Tensor.full([], .int(count), dtype: tracked.dtype)) }
      share = momentum ?? 1 / Double(count)
    }
    let passesStatistics = !isTraining || tracksRunningStatistics
    return try Functional.batchNorm(
      input, runningMean: passesStatistics ? buffer("running_mean") : nil,
      runningVar: passesStatistics ? buffer("running_var") : nil, weight: parameter("weight"),
      bias: parameter("bias"), training: usesBatch, momentum: share, eps: eps)
  }

  open override var stateVersion: Int { 2 }

  /// Version 2 added `num_batches_tracked`; older files lack it.
  open override func upgrade(_ state: inout StateDict, prefix: String, version: Int?) throws {
    guard (version ?? 1) < 2, let tracked = buffer("num_batches_tracked") else { return }
    let key = prefix + "num_batches_tracked"
    if state.entries[key] == nil { state[key] = tracked }
  }

  open override var extraText: String {
    let momentumText = momentum.map(pythonText) ?? "None"
    return
      "\(featureCount), eps=\(pythonText(eps)), momentum=\(momentumText), affine=\(pythonText(affine)), bias=\(pythonText(parameter("bias") != nil)), track_running_stats=\(pythonText(tracksRunningStatistics))"
  }

  open override var attributes: [(name: String, value: Attribute)] {
    [
      ("num_features", .int(featureCount)), ("eps", .double(eps)),
      ("momentum", momentum.map(Attribute.double) ?? .none),
      ("affine", .bool(affine)), ("track_running_stats", .bool(tracksRunningStatistics)),
    ]
  }
}

/// Batch normalization of `[N, C]` or `[N, C, L]`.
public final class BatchNorm1d: BatchNorm {
  override var inputRanks: [Int] { [2, 3] }
}

/// Batch normalization of `[N, C, H, W]`.
public final class BatchNorm2d: BatchNorm {
  override var inputRanks: [Int] { [4] }
}

/// Batch normalization of `[N, C, D, H, W]`.
public final class BatchNorm3d: BatchNorm {
  override var inputRanks: [Int] { [5] }
}
