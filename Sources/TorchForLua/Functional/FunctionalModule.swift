import Lua
import NN
import Tensor

/// The module `torch.nn.functional`.
enum FunctionalModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    var operators = OperatorList()
    operators.addActivations()
    operators.addLosses()
    operators.addNetworkOperators()
    operators.addMoreActivations()
    operators.addMoreLosses()
    operators.addLayerOperators()
    operators.addMoreLayerOperators()
    return LuaModule(
      "torch.nn.functional", help: "What layers compute, as functions.", functions: operators.functions)
  }
}

extension OperatorList {
  fileprivate mutating func addActivations() {
    add("relu", "(input: Tensor, inplace: bool = false) -> Tensor", "max(0, x).", "F.relu(torch.randn(3))") { a in
      let input = try a.tensor(0)
      return try a.bool(1) ? input.updateInPlace { try $0.relu() } : input.relu()
    }
    add("sigmoid", "(input: Tensor) -> Tensor", "1 / (1 + exp(-x)).", "F.sigmoid(torch.randn(3))") { a in
      try a.tensor(0).sigmoid()
    }
    add("tanh", "(input: Tensor) -> Tensor", "The hyperbolic tangent.", "F.tanh(torch.randn(3))") { a in
      try a.tensor(0).tanh()
    }
    add("logsigmoid", "(input: Tensor) -> Tensor", "log(sigmoid(x)).", "F.logsigmoid(torch.randn(3))") { a in
      try a.tensor(0).logSigmoid()
    }
    let along = "(input: Tensor, dim: int, _stacklevel: int = 3, dtype: dtype? = nil) -> Tensor"
    add("softmax", along, "exp(x) / sum(exp(x)).", "F.softmax(torch.randn(3), 0)") { a in
      try a.tensor(0).softmax(a.int(1), dtype: a.optionalDType(3))
    }
    add("log_softmax", along, "The logarithm of softmax.", "F.log_softmax(torch.randn(3), 0)") { a in
      try a.tensor(0).logSoftmax(a.int(1), dtype: a.optionalDType(3))
    }
    add("softmin", along, "softmax(-x).", "F.softmin(torch.randn(3), 0)") { a in
      try a.tensor(0).softmin(a.int(1), dtype: a.optionalDType(3))
    }
    add(
      "dropout", "(input: Tensor, p: float = 0.5, training: bool = true, inplace: bool = false) -> Tensor",
      "In training, zeros elements with probability p and scales the rest.", "F.dropout(torch.ones(3))"
    ) { a in
      let (p, training) = (try a.double(1), try a.bool(2))
      let input = try a.tensor(0)
      return try a.bool(3)
        ? input.updateInPlace { try $0.dropout(p: p, training: training) } : input.dropout(p: p, training: training)
    }
  }

  fileprivate mutating func addLosses() {
    let weighted =
      "weight: Tensor? = nil, size_average: bool? = nil, ignore_index: int = -100, reduce: bool? = nil, reduction: string = 'mean'"
    add(
      "cross_entropy", "(input: Tensor, target: Tensor, \(weighted), label_smoothing: float = 0.0) -> Tensor",
      "The loss of class scores; target holds classes, or their probabilities.",
      "F.cross_entropy(torch.randn(2, 3), torch.tensor{0, 2})"
    ) { a in
      try a.tensor(0).crossEntropy(
        a.tensor(1), weight: a.optionalTensor(2), ignoreIndex: a.int(4), reduction: a.reduction(6),
        labelSmoothing: a.double(7))
    }
    add(
      "nll_loss", "(input: Tensor, target: Tensor, \(weighted)) -> Tensor", "The loss of logarithms of probabilities.",
      "F.nll_loss(F.log_softmax(torch.randn(2, 3), 1), torch.tensor{0, 2})"
    ) { a in
      try a.tensor(0).nllLoss(
        a.tensor(1), weight: a.optionalTensor(2), ignoreIndex: a.int(4), reduction: a.reduction(6))
    }
    let plain =
      "(input: Tensor, target: Tensor, size_average: bool? = nil, reduce: bool? = nil, reduction: string = 'mean') -> Tensor"
    add("mse_loss", plain, "The squared error.", "F.mse_loss(torch.ones(2), torch.zeros(2))") { a in
      try a.tensor(0).mseLoss(a.tensor(1), reduction: a.reduction(4))
    }
    add("l1_loss", plain, "The absolute error.", "F.l1_loss(torch.ones(2), torch.zeros(2))") { a in
      try a.tensor(0).l1Loss(a.tensor(1), reduction: a.reduction(4))
    }
  }

  fileprivate mutating func addNetworkOperators() {
    add(
      "linear", "(input: Tensor, weight: Tensor, bias: Tensor? = nil) -> Tensor", "x W^T + b.",
      "F.linear(torch.ones(1, 2), torch.ones(3, 2))"
    ) { a in
      try a.tensor(0).linear(a.tensor(1), bias: a.optionalTensor(2))
    }
    for rank in 1...3 {
      let n = "int[\(rank)]"
      add(
        "conv\(rank)d",
        "(input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: \(n) = 1, padding: \(n)|string = 0, dilation: \(n) = 1, groups: int = 1) -> Tensor",
        "Slides weights over the input.", "F.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3))"
      ) { a in
        try Functional.convolution(
          a.tensor(0), a.tensor(1), a.optionalTensor(2), stride: a.ints(3).filling(rank),
          padding: convolutionPadding(a, 4), dilation: a.ints(5).filling(rank), groups: a.int(6))
      }
    }
    add(
      "batch_norm",
      "(input: Tensor, running_mean: Tensor?, running_var: Tensor?, weight: Tensor? = nil, bias: Tensor? = nil, training: bool = false, momentum: float = 0.1, eps: float = 1e-05) -> Tensor",
      "Each channel with mean 0 and variance 1, then scaled and shifted.",
      "F.batch_norm(torch.randn(2, 3), torch.zeros(3), torch.ones(3))"
    ) { a in
      try Functional.batchNorm(
        a.tensor(0), runningMean: a.optionalTensor(1), runningVar: a.optionalTensor(2), weight: a.optionalTensor(3),
        bias: a.optionalTensor(4), training: a.bool(5), momentum: a.double(6), eps: a.double(7))
    }
  }
}

/// The `padding` of a convolution: sizes, or its name.
private func convolutionPadding(_ a: Arguments, _ index: Int) throws -> ConvolutionPadding {
  if let name = a[index].string, !["same", "valid"].contains(name) {
    throw TensorError("Invalid padding string: '\(name)'")
  }
  return try Layers.padding(a, index)
}

extension Arguments {
  /// How the elements of a loss are put together.
  func reduction(_ index: Int) throws -> LossReduction {
    let name = try string(index)
    guard let reduction = LossReduction(rawValue: name) else {
      throw TensorError("\(name) is not a valid value for reduction", kind: .value)
    }
    return reduction
  }
}
