import StateDicts
import Tensor

/// What batch and instance normalization share: a scale and a shift for each channel, and running statistics.
open class ChannelNorm: Module {
  /// How many channels inputs have.
  public let featureCount: Int
  /// What is added to the variance before its root is divided by.
  public var eps: Double
  /// The share of the latest input in the running statistics; nil makes them the mean over all.
  public var momentum: Double?
  /// Whether there are a learned scale and, unless it was left out, a learned shift.
  public let affine: Bool
  /// Whether the layer keeps the mean and variance of what it has seen.
  public let tracksRunningStatistics: Bool

  /// - Parameters:
  ///   - affine: whether there are `weight` and, with `bias`, `bias`.
  ///   - trackRunningStats: whether there are `running_mean`, `running_var` and `num_batches_tracked`.
  public required init(
    _ featureCount: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType? = nil
  ) throws {
    self.featureCount = featureCount
    self.eps = eps
    self.momentum = momentum
    self.affine = affine
    tracksRunningStatistics = trackRunningStats
    super.init()
    let shape = [featureCount]
    try register(parameter: "weight", shape: affine ? shape : nil, dtype: dtype)
    try register(parameter: "bias", shape: affine && bias ? shape : nil, dtype: dtype)
    let type = dtype ?? DefaultDType.current
    try register(buffer: "running_mean", trackRunningStats ? try Tensor.zeros(shape, dtype: type) : nil)
    try register(buffer: "running_var", trackRunningStats ? try Tensor.ones(shape, dtype: type) : nil)
    try register(buffer: "num_batches_tracked", trackRunningStats ? try Tensor.zeros([], dtype: .int64) : nil)
    try resetScaleAndShift()
  }

  /// Forgets the running statistics: `reset_running_stats`.
  public func resetRunningStatistics() throws {
    for (name, value) in [("running_mean", 0.0), ("running_var", 1), ("num_batches_tracked", 0)] {
      try buffer(name).map { _ = try Init.constant($0, value) }
    }
  }

  open override func resetParameters() throws {
    try resetRunningStatistics()
    try resetScaleAndShift()
  }

  open override var stateVersion: Int { 2 }

  /// Version 2 added `num_batches_tracked`; older files lack it.
  open override func upgrade(_ state: inout StateDict, prefix: String, version: Int?) throws {
    guard (version ?? 1) < 2, let tracked = buffer("num_batches_tracked") else { return }
    let key = prefix + "num_batches_tracked"
    if state.entries[key] == nil { state[key] = tracked }
  }

  open override var extraText: String {
    let bias: Attributes = [("bias", .bool(parameter("bias") != nil))]
    return
      "\(featureCount), \((attributes.only("eps", "momentum", "affine") + bias + attributes.only("track_running_stats")).text)"
  }

  open override var attributes: Attributes {
    [
      ("num_features", .int(featureCount)), ("eps", .double(eps)), ("momentum", .init(momentum)),
      ("affine", .bool(affine)), ("track_running_stats", .bool(tracksRunningStatistics)),
    ]
  }

  /// The numbers of dimensions that inputs may have.
  class var inputRanks: [Int] { [] }

  final func checkRank(of input: Tensor) throws {
    let ranks = type(of: self).inputRanks
    guard !ranks.contains(input.rank) else { return }
    let expected = ranks.map { "\($0)D" }.joined(separator: " or ")
    throw TensorError("expected \(expected) input (got \(input.rank)D input)", kind: .value)
  }
}

/// What the batch normalizations of one, two and three dimensions share: each channel is moved and scaled to mean 0 and variance
/// 1, by the batch's statistics while training and by running ones otherwise, and then to a learned mean and scale.
///
/// `y = (x - mean) / sqrt(variance + eps) * weight + bias`
///
/// Source: Ioffe and Szegedy, "Batch normalization", 2015, https://arxiv.org/abs/1502.03167
open class BatchNorm: ChannelNorm {
  open override func forward(_ input: Tensor) throws -> Tensor {
    try checkRank(of: input)
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
}

/// Batch normalization of `[N, C]` or `[N, C, L]`.
public final class BatchNorm1d: BatchNorm {
  override class var inputRanks: [Int] { [2, 3] }
}

/// Batch normalization of `[N, C, H, W]`.
public final class BatchNorm2d: BatchNorm {
  override class var inputRanks: [Int] { [4] }
}

/// Batch normalization of `[N, C, D, H, W]`.
public final class BatchNorm3d: BatchNorm {
  override class var inputRanks: [Int] { [5] }
}
