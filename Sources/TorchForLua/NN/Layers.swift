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
  ///   - example: the arguments of an example.
  static func layer(
    _ name: String, _ signature: String, _ help: String, _ example: String,
    _ make: @escaping (Arguments) throws -> Module
  ) -> Function {
    Function(name, "\(signature) -> Module", help: help, example: "nn.\(name)(\(example))") { a in
      let module = try a.remembering(make(a))
      return module.ownChildren.isEmpty ? .value(.same(module)) : try ContainerClasses.result(module, a)
    }.asConstructor()
  }

  /// The last arguments of layers with parameters, read by ``Lua/Arguments/factoryDType(_:)``.
  static let factory = "device: Device? = nil, dtype: dtype? = nil"

  private static var linear: [Function] {
    [
      layer("Linear", "(in_features: int, out_features: int, bias: bool = true, \(factory))", "y = x W^T + b.", "4, 2")
      {
        a in try Linear(a.int(0), a.int(1), bias: a.bool(2), dtype: a.factoryDType(3))
      },
      layer(
        "Bilinear", "(in1_features: int, in2_features: int, out_features: int, bias: bool = true, \(factory))",
        "y = x1^T A x2 + b.", "4, 3, 2"
      ) { a in try Bilinear(a.int(0), a.int(1), a.int(2), bias: a.bool(3), dtype: a.factoryDType(4)) },
      layer("Identity", "(args: any...)", "The input itself.", "") { _ in Identity() },
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

  private static var convolutions: [Function] {
    let plain: [Convolution.Type] = [Conv1d.self, Conv2d.self, Conv3d.self]
    let transposed: [TransposedConvolution.Type] = [ConvTranspose1d.self, ConvTranspose2d.self, ConvTranspose3d.self]
    return zip(1..., plain).map { rank, type in
      let n = "int[\(rank)]"
      return layer(
        "\(type)",
        "(in_channels: int, out_channels: int, kernel_size: \(n), stride: \(n) = 1, padding: \(n)|string = 0, dilation: \(n) = 1, groups: int = 1, bias: bool = true, padding_mode: string = 'zeros', \(factory))",
        "Slides weights over \(rank) dimension\(rank > 1 ? "s" : "").", "3, 8, 3, {padding = 1}"
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
          "The gradient of a convolution as a layer.", "8, 3, 2, {stride = 2}"
        ) { a in
          try type.init(
            a.int(0), a.int(1), kernelSize: a.ints(2), stride: a.ints(3), padding: a.ints(4), outputPadding: a.ints(5),
            groups: a.int(6), bias: a.bool(7), dilation: a.ints(8),
            paddingMode: ConvolutionPaddingMode(named: a.string(9)), dtype: a.factoryDType(10))
        }
      }
  }

  private static var normalizations: [Function] {
    func channelNorm(_ type: ChannelNorm.Type, _ isOn: Bool, _ help: String) -> Function {
      layer(
        "\(type)",
        "(num_features: int, eps: float = 1e-05, momentum: float? = 0.1, affine: bool = \(isOn), track_running_stats: bool = \(isOn), \(factory), *, bias: bool = true)",
        help, "8"
      ) { a in
        try type.init(
          a.int(0), eps: a.double(1), momentum: a.optionalDouble(2), affine: a.bool(3), trackRunningStats: a.bool(4),
          bias: a.bool(7), dtype: a.factoryDType(5))
      }
    }
    let batch: [ChannelNorm.Type] = [BatchNorm1d.self, BatchNorm2d.self, BatchNorm3d.self]
    let instance: [ChannelNorm.Type] = [InstanceNorm1d.self, InstanceNorm2d.self, InstanceNorm3d.self]
    return batch.map { channelNorm($0, true, "Each channel with mean 0 and variance 1, then scaled and shifted.") }
      + instance.map { channelNorm($0, false, "Each channel of each sample with mean 0 and variance 1.") } + [
        layer(
          "LayerNorm",
          "(normalized_shape: int|int[], eps: float = 1e-05, elementwise_affine: bool = true, bias: bool = true, \(factory))",
          "The last dimensions with mean 0 and variance 1, then scaled and shifted.", "8"
        ) { a in
          try LayerNorm(
            a.ints(0), eps: a.scalar(1), elementwiseAffine: a.bool(2), bias: a.bool(3), dtype: a.factoryDType(4))
        },
        layer(
          "RMSNorm",
          "(normalized_shape: int|int[], eps: float? = nil, elementwise_affine: bool = true, \(factory))",
          "The last dimensions with mean square 1, then scaled.", "8"
        ) { a in
          try RMSNorm(a.ints(0), eps: a.optionalScalar(1), elementwiseAffine: a.bool(2), dtype: a.factoryDType(3))
        },
        layer(
          "GroupNorm",
          "(num_groups: int, num_channels: int, eps: float = 1e-05, affine: bool = true, \(factory), *, bias: bool = true)",
          "Groups of channels with mean 0 and variance 1, then scaled and shifted.", "2, 8"
        ) { a in
          try GroupNorm(
            a.int(0), a.int(1), eps: a.scalar(2), affine: a.bool(3), bias: a.bool(6), dtype: a.factoryDType(4))
        },
        layer(
          "LocalResponseNorm", "(size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0)",
          "Elements divided by a power of the squares of neighbouring channels.", "2"
        ) { a in LocalResponseNorm(try a.int(0), alpha: try a.scalar(1), beta: try a.scalar(2), k: try a.scalar(3)) },
      ]
  }

  private static var distances: [Function] {
    [
      layer("CosineSimilarity", "(dim: int = 1, eps: float = 1e-08)", "The cosine of the angle between vectors.", "") {
        a in CosineSimilarity(dim: try a.int(0), eps: try a.double(1))
      },
      layer(
        "PairwiseDistance", "(p: float = 2.0, eps: float = 1e-06, keepdim: bool = false)",
        "The distance between vectors.", ""
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
