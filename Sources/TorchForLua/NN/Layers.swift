import Lua
import NN
import Tensor

/// The layers of `torch.nn`, by their constructors. Their objects are modules to Lua.
///
/// One more is one more ``layer(_:_:_:_:_:)`` in the list of its family.
enum Layers {
  static var all: [Function] {
    linear + convolutions + normalizations + activations + pools + unpools + paddings + shapes + resamplings + dropouts
      + losses + distances + RecurrentClasses.cells + attentions
  }

  /// The constructor of a layer.
  ///
  /// - Parameters:
  ///   - signature: PyTorch's arguments, in its order.
  ///   - example: a call of the layer with what it gives, from `nn.` on.
  static func layer(
    _ name: String, _ signature: String, _ help: String, _ example: String,
    _ make: @escaping (Arguments) throws -> Module
  ) -> Function {
    Function(name, "\(signature) -> Module", help: help, example: example) { a in
      let module = try a.remembering(make(a))
      return module.ownChildren.isEmpty ? .value(.same(module)) : try ContainerClasses.result(module, a)
    }.asConstructor()
  }

  /// The last arguments of layers with parameters, read by ``Lua/Arguments/factoryDType(_:)``.
  static let factory = "device: Device? = nil, dtype: dtype? = nil"

  private static var linear: [Function] {
    [
      layer(
        "Linear", "(in_features: int, out_features: int, bias: bool = true, \(factory))",
        """
        y = x W^T + b: (..., in_features) to (..., out_features). weight is (out_features, in_features); \
        both start uniform within 1 / sqrt(in_features).
        """, "nn.Linear(4, 2)(torch.ones(1, 4)).shape --> torch.Size([1, 2])"
      ) {
        a in try Linear(a.int(0), a.int(1), bias: a.bool(2), dtype: a.factoryDType(3))
      },
      layer(
        "Bilinear", "(in1_features: int, in2_features: int, out_features: int, bias: bool = true, \(factory))",
        "y = x1^T A x2 + b: (..., in1) and (..., in2) give (..., out). weight is (out, in1, in2).",
        "nn.Bilinear(4, 3, 2)(torch.ones(1, 4), torch.ones(1, 3)).shape --> torch.Size([1, 2])"
      ) { a in try Bilinear(a.int(0), a.int(1), a.int(2), bias: a.bool(3), dtype: a.factoryDType(4)) },
      layer(
        "Identity", "(args: any...)",
        "The input itself; any arguments are taken and ignored. It stands in for a part that is left out.",
        "nn.Identity()(torch.tensor{1, 2}) --> tensor([1, 2])"
      ) { _ in Identity() },
    ]
  }

  /// The padding that a number, a table or a name stands for.
  static func padding(_ a: Arguments, _ index: Int) throws -> ConvolutionPadding {
    switch try? a.optionalString(index) {
    case "same"?: return .same
    case "valid"?: return .valid
    case let name?:
      throw TensorError(
        "Invalid padding string '\(name)', should be one of {'valid', 'same'}", kind: .value)
    case nil: return .sizes(try a.ints(index))
    }
  }

  private static let dims = ["L", "H, W", "D, H, W"]

  private static var convolutions: [Function] {
    let plain: [Convolution.Type] = [Conv1d.self, Conv2d.self, Conv3d.self]
    let transposed: [TransposedConvolution.Type] = [ConvTranspose1d.self, ConvTranspose2d.self, ConvTranspose3d.self]
    return zip(1..., plain).map { rank, type in
      let n = "int[\(rank)]"
      return layer(
        "\(type)",
        "(in_channels: int, out_channels: int, kernel_size: \(n), stride: \(n) = 1, padding: \(n)|string = 0, dilation: \(n) = 1, groups: int = 1, bias: bool = true, padding_mode: string = 'zeros', \(factory))",
        """
        The \(rank)d convolution (without flipping the kernel): each output channel is a sum over windows of the input's channels times \
        weights, plus a bias. (N, in, \(dims[rank - 1])) to (N, out, ...), with sizes floor((size + 2 * padding - dilation * (k - 1) - 1) / stride) \
        + 1. padding may be 'same' or 'valid', padding_mode 'zeros', 'reflect', 'replicate' or 'circular'; groups keep channels apart.
        """,
        "nn.\(type)(3, 8, 3, {padding = 1})(torch.ones(1, 3, \("4".repeated(rank)))).shape --> torch.Size([1, 8, \("4".repeated(rank))])"
      ) { a in
        try type.init(
          a.int(0), a.int(1), kernelSize: a.ints(2), stride: a.ints(3), padding: padding(a, 4), dilation: a.ints(5),
          groups: a.int(6), bias: a.bool(7), paddingMode: ConvolutionPaddingMode(named: a.string(8)),
          dtype: a.factoryDType(9))
      }
    }
      + zip(1..., transposed).map { rank, type in
        let n = "int[\(rank)]"
        return layer(
          "\(type)",
          "(in_channels: int, out_channels: int, kernel_size: \(n), stride: \(n) = 1, padding: \(n) = 0, output_padding: \(n) = 0, groups: int = 1, bias: bool = true, dilation: \(n) = 1, padding_mode: string = 'zeros', \(factory))",
          """
          The transposed \(rank)d convolution, which makes images larger: each input element adds its multiple of the kernel to \
          the output. Sizes become (size - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1.
          """,
          "nn.\(type)(8, 3, 2, {stride = 2})(torch.ones(1, 8, \("4".repeated(rank)))).shape --> torch.Size([1, 3, \("8".repeated(rank))])"
        ) { a in
          try type.init(
            a.int(0), a.int(1), kernelSize: a.ints(2), stride: a.ints(3), padding: a.ints(4), outputPadding: a.ints(5),
            groups: a.int(6), bias: a.bool(7), dilation: a.ints(8),
            paddingMode: ConvolutionPaddingMode(named: a.string(9)), dtype: a.factoryDType(10))
        }
      }
  }

  private static var normalizations: [Function] {
    func channelNorm(_ rank: Int, _ type: ChannelNorm.Type, _ isOn: Bool, _ help: String) -> Function {
      layer(
        "\(type)",
        "(num_features: int, eps: float = 1e-05, momentum: float? = 0.1, affine: bool = \(isOn), track_running_stats: bool = \(isOn), \(factory), *, bias: bool = true)",
        help,
        "nn.\(type)(8)(torch.ones(2, 8, \("4".repeated(rank)))).shape --> torch.Size([2, 8, \("4".repeated(rank))])"
      ) { a in
        try type.init(
          a.int(0), eps: a.double(1), momentum: a.optionalDouble(2), affine: a.bool(3), trackRunningStats: a.bool(4),
          bias: a.bool(7), dtype: a.factoryDType(5))
      }
    }
    let batch: [ChannelNorm.Type] = [BatchNorm1d.self, BatchNorm2d.self, BatchNorm3d.self]
    let instance: [ChannelNorm.Type] = [InstanceNorm1d.self, InstanceNorm2d.self, InstanceNorm3d.self]
    return zip(1..., batch).map { rank, type in
      channelNorm(
        rank, type, true,
        """
        Each channel, the second dimension, shifted and scaled to mean 0 and variance 1, then times weight plus bias. In \
        training with the batch's own statistics, which move the running ones by momentum; in evaluation with the running ones.
        """)
    }
      + zip(1..., instance).map { rank, type in
        channelNorm(
          rank, type, false,
          "Each channel of each sample shifted and scaled to mean 0 and variance 1 over its positions; affine adds weight and bias."
        )
      } + [
        layer(
          "LayerNorm",
          "(normalized_shape: int|int[], eps: float = 1e-05, elementwise_affine: bool = true, bias: bool = true, \(factory))",
          """
          The last dimensions, whose sizes are normalized_shape, with mean 0 and variance 1, then times weight \
          plus bias of that shape.
          """, "nn.LayerNorm(2)(torch.tensor{{1., 3.}}):tolist()[1][2] > 0.99 --> true"
        ) { a in
          try LayerNorm(
            a.ints(0), eps: a.scalar(1), elementwiseAffine: a.bool(2), bias: a.bool(3), dtype: a.factoryDType(4))
        },
        layer(
          "RMSNorm",
          "(normalized_shape: int|int[], eps: float? = nil, elementwise_affine: bool = true, \(factory))",
          """
          The last dimensions, whose sizes are normalized_shape, divided by the root of their mean square, \
          then times weight.
          """, "nn.RMSNorm(2)(torch.tensor{{3., 4.}}).shape --> torch.Size([1, 2])"
        ) { a in
          try RMSNorm(a.ints(0), eps: a.optionalScalar(1), elementwiseAffine: a.bool(2), dtype: a.factoryDType(3))
        },
        layer(
          "GroupNorm",
          "(num_groups: int, num_channels: int, eps: float = 1e-05, affine: bool = true, \(factory), *, bias: bool = true)",
          """
          The channels, the second dimension, in num_groups groups, each with mean 0 and variance 1; then \
          times weight plus bias, one number a channel.
          """, "nn.GroupNorm(2, 8)(torch.ones(1, 8, 4)).shape --> torch.Size([1, 8, 4])"
        ) { a in
          try GroupNorm(
            a.int(0), a.int(1), eps: a.scalar(2), affine: a.bool(3), bias: a.bool(6), dtype: a.factoryDType(4))
        },
        layer(
          "LocalResponseNorm", "(size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0)",
          "Each element divided by (k + alpha / size * sum of squares over size neighbouring channels) ^ beta.",
          "nn.LocalResponseNorm(2)(torch.ones(1, 4, 3)).shape --> torch.Size([1, 4, 3])"
        ) { a in LocalResponseNorm(try a.int(0), alpha: try a.scalar(1), beta: try a.scalar(2), k: try a.scalar(3)) },
      ]
  }

  private static var distances: [Function] {
    [
      layer(
        "CosineSimilarity", "(dim: int = 1, eps: float = 1e-08)",
        "The cosine of the angle between two tensors' vectors along the dimension dim.",
        "nn.CosineSimilarity()(torch.tensor{{1., 0.}}, torch.tensor{{1., 1.}}) --> tensor([0.7071])"
      ) {
        a in CosineSimilarity(dim: try a.int(0), eps: try a.double(1))
      },
      layer(
        "PairwiseDistance", "(p: float = 2.0, eps: float = 1e-06, keepdim: bool = false)",
        "The p-norm of x1 - x2 + eps along the last dimension, which keepdim keeps.",
        "nn.PairwiseDistance()(torch.zeros(1, 2), torch.tensor{{3., 4.}}) --> tensor([5.0000])"
      ) { a in PairwiseDistance(p: try a.double(0), eps: try a.double(1), keepDim: try a.bool(2)) },
    ]
  }
}

extension Arguments {
  /// The type of a layer's parameters, from the two arguments `device` and `dtype`.
  func factoryDType(_ device: Int) throws -> DType? {
    try checkDevice(device)
    return try optionalDType(device + 1)
  }
}
