import Lua
import NN
import Tensor

/// The layers of `torch.nn`, by their constructors. Their objects are modules to Lua.
enum Layers {
  static var all: [Function] { linear + convolutions + normalizations + pools + others }

  private static func layer(
    _ name: String, _ signature: String, _ help: String, _ example: String,
    _ make: @escaping (Arguments) throws -> Module
  ) -> Function {
    Function(name, "\(signature) -> Module", help: help, example: "nn.\(name)(\(example))") { a in
      .value(.same(try a.remembering(make(a))))
    }
  }

  private static var linear: [Function] {
    [
      layer(
        "Linear",
        "(in_features: int, out_features: int, bias: bool = true, device: Device? = nil, dtype: dtype? = nil)",
        "y = x W^T + b.", "4, 2"
      ) { a in try Linear(a.int(0), a.int(1), bias: a.bool(2), dtype: a.optionalDType(4)) },
      layer(
        "Bilinear",
        "(in1_features: int, in2_features: int, out_features: int, bias: bool = true, device: Device? = nil, dtype: dtype? = nil)",
        "y = x1^T A x2 + b.", "4, 3, 2"
      ) { a in try Bilinear(a.int(0), a.int(1), a.int(2), bias: a.bool(3), dtype: a.optionalDType(5)) },
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
    var functions: [Function] = []
    for rank in 1...3 {
      functions.append(
        layer(
          "Conv\(rank)d",
          "(in_channels: int, out_channels: int, kernel_size: int[\(rank)], stride: int[\(rank)] = 1, padding: int[\(rank)]|string = 0, dilation: int[\(rank)] = 1, groups: int = 1, bias: bool = true, device: Device? = nil, dtype: dtype? = nil)",
          "Slides weights over \(rank) dimension\(rank > 1 ? "s" : "").", "3, 8, 3, {padding = 1}"
        ) { a in
          let (input, output, kernel, stride) = (try a.int(0), try a.int(1), try a.ints(2), try a.ints(3))
          let (padding, dilation, groups) = (try padding(a, 4), try a.ints(5), try a.int(6))
          let (bias, dtype) = (try a.bool(7), try a.optionalDType(9))
          switch rank {
          case 1:
            return try Conv1d(
              input, output, kernelSize: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
              bias: bias, dtype: dtype)
          case 2:
            return try Conv2d(
              input, output, kernelSize: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
              bias: bias, dtype: dtype)
          default:
            return try Conv3d(
              input, output, kernelSize: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
              bias: bias, dtype: dtype)
          }
        })
    }
    return functions
  }

  private static var normalizations: [Function] {
    let signature =
      "(num_features: int, eps: float = 1e-05, momentum: float? = 0.1, affine: bool = true, track_running_stats: bool = true, device: Device? = nil, dtype: dtype? = nil)"
    let help = "Each channel with mean 0 and variance 1, then scaled and shifted."
    typealias Options = (count: Int, eps: Double, momentum: Double?, affine: Bool, tracks: Bool, dtype: DType?)
    func make(_ rank: Int, _ new: @escaping (Options) throws -> Module) -> Function {
      layer("BatchNorm\(rank)d", signature, help, "8") { a in
        try new(
          (try a.int(0), try a.double(1), try a.optionalDouble(2), try a.bool(3), try a.bool(4), try a.optionalDType(6))
        )
      }
    }
    return [
      make(1) {
        try BatchNorm1d(
          $0.count, eps: $0.eps, momentum: $0.momentum, affine: $0.affine, trackRunningStats: $0.tracks, dtype: $0.dtype
        )
      },
      make(2) {
        try BatchNorm2d(
          $0.count, eps: $0.eps, momentum: $0.momentum, affine: $0.affine, trackRunningStats: $0.tracks, dtype: $0.dtype
        )
      },
      make(3) {
        try BatchNorm3d(
          $0.count, eps: $0.eps, momentum: $0.momentum, affine: $0.affine, trackRunningStats: $0.tracks, dtype: $0.dtype
        )
      },
    ]
  }

  private static var pools: [Function] {
    let maximum =
      "(kernel_size: int[2], stride: int[2]|nil = nil, padding: int[2] = 0, dilation: int[2] = 1, return_indices: bool = false, ceil_mode: bool = false)"
    let average =
      "(kernel_size: int[2], stride: int[2]|nil = nil, padding: int[2] = 0, ceil_mode: bool = false, count_include_pad: bool = true, divisor_override: int? = nil)"
    return [
      layer("MaxPool2d", maximum, "The largest element of each window.", "2") { a in
        MaxPool2d(
          try a.ints(0), stride: try a.optionalInts(1), padding: try a.ints(2), dilation: try a.ints(3),
          returnIndices: try a.bool(4), ceilMode: try a.bool(5))
      },
      layer("AvgPool2d", average, "The mean of each window.", "2") { a in
        AvgPool2d(
          try a.ints(0), stride: try a.optionalInts(1), padding: try a.ints(2), ceilMode: try a.bool(3),
          countIncludePad: try a.bool(4), divisorOverride: try a.optionalInt(5))
      },
      layer("AdaptiveAvgPool2d", "(output_size: int[2])", "Means of windows, so that the output has a size.", "1") {
        a in
        AdaptiveAvgPool2d(try a.ints(0).map { $0 })
      },
      layer(
        "AdaptiveMaxPool2d", "(output_size: int[2], return_indices: bool = false)",
        "Largest elements of windows, so that the output has a size.", "1"
      ) { a in AdaptiveMaxPool2d(try a.ints(0).map { $0 }, returnIndices: try a.bool(1)) },
    ]
  }

  private static var others: [Function] {
    [
      layer(
        "CrossEntropyLoss",
        "(weight: Tensor? = nil, size_average: bool? = nil, ignore_index: int = -100, reduce: bool? = nil, reduction: string = 'mean', label_smoothing: float = 0.0)",
        "The loss of class scores.", ""
      ) { a in
        try CrossEntropyLoss(
          weight: a.optionalTensor(0), ignoreIndex: a.int(2), reduction: a.reduction(4), labelSmoothing: a.double(5))
      },
      layer(
        "MSELoss", "(size_average: bool? = nil, reduce: bool? = nil, reduction: string = 'mean')", "The squared error.",
        ""
      ) { a in MSELoss(reduction: try a.reduction(2)) },
      layer("ReLU", "(inplace: bool = false)", "max(0, x).", "") { a in ReLU(inplace: try a.bool(0)) },
      layer("Identity", "(args: any...)", "The input itself.", "") { _ in Identity() },
      layer("Flatten", "(start_dim: int = 1, end_dim: int = -1)", "Dimensions put together.", "") { a in
        Flatten(startDim: try a.int(0), endDim: try a.int(1))
      },
      layer("Dropout", "(p: float = 0.5, inplace: bool = false)", "In training, zeros some elements.", "") { a in
        try Dropout(a.double(0), inplace: a.bool(1))
      },
      layer("Dropout2d", "(p: float = 0.5, inplace: bool = false)", "In training, zeros some channels.", "") { a in
        try Dropout2d(a.double(0), inplace: a.bool(1))
      },
    ]
  }
}
