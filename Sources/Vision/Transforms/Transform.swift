import Tensor

/// What transforms work on: an image as a file holds it, or a tensor of `[…, channels, height, width]`.
public enum Picture {
  /// An image as a file holds it.
  case image(Image)
  /// A tensor, whose last dimensions are channels, height and width, or height and width alone.
  case tensor(Tensor)

  /// The number of columns.
  ///
  /// - Throws: ``TensorError`` for a tensor of less than two dimensions.
  public func width() throws -> Int {
    switch self {
    case .image(let image): image.width
    case .tensor(let tensor): try tensor.size(-1)
    }
  }

  /// The number of rows.
  public func height() throws -> Int {
    switch self {
    case .image(let image): image.height
    case .tensor(let tensor): try tensor.size(-2)
    }
  }

  /// The number of channels; 1 for a tensor of two dimensions.
  ///
  /// - Throws: ``TensorError`` for a tensor of less than two dimensions.
  public func channels() throws -> Int {
    switch self {
    case .image(let image): image.channels
    case .tensor(let tensor): tensor.rank == 2 ? 1 : try tensor.size(-3)
    }
  }
}

/// A step from a picture to another: an object of `torchvision.transforms`.
///
/// A transform is one file: see `RandomFlips.swift` for a short one to copy. Random numbers come from the default generator,
/// in the order in which torchvision draws them.
open class Transform: CustomStringConvertible {
  /// For subclasses: by itself a transform changes nothing.
  public init() {}

  /// Applies the step.
  open func callAsFunction(_ input: Picture) throws -> Picture { input }

  /// The name with the options, as torchvision prints it.
  open var description: String { "\(Self.self)()" }
}

extension Transform {
  /// A uniform number, as `torch.empty(1).uniform_(low, high).item()` draws it.
  static func uniform(_ low: Double, _ high: Double) throws -> Double {
    try Tensor(empty: [1], dtype: .float32).uniformInPlace(low, high).item().double
  }

  /// An integer from 0 to `high`, exclusive, as `torch.randint` draws it.
  static func integer(below high: Int) throws -> Int {
    Int(try Tensor.randint(0, Int64(high), [1]).item().int)
  }

  /// Whether something happens that has a probability, as `torch.rand(1) < p` draws it.
  static func happens(_ probability: Double) throws -> Bool {
    try Tensor.rand([1], dtype: .float32).item().double < probability
  }
}

/// A size that was given as one number or as height and width.
func pair(_ size: [Int], _ name: String) throws -> (height: Int, width: Int) {
  switch size.count {
  case 1: return (size[0], size[0])
  case 2: return (size[0], size[1])
  default: throw TensorError("Please provide only two dimensions (h, w) for \(name).", kind: .value)
  }
}
