import Tensor

/// The picture in gray, in one channel or three that are alike.
public final class Grayscale: Transform {
  /// How many channels the result has.
  public let channels: Int

  /// - Throws: ``TensorError`` for other than 1 or 3 channels.
  public init(channels: Int = 1) throws {
    guard channels == 1 || channels == 3 else {
      throw TensorError("num_output_channels should be either 1 or 3", kind: .value)
    }
    self.channels = channels
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture { try input.gray(channels: channels) }

  public override var description: String { "Grayscale(num_output_channels=\(channels))" }
}

/// The picture in gray, in as many channels as it has, at random.
public final class RandomGrayscale: Transform {
  /// The probability that the picture becomes gray.
  public let p: Double

  /// - Parameter p: the probability that the picture becomes gray.
  public init(p: Double = 0.1) { self.p = p }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    let channels = try input.channels()
    return try Self.happens(p) ? try input.gray(channels: channels == 1 ? 1 : 3) : input
  }

  public override var description: String { "RandomGrayscale(p=\(p))" }
}

extension Picture {
  /// `to_grayscale`, `rgb_to_grayscale`
  func gray(channels: Int) throws -> Picture {
    switch self {
    case .image(let image):
      let gray = image.converted(to: .gray)
      return .image(channels == 1 ? gray : gray.converted(to: .rgb))
    case .tensor(let tensor):
      let given = try self.channels()
      guard given == 1 || given == 3 else {
        throw TensorError("Input image tensor permitted channel values are 1 or 3, but found \(given)", kind: .type)
      }
      var gray = tensor
      if given == 3 {
        let weights: [Double] = [0.2989, 0.587, 0.114]
        var sum: Tensor?
        for (channel, weight) in weights.enumerated() {
          let part = try tensor.select(-3, channel).mul(weight)
          sum = try sum?.add(part) ?? part
        }
        if let sum { gray = try sum.to(tensor.dtype).unsqueeze(-3) }
      }
      guard channels == 3 else { return .tensor(gray) }
      var shape = gray.shape
      shape[gray.rank - 3] = 3
      return .tensor(try gray.expand(shape))
    }
  }
}
