/// A network whose keys and shapes are known by a name, so that a state dict of it is recognized.
public struct KnownArchitecture {
  /// The name, such as `resnet50`.
  public let name: String
  /// The network's state dict, made without its values: only names and shapes are looked at.
  let layout: (_ classes: Int) throws -> StateDict

  /// - Parameter layout: the state dict of the network with so many classes.
  public init(_ name: String, layout: @escaping (_ classes: Int) throws -> StateDict) {
    self.name = name
    self.layout = layout
  }

  /// How many classes the network of `given` has, if `given` is one of these: all its keys and shapes are this network's, and
  /// nothing is missing but perhaps the last layer.
  func classes(of given: Layout) -> Int? {
    // The last matrix of a state dict is the last layer's, whose rows are the classes.
    guard let rows = given.shapes.values.last(where: { $0.count >= 2 })?.first,
      let own = try? Layout(layout(rows)), own.matchCount(given) == given.shapes.count
    else { return nil }
    let missing = own.keys(missingIn: given)
    guard Set(missing.map(ModulePath.parent)).count <= 1, missing.count <= 2 else { return nil }
    return missing.isEmpty ? rows : 1000
  }
}
