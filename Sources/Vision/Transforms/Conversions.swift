import Tensor

/// An image as a tensor of `[channels, height, width]` with elements from 0 to 1.
public final class ToTensor: Transform {
  public override func callAsFunction(_ input: Picture) throws -> Picture {
    guard case .image(let image) = input else {
      throw TensorError("pic should be PIL Image or ndarray. Got <class 'torch.Tensor'>", kind: .type)
    }
    return .tensor(try image.tensor().to(DefaultDType.current).div(255))
  }
}

/// An image as a tensor of `[channels, height, width]` in uint8.
public final class PILToTensor: Transform {
  public override func callAsFunction(_ input: Picture) throws -> Picture {
    guard case .image(let image) = input else {
      throw TensorError("pic should be PIL Image. Got <class 'torch.Tensor'>", kind: .type)
    }
    return .tensor(try image.tensor())
  }
}

/// A tensor as an image: whole numbers as they are, fractions times 255.
public final class ToPILImage: Transform {
  public override func callAsFunction(_ input: Picture) throws -> Picture {
    guard case .tensor(let tensor) = input else {
      throw TensorError("pic should be Tensor or ndarray. Got <class 'PIL.Image.Image'>.", kind: .type)
    }
    let bytes = tensor.dtype.isFloatingPoint ? try tensor.mul(255).to(.uint8) : tensor
    return .image(try Image(bytes))
  }
}

/// Another type of elements, where floating point goes from 0 to 1 and whole numbers to their largest.
public final class ConvertImageDtype: Transform {
  /// The type of the result.
  public let dtype: DType

  /// - Parameter dtype: between two types of whole numbers a call throws.
  public init(_ dtype: DType) { self.dtype = dtype }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    guard case .tensor(let tensor) = input else {
      throw TensorError("Input img should be Tensor Image", kind: .type)
    }
    if tensor.dtype == dtype { return input }
    switch (tensor.dtype.isFloatingPoint, dtype.isFloatingPoint) {
    case (true, true): return .tensor(try tensor.to(dtype))
    case (false, true): return .tensor(try tensor.to(dtype).div(tensor.dtype.largestWhole))
    case (true, false):
      return .tensor(try tensor.mul(dtype.largestWhole + 1 - 1e-3).to(dtype))
    case (false, false):
      throw TensorError("ConvertImageDtype from \(tensor.dtype) to \(dtype) is not supported", kind: .notImplemented)
    }
  }

  public override var description: String { "ConvertImageDtype()" }
}

/// Each channel minus a mean, divided by a standard deviation.
public final class Normalize: Transform {
  /// For each channel what is taken off; one number counts for all.
  public let mean: [Double]
  /// For each channel what is divided by; one number counts for all.
  public let deviation: [Double]
  /// Whether the tensor itself is changed instead of a copy.
  public let isInPlace: Bool

  /// - Parameter deviation: none of them 0, or a call throws.
  public init(mean: [Double], deviation: [Double], isInPlace: Bool = false) {
    self.mean = mean
    self.deviation = deviation
    self.isInPlace = isInPlace
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    guard case .tensor(let tensor) = input else {
      throw TensorError("img should be Tensor Image. Got <class 'PIL.Image.Image'>", kind: .type)
    }
    guard tensor.dtype.isFloatingPoint else {
      throw TensorError("Input tensor should be a float tensor. Got torch.\(tensor.dtype.name).", kind: .type)
    }
    guard tensor.rank >= 3 else {
      throw TensorError(
        "Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = \(Shape.sizeText(tensor.shape))",
        kind: .value)
    }
    func column(_ values: [Double]) throws -> Tensor {
      let tensor = try Tensor(values, shape: [values.count], dtype: tensor.dtype)
      return values.count == 1 ? tensor : try tensor.view([-1, 1, 1])
    }
    let (mean, deviation) = (try column(mean), try column(deviation))
    guard try deviation.ne(0).all().item().bool else {
      throw TensorError(
        "std evaluated to zero after conversion to torch.\(tensor.dtype.name), leading to division by zero.",
        kind: .value)
    }
    let result = isInPlace ? tensor : try tensor.clone()
    try result.updateInPlace { try $0.sub(mean) }
    try result.updateInPlace { try $0.div(deviation) }
    return .tensor(result)
  }

  public override var description: String { "Normalize(mean=\(mean), std=\(deviation))" }
}

extension DType {
  /// The largest value of a type of whole numbers.
  fileprivate var largestWhole: Double {
    let bits = size * 8 - (isSigned ? 1 : 0)
    return (0..<bits).reduce(1.0) { power, _ in power * 2 } - 1
  }
}
