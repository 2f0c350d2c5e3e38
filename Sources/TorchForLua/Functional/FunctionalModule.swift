import Lua
import NN
import Tensor

/// The module `torch.nn.functional`.
enum FunctionalModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.functional",
      help:
        "What layers compute, as functions without state: activations, convolutions, poolings, normalizations, losses.",
      example: "F.relu(torch.tensor{-1., 2.}) --> tensor([0., 2.])",
      functions: OutArgument.added(toFunctionals: operators))
  }

  private static var operators: [Function] {
    var operators = OperatorList()
    operators.addActivations()
    operators.addDropouts()
    operators.addLosses()
    operators.addNetworkOperators()
    operators.addMoreActivations()
    operators.addMoreLosses()
    operators.addLayerOperators()
    operators.addMoreLayerOperators()
    return operators.functions
  }

  /// What `torch` has under the same name and with the same parameters, some also as methods of tensors.
  static var sharedWithTorch: [Function] {
    let methods: Set = ["hardshrink", "prelu"]
    let shared = Set(
      """
      adaptive_avg_pool1d avg_pool1d bilinear celu celu_ channel_shuffle conv1d conv2d conv3d conv_transpose1d \
      conv_transpose2d conv_transpose3d cosine_similarity embedding group_norm hardshrink layer_norm max_pool1d max_pool2d \
      max_pool3d pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu rms_norm rrelu rrelu_ selu selu_ threshold \
      threshold_
      """.split(separator: " ").map(String.init))
    return operators.filter { shared.contains($0.name) }.map { function in
      Function(
        function.name, help: function.help, example: function.example.replacing("F.", with: "torch."),
        placement: methods.contains(function.name) ? .both : .function, function.overloads)
    }
  }
}

extension OperatorList {
  fileprivate mutating func addActivations() {
    add(
      "relu", "(input: Tensor, inplace: bool = false) -> Tensor",
      "max(0, x): negative elements become 0. inplace writes the result into the input.",
      "F.relu(torch.tensor{-1., 2.}) --> tensor([0., 2.])"
    ) { a in
      let input = try a.tensor(0)
      return try a.bool(1) ? input.updateInPlace { try $0.relu() } : input.relu()
    }
    add(
      "sigmoid", "(input: Tensor) -> Tensor", "1 / (1 + exp(-x)), element by element: from 0 to 1.",
      "F.sigmoid(torch.tensor{0., 2.}) --> tensor([0.5000, 0.8808])"
    ) { a in
      try a.tensor(0).sigmoid()
    }
    add(
      "tanh", "(input: Tensor) -> Tensor", "The hyperbolic tangent of each element: from -1 to 1.",
      "F.tanh(torch.tensor{0., 1.}) --> tensor([0.0000, 0.7616])"
    ) { a in
      try a.tensor(0).tanh()
    }
    add(
      "logsigmoid", "(input: Tensor) -> Tensor",
      "log(sigmoid(x)), element by element, exact also where sigmoid(x) would round to 0.",
      "F.logsigmoid(torch.tensor{0., -100.}) --> tensor([  -0.6931, -100.0000])"
    ) { a in
      try a.tensor(0).logSigmoid()
    }
    let along = "(input: Tensor, dim: int, _stacklevel: int = 3, dtype: dtype? = nil) -> Tensor"
    add(
      "softmax", along,
      """
      exp(x) / sum(exp(x)) along the dimension dim: positive numbers that sum to 1. dtype converts the input \
      first.
      """, "F.softmax(torch.tensor{1., 2., 3.}, 0) --> tensor([0.0900, 0.2447, 0.6652])"
    ) { a in
      try a.tensor(0).softmax(a.int(1), dtype: a.optionalDType(3))
    }
    add(
      "log_softmax", along,
      "The logarithm of softmax() along the dimension dim, computed in one step: what nll_loss() takes.",
      "F.log_softmax(torch.tensor{1., 2., 3.}, 0) --> tensor([-2.4076, -1.4076, -0.4076])"
    ) { a in
      try a.tensor(0).logSoftmax(a.int(1), dtype: a.optionalDType(3))
    }
    add(
      "softmin", along, "softmax(-x) along the dimension dim.",
      "F.softmin(torch.tensor{1., 2., 3.}, 0) --> tensor([0.6652, 0.2447, 0.0900])"
    ) { a in
      try a.tensor(0).softmin(a.int(1), dtype: a.optionalDType(3))
    }
    add(
      "dropout", "(input: Tensor, p: float = 0.5, training: bool = true, inplace: bool = false) -> Tensor",
      """
      In training, each element zeroed with probability p and the others divided by 1 - p; else the input \
      itself. inplace writes the result into the input.
      """, "F.dropout(torch.ones(3), 0.5, false) --> tensor([1., 1., 1.])"
    ) { a in
      let (p, training) = (try a.double(1), try a.bool(2))
      let input = try a.tensor(0)
      return try a.bool(3)
        ? input.updateInPlace { try $0.dropout(p: p, training: training) } : input.dropout(p: p, training: training)
    }
  }

  /// The dropouts of whole channels, and those that keep mean and variance.
  fileprivate mutating func addDropouts() {
    typealias Dropout = (Tensor, Double, Bool) throws -> Tensor
    let channels: Dropout = { try $0.featureDropout(p: $1, training: $2) }
    let dropouts: [(name: String, training: Bool, help: String, operation: Dropout)] = [
      (
        "dropout1d", true,
        "In training, each channel of (N, C, L) zeroed with probability p and the others divided by 1 - p.", channels
      ),
      (
        "dropout2d", true,
        "In training, each channel of (N, C, H, W) zeroed with probability p and the others divided by 1 - p.", channels
      ),
      (
        "dropout3d", true,
        "In training, each channel of (N, C, D, H, W) zeroed with probability p and the others divided by 1 - p.",
        channels
      ),
      (
        "alpha_dropout", false,
        "In training, each element set with probability p to where SELU tends, and all scaled so that mean and variance stay.",
        { try $0.alphaDropout(p: $1, training: $2) }
      ),
      (
        "feature_alpha_dropout", false,
        "In training, each channel set with probability p to where SELU tends, and all scaled so that mean and variance stay.",
        { try $0.featureAlphaDropout(p: $1, training: $2) }
      ),
    ]
    add(
      "gumbel_softmax",
      "(logits: Tensor, tau: float = 1, hard: bool = false, eps: float = 1e-10, dim: int = -1) -> Tensor",
      """
      A random choice by logits along the dimension dim that has gradients: the softmax of (logits + Gumbel \
      noise) / tau. hard makes it one-hot, with the gradients of the soft one; eps is not used.
      """, "F.gumbel_softmax(torch.zeros(2, 3), {hard = true}):sum(1) --> tensor([1., 1.])"
    ) { a in try a.tensor(0).gumbelSoftmax(temperature: a.double(1), hard: a.bool(2), dim: a.int(4)) }
    for (name, training, help, operation) in dropouts {
      let isUnbatched = name == "dropout1d" ? 2 : name == "dropout3d" ? 4 : 0
      add(
        name, "(input: Tensor, p: float = 0.5, training: bool = \(training), inplace: bool = false) -> Tensor",
        "\(help) Else the input itself; inplace writes the result into the input.",
        "F.\(name)(torch.ones(1, 2, 2), 0.5, false).shape --> torch.Size([1, 2, 2])"
      ) { a in
        let (input, p, training) = (try a.tensor(0), try a.double(1), try a.bool(2))
        func dropped(_ x: Tensor) throws -> Tensor {
          guard x.rank == isUnbatched else { return try operation(x, p, training) }
          return try operation(x.unsqueeze(0), p, training).squeeze([0])
        }
        return try a.bool(3) ? input.updateInPlace(dropped) : dropped(input)
      }
    }
  }

  fileprivate mutating func addLosses() {
    let weighted =
      "weight: Tensor? = nil, size_average: bool? = nil, ignore_index: int = -100, reduce: bool? = nil, reduction: string = 'mean'"
    add(
      "cross_entropy", "(input: Tensor, target: Tensor, \(weighted), label_smoothing: float = 0.0) -> Tensor",
      """
      The loss of scores (N, C, ...) of C classes: the mean of -log softmax(input)[target]. target holds \
      class numbers (N, ...), of which ignore_index does not count, or probabilities in input's shape; \
      weight weighs classes, label_smoothing shares some of each target's probability among all. reduction \
      is 'mean', 'sum' or 'none'.
      """,
      "F.cross_entropy(torch.tensor{{2., 0.}, {0., 2.}}, torch.tensor{0, 1}) --> tensor(0.1269)"
    ) { a in
      try a.tensor(0).crossEntropy(
        a.tensor(1), weight: a.optionalTensor(2), ignoreIndex: a.int(4), reduction: a.reduction(6),
        labelSmoothing: a.double(7))
    }
    add(
      "nll_loss", "(input: Tensor, target: Tensor, \(weighted)) -> Tensor",
      """
      The loss of logarithms of probabilities (N, C, ...): the mean of -input[target], weighted by weight; \
      classes equal to ignore_index do not count. cross_entropy() is this after log_softmax().
      """,
      "F.nll_loss(torch.tensor{{-0.1, -2.3}}, torch.tensor{1}) --> tensor(2.3000)"
    ) { a in
      try a.tensor(0).nllLoss(
        a.tensor(1), weight: a.optionalTensor(2), ignoreIndex: a.int(4), reduction: a.reduction(6))
    }
    let plain =
      "(input: Tensor, target: Tensor, size_average: bool? = nil, reduce: bool? = nil, reduction: string = 'mean') -> Tensor"
    add(
      "mse_loss", plain,
      """
      The mean of the squared errors (input - target) ^ 2; with reduction = 'sum' their sum, with 'none' each.
      """, "F.mse_loss(torch.tensor{1., 3.}, torch.tensor{0., 0.}) --> tensor(5.)"
    ) { a in
      try a.tensor(0).mseLoss(a.tensor(1), reduction: a.reduction(4))
    }
    add(
      "l1_loss", plain,
      """
      The mean of the absolute errors |input - target|; with reduction = 'sum' their sum, with 'none' each.
      """, "F.l1_loss(torch.tensor{1., 3.}, torch.tensor{0., 0.}) --> tensor(2.)"
    ) { a in
      try a.tensor(0).l1Loss(a.tensor(1), reduction: a.reduction(4))
    }
  }

  fileprivate mutating func addNetworkOperators() {
    add(
      "linear", "(input: Tensor, weight: Tensor, bias: Tensor? = nil) -> Tensor",
      "x W^T + b: input (..., in) by weight (out, in) gives (..., out).",
      "F.linear(torch.tensor{1., 2.}, torch.tensor{{3., 4.}}, torch.tensor{10.}) --> tensor([21.])"
    ) { a in
      try a.tensor(0).linear(a.tensor(1), bias: a.optionalTensor(2))
    }
    for rank in 1...3 {
      let n = "int|int[]"
      let ones = "1, 1"
      let (fours, threes, twos) = ("4".repeated(rank), "3".repeated(rank), "2".repeated(rank))
      add(
        "conv\(rank)d",
        "(input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: \(n) = 1, padding: \(n)|string = 0, dilation: \(n) = 1, groups: int = 1) -> Tensor",
        """
        The \(rank)d convolution (without flipping the kernel): each output channel is the sum over the input's channels of \
        windows times weights. input is (N, C, \(["L", "H, W", "D, H, W"][rank - 1])) or without N, weight (out, C / groups, \
        \(["k", "kH, kW", "kD, kH, kW"][rank - 1])). The output's sizes are floor((size + 2 * padding - dilation * (k - 1) - 1) / stride) + 1; \
        padding = 'same' keeps the size, 'valid' means none.
        """,
        "F.conv\(rank)d(torch.ones(\(ones), \(fours)), torch.ones(\(ones), \(threes))).shape --> torch.Size([\(ones), \(twos)])"
      ) { a in
        try Functional.checkRanks(a.tensor(0), a.tensor(1), rank, a.functionName)
        return try Functional.convolution(
          a.tensor(0), a.tensor(1), a.optionalTensor(2), stride: a.ints(3).filling(rank),
          padding: convolutionPadding(a, 4, rank), dilation: a.ints(5).filling(rank), groups: a.int(6))
      }
    }
    add(
      "batch_norm",
      "(input: Tensor, running_mean: Tensor?, running_var: Tensor?, weight: Tensor? = nil, bias: Tensor? = nil, training: bool = false, momentum: float = 0.1, eps: float = 1e-05) -> Tensor",
      """
      Each channel, the second dimension, shifted and scaled to mean 0 and variance 1, then times weight \
      plus bias. In training with the batch's own statistics, which move the running ones by momentum; else \
      with the running ones.
      """,
      "F.batch_norm(torch.tensor{{1.}, {3.}}, torch.zeros(1), torch.ones(1), {training = true}) --> tensor([[-1.0000],\n-->         [ 1.0000]])"
    ) { a in
      try Functional.batchNorm(
        a.tensor(0), runningMean: a.optionalTensor(1), runningVar: a.optionalTensor(2), weight: a.optionalTensor(3),
        bias: a.optionalTensor(4), training: a.bool(5), momentum: a.double(6), eps: a.double(7))
    }
  }
}

/// The `padding` of a convolution: sizes, or its name.
private func convolutionPadding(_ a: Arguments, _ index: Int, _ rank: Int) throws -> ConvolutionPadding {
  if let name = a[index].string, !["same", "valid"].contains(name) {
    throw TensorError("Invalid padding string: '\(name)'")
  }
  let padding = try Layers.padding(a, index)
  guard case .sizes(let sizes) = padding else { return padding }
  return .sizes(sizes.filling(rank))
}

extension String {
  /// The text so many times, separated by commas.
  func repeated(_ count: Int) -> String { Array(repeating: self, count: count).joined(separator: ", ") }
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
