import Lua
import NN
import Tensor

extension Layers {
  static var pools: [Function] { maxima + averages + adaptive + powers }

  private static func size(_ rank: Int) -> String { "int[\(rank)]" }

  private static let dims = ["L", "H, W", "D, H, W"]

  /// A layer that makes each size 4 another one.
  private static func example(_ call: String, _ rank: Int, _ size: Int) -> String {
    "nn.\(call)(torch.ones(1, 1, \("4".repeated(rank)))).shape --> torch.Size([1, 1, \("\(size)".repeated(rank))])"
  }

  private static var maxima: [Function] {
    let types: [MaxPool.Type] = [MaxPool1d.self, MaxPool2d.self, MaxPool3d.self]
    return zip(1..., types).map { rank, type in
      let n = size(rank)
      return layer(
        "\(type)",
        "(kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0, dilation: \(n) = 1, return_indices: bool = false, ceil_mode: bool = false)",
        "The largest element of each window of (N, C, \(dims[rank - 1])); windows lie stride apart, as far as they are large unless given. With return_indices also where each lies.",
        example("\(type)(2)", rank, 2)
      ) { a in
        type.init(
          try a.givenInts(0), stride: try a.optionalGivenInts(1), padding: try a.givenInts(2),
          dilation: try a.givenInts(3), returnIndices: try a.bool(4), ceilMode: try a.bool(5))
      }
    }
  }

  private static var averages: [Function] {
    let types: [AveragePool.Type] = [AvgPool1d.self, AvgPool2d.self, AvgPool3d.self]
    return zip(1..., types).map { rank, type in
      let n = size(rank)
      let divisor = rank == 1 ? "" : ", divisor_override: int? = nil"
      return layer(
        "\(type)",
        "(kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0, ceil_mode: bool = false, count_include_pad: bool = true\(divisor))",
        "The mean of each window of (N, C, \(dims[rank - 1])); windows lie stride apart, as far as they are large unless given. Padding counts as zeros unless count_include_pad is false.",
        example("\(type)(2)", rank, 2)
      ) { a in
        type.init(
          try a.givenInts(0), stride: try a.optionalGivenInts(1), padding: try a.givenInts(2),
          ceilMode: try a.bool(3), countIncludePad: try a.bool(4),
          divisorOverride: rank == 1 ? nil : try a.optionalInt(5))
      }
    }
  }

  private static var adaptive: [Function] {
    let means: [AdaptiveAveragePool.Type] = [AdaptiveAvgPool1d.self, AdaptiveAvgPool2d.self, AdaptiveAvgPool3d.self]
    let maxima: [AdaptiveMaxPool.Type] = [AdaptiveMaxPool1d.self, AdaptiveMaxPool2d.self, AdaptiveMaxPool3d.self]
    return zip(1..., means).map { rank, type in
      layer(
        "\(type)", "(output_size: int|table)",
        "The means of windows of (N, C, \(dims[rank - 1])) chosen so that the output has the size output_size, in which nil keeps a dimension's.",
        example("\(type)(1)", rank, 1)
      ) { a in
        type.init(try a.givenOutputSizes(0, rank))
      }
    }
      + zip(1..., maxima).map { rank, type in
        layer(
          "\(type)", "(output_size: int|table, return_indices: bool = false)",
          "The largest elements of windows of (N, C, \(dims[rank - 1])) chosen so that the output has the size output_size, in which nil keeps a dimension's.",
          example("\(type)(1)", rank, 1)
        ) { a in type.init(try a.givenOutputSizes(0, rank), returnIndices: try a.bool(1)) }
      }
  }

  private static var powers: [Function] {
    let types: [PowerPool.Type] = [LPPool1d.self, LPPool2d.self, LPPool3d.self]
    return zip(1..., types).map { rank, type in
      let n = size(rank)
      return layer(
        "\(type)", "(norm_type: float, kernel_size: \(n), stride: \(n)|nil = nil, ceil_mode: bool = false)",
        "The norm_type-norm of each window of (N, C, \(dims[rank - 1])): (sum x^p)^(1/p).",
        example("\(type)(2, 2)", rank, 2)
      ) { a in
        type.init(
          try a.scalar(0), try a.givenInts(1), stride: try a.optionalGivenInts(2), ceilMode: try a.bool(3))
      }
    }
  }

  /// The partial inverses of max pooling.
  static var unpools: [Function] {
    let types: [MaxUnpool.Type] = [MaxUnpool1d.self, MaxUnpool2d.self, MaxUnpool3d.self]
    return zip(1..., types).map { rank, type in
      let n = size(rank)
      return layer(
        "\(type)", "(kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0)",
        "The partial inverse of max pooling: puts elements back to where it found them, zeros elsewhere. Takes its values and indices.",
        """
        values, indices = nn.MaxPool\(rank)d(2, {return_indices = true})(torch.ones(1, 1, \("4".repeated(rank))))
        nn.\(type)(2)(values, indices).shape --> torch.Size([1, 1, \("4".repeated(rank))])
        """
      ) { a in try type.init(a.ints(0), stride: a.optionalInts(1), padding: a.ints(2)) }
    }
  }
}

extension Arguments {
  /// As ``optionalInts(_:)``, but one number stays one: layers print sizes as they were given.
  func optionalGivenInts(_ index: Int) throws -> [Int]? {
    guard let sizes = try optionalInts(index) else { return nil }
    return self[index].kind == .number || !has(index) ? Array(sizes.prefix(1)) : sizes
  }

  /// As ``ints(_:)``, but one number stays one: layers print sizes as they were given.
  func givenInts(_ index: Int) throws -> [Int] {
    if let sizes = try optionalGivenInts(index) { return sizes }
    throw wrongType(index)
  }

  /// The sizes of an adaptive pooling's output, of which a single one stays one.
  func givenOutputSizes(_ index: Int, _ rank: Int) throws -> [Int?] {
    self[index].kind == .number ? [try int(index)] : try outputSizes(index, rank)
  }
}
