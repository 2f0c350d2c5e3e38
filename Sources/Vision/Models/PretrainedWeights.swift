import Checkpoint
import Hub
import NN
import StateDicts
import Tensor

/// Weights that torchvision offers for a model, trained on the 1000 classes of ImageNet.
///
/// ```swift
/// let net = try Models.resnet34()
/// try net.loadStateDict(try PretrainedWeights.all(of: "resnet34")[0].stateDict())
/// ```
public struct PretrainedWeights: Hashable, Sendable, CustomStringConvertible {
  /// What torchvision calls the weights of the model, such as `ResNet34_Weights`.
  public let group: String
  /// Which of them: `IMAGENET1K_V1`, or `IMAGENET1K_V2` of a better recipe.
  public let name: String
  /// Where they are.
  public let url: String
  /// The shorter edge of the images from whose middle 224 x 224 pixels are taken.
  let resizeSize: Int

  /// How many classes they tell apart.
  public static let classCount = 1000

  /// The names of the classes, in the order of the model's scores.
  public var categories: [String] { ImageNetClasses.names }

  /// Such as `ResNet34_Weights.IMAGENET1K_V1`.
  public var description: String { "\(group).\(name)" }

  /// The weights, from the folder that PyTorch shares, where they are put if they are not there yet. Their hash is checked then.
  ///
  /// - Parameter willDownload: told the file's path before it is fetched.
  /// - Throws: `DownloadError`, `CheckpointError`, `Interrupted`.
  public func stateDict(willDownload: (String) throws -> Void = { _ in }) throws -> StateDict {
    let path = try Hub.file(of: url, checksHash: true, willDownload: willDownload)
    guard let dictionary = try CheckpointFile(path).load().dictionary else {
      throw CheckpointError(.notACheckpoint, "no state dict", file: path)
    }
    return StateDict(dictionary)
  }

  /// What makes of an image what the model expects.
  public func transforms() throws -> Transform { try ImageClassification(cropSize: 224, resizeSize: resizeSize) }

  // MARK: What there is

  /// The weights of a model, the oldest first; none of an unknown model.
  public static func all(of model: String) -> [PretrainedWeights] { groups.first { $0.model == model }?.weights ?? [] }

  /// The groups of weights by the names of their models, each with the oldest first.
  public static let groups: [(model: String, weights: [PretrainedWeights])] = [
    make("resnet18", "ResNet18_Weights", "f37072fd"),
    make("resnet34", "ResNet34_Weights", "b627a593"),
    make("resnet50", "ResNet50_Weights", "0676ba61", "11ad3fa6"),
    make("resnet101", "ResNet101_Weights", "63fe2227", "cd907fc2"),
    make("resnet152", "ResNet152_Weights", "394f9c45", "f82ba261"),
    make("resnext50_32x4d", "ResNeXt50_32X4D_Weights", "7cdf4587", "1a0047aa"),
    make("resnext101_32x8d", "ResNeXt101_32X8D_Weights", "8ba56ff5", "110c445d"),
    make("wide_resnet50_2", "Wide_ResNet50_2_Weights", "95faca4d", "9ba9bcbe"),
  ]

  /// - Parameter hashes: of the first version, and of the second if there is one.
  private static func make(_ model: String, _ group: String, _ hashes: String...) -> (String, [PretrainedWeights]) {
    let weights = hashes.enumerated().map { index, hash in
      PretrainedWeights(
        group: group, name: "IMAGENET1K_V\(index + 1)", url: "https://download.pytorch.org/models/\(model)-\(hash).pth",
        resizeSize: index == 0 ? 256 : 232)
    }
    return (model, weights)
  }

  /// The weights of a model by what a script calls them: `DEFAULT`, `IMAGENET1K_V1`, or with their group before a dot.
  ///
  /// - Throws: ``TensorError`` where there are none of that name.
  public static func named(_ text: String, of model: String) throws -> PretrainedWeights {
    let weights = all(of: model)
    guard let last = weights.last else { throw TensorError("No weights available for model \(model)", kind: .value) }
    let prefix = last.group + "."
    let name = text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...]
    guard let found = name == "DEFAULT" ? last : weights.first(where: { $0.name == name }) else {
      let names = (["DEFAULT"] + weights.map(\.name)).map { "'\($0)'" }.joined(separator: ", ")
      throw TensorError("\(model)() has no weights '\(name)'; there are \(names)", kind: .key)
    }
    return found
  }
}

extension Models {
  /// Makes a model of the catalog with weights of torchvision's.
  ///
  /// - Parameters:
  ///   - numClasses: nil: as many as the weights have.
  ///   - includeTop: without the top, its weights are left out.
  ///   - willDownload: told the file's path before it is fetched.
  /// - Throws: ``TensorError`` for another number of classes, and what ``PretrainedWeights/stateDict(willDownload:)`` throws.
  public static func pretrained(
    _ make: Maker, _ weights: PretrainedWeights, numClasses: Int? = nil, includeTop: Bool = true,
    willDownload: (String) throws -> Void = { _ in }
  ) throws -> Module {
    let expected = PretrainedWeights.classCount
    if let numClasses, numClasses != expected {
      throw TensorError(
        "The parameter 'num_classes' expected value \(expected) but got \(numClasses) instead.", kind: .value)
    }
    let model = try make(expected, includeTop)
    var state = try weights.stateDict(willDownload: willDownload)
    if !includeTop { state.entries.removeAll { name, _ in name.hasPrefix("fc.") } }
    try model.loadStateDict(state)
    return model
  }
}
