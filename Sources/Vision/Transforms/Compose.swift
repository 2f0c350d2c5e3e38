/// Transforms one after the other.
public final class Compose: Transform {
  public let transforms: [Transform]

  public init(_ transforms: [Transform]) { self.transforms = transforms }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    try transforms.reduce(input) { picture, transform in try transform(picture) }
  }

  public override var description: String {
    "Compose(\n" + transforms.map { "    \($0)\n" }.joined() + ")"
  }
}

/// Transforms that are all applied, or none, at random.
public final class RandomApply: Transform {
  public let transforms: [Transform]
  public let p: Double

  public init(_ transforms: [Transform], p: Double = 0.5) {
    self.transforms = transforms
    self.p = p
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    guard try Self.happens(p) else { return input }
    return try transforms.reduce(input) { picture, transform in try transform(picture) }
  }

  public override var description: String {
    "RandomApply(\n    p=\(p)\n" + transforms.map { "    \($0)\n" }.joined() + ")"
  }
}
