import StateDicts
import Tensor

/// What the instance normalizations share: each channel of each sample with mean 0 and variance 1, then scaled and shifted. An
/// input may lack the batch's dimension.
///
/// Source: Ulyanov et al., "Instance normalization", 2016, https://arxiv.org/abs/1607.08022
open class InstanceNorm: ChannelNorm {
  /// - Parameters:
  ///   - affine: whether there are `weight` and, with `bias`, `bias`.
  ///   - trackRunningStats: whether there are `running_mean`, `running_var` and `num_batches_tracked`, which evaluation
  ///     uses.
  ///   - dtype: of parameters and statistics; the default type if nil.
  public required init(
    _ featureCount: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, bias: Bool = true, dtype: DType? = nil
  ) throws {
    try super.init(
      featureCount, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias,
      dtype: dtype)
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try checkRank(of: input)
    let unbatchedRank = type(of: self).inputRanks[0]
    let channelDim = input.rank - unbatchedRank
    guard !affine || input.shape[channelDim] == featureCount else {
      throw TensorError(
        "expected input's size at dim=\(channelDim) to match num_features (\(featureCount)), but got: \(input.shape[channelDim]).",
        kind: .value)
    }
    guard input.rank == unbatchedRank else { return try normalized(input) }
    return try normalized(input.unsqueeze(0)).squeeze([0])
  }

  private func normalized(_ input: Tensor) throws -> Tensor {
    try input.instanceNorm(
      runningMean: buffer("running_mean"), runningVar: buffer("running_var"), weight: parameter("weight"),
      bias: parameter("bias"), useInputStats: isTraining || !tracksRunningStatistics, momentum: momentum ?? 0, eps: eps)
  }

  /// Files before version 1 hold running statistics that layers without tracking do not want.
  open override func upgrade(_ state: inout StateDict, prefix: String, version: Int?) throws {
    if version == nil && !tracksRunningStatistics {
      let names = ["running_mean", "running_var"].map { prefix + $0 }.filter { state.entries[$0] != nil }
      guard names.isEmpty else {
        throw TensorError(
          "Unexpected running stats buffer(s) \(names.map { "\"\($0)\"" }.joined(separator: " and ")) for \(typeName) with track_running_stats=False. If state_dict is a checkpoint saved before 0.4.0, this may be expected because \(typeName) does not track running stats by default since 0.4.0. Please remove these keys from state_dict. If the running stats are actually needed, instead set track_running_stats=True in \(typeName) to enable them. See the documentation of \(typeName) for details."
        )
      }
    }
    try super.upgrade(&state, prefix: prefix, version: version)
  }
}

/// Instance normalization of `[N, C, L]` or `[C, L]`.
public final class InstanceNorm1d: InstanceNorm {
  override class var inputRanks: [Int] { [2, 3] }
}

/// Instance normalization of `[N, C, H, W]` or `[C, H, W]`.
public final class InstanceNorm2d: InstanceNorm {
  override class var inputRanks: [Int] { [3, 4] }
}

/// Instance normalization of `[N, C, D, H, W]` or `[C, D, H, W]`.
public final class InstanceNorm3d: InstanceNorm {
  override class var inputRanks: [Int] { [4, 5] }
}
