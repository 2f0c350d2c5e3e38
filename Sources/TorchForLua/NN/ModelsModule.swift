import Lua
import NN
import Tensor
import Vision

/// The module `torchvision.models`.
enum ModelsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    return LuaModule(
      "torchvision.models", help: "Networks for images with torchvision's names and keys, so that its weights load.",
      example: "models.resnet18({num_classes = 5}).fc --> Linear(in_features=512, out_features=5, bias=True)",
      functions: Models.catalog.map(constructor) + [getWeight], classes: [PretrainedWeightsClass.declaration],
      constants: PretrainedWeights.groups.compactMap(PretrainedWeightsClass.constant))
  }

  private static func constructor(_ name: String, _ make: @escaping Models.Maker) -> Function {
    let names = PretrainedWeights.all(of: name).map(\.name).joined(separator: " or ")
    return Function(
      name,
      "(*, weights: WeightsEnum|string|nil = nil, progress: bool = true, num_classes: int? = nil, include_top: bool = true, pretrained: bool? = nil) -> Module",
      help: """
        A residual network of torchvision's, from images (N, 3, H, W), best 224 x 224, to scores (N, num_classes).

        weights are \(names), or DEFAULT for the best there are: torch.hub's folder has them, or they are downloaded. \
        They know ImageNet's 1000 classes; for others, put another head on the network: \
        net.fc = nn.Linear(net.fc.in_features, 5). Without weights it begins with random ones, and has 1000 classes \
        where num_classes does not say otherwise.

        Without its top the network ends before the pooling, with feature maps. pretrained = true is an older way to ask \
        for IMAGENET1K_V1.
        """,
      example: "models.\(name)({num_classes = 5}).fc.out_features --> 5"
    ) { a in
      let (classes, includeTop) = (try a.optionalInt(2), try a.bool(3))
      guard let weights = try weights(a, 0, of: name) ?? legacyWeights(a, 4, of: name) else {
        return .value(.same(try a.remembering(make(classes ?? PretrainedWeights.classCount, includeTop))))
      }
      let model = try hinting(a, classes) {
        try HubModule.downloads(a, progress: 1) {
          try Models.pretrained(make, weights, numClasses: classes, includeTop: includeTop) {
            try HubModule.announce(weights.url, $0, a.state)
          }
        }
      }
      // A copy takes the values from the copied network.
      model.setFactory(ModuleFactory { try make(PretrainedWeights.classCount, includeTop) })
      return .value(.same(model))
    }
  }

  /// The weights that an argument names.
  private static func weights(_ a: Arguments, _ index: Int, of model: String) throws -> PretrainedWeights? {
    guard a.has(index) else { return nil }
    guard let object = a[index].object(as: PretrainedWeightsObject.self) else {
      return try PretrainedWeights.named(a.string(index), of: model)
    }
    let own = PretrainedWeights.all(of: model)
    if let group = own.first?.group, !own.contains(object.weights) {
      throw TensorError(
        "Invalid Weight class provided; expected \(group) but received \(object.weights.group).", kind: .type)
    }
    return object.weights
  }

  /// The weights that the old argument `pretrained` asks for.
  private static func legacyWeights(_ a: Arguments, _ index: Int, of model: String) throws -> PretrainedWeights? {
    guard a.has(index) else { return nil }
    let weights = try a.bool(index) ? PretrainedWeights.all(of: model).first : nil
    CallSite(a.state).warn(
      "The parameter 'pretrained' is deprecated since 0.13 and may be removed in the future, please use 'weights' instead: weights = \(weights.map { "\"\($0.name)\"" } ?? "nil")"
    )
    return weights
  }

  /// Adds to the error about a number of classes what to do about it.
  private static func hinting(_ a: Arguments, _ classes: Int?, _ body: () throws -> Module) throws -> Module {
    do {
      return try body()
    } catch let error as TensorError where error.kind == .value {
      guard let classes, classes != PretrainedWeights.classCount else { throw error }
      throw TensorError(
        "\(error.message)\nhint: another head comes after the weights: net.fc = nn.Linear(net.fc.in_features, \(classes))",
        kind: error.kind)
    }
  }

  private static var getWeight: Function {
    Function(
      "get_weight", "(name: string) -> WeightsEnum", help: "Weights by their full name.",
      example: "models.get_weight('ResNet50_Weights.IMAGENET1K_V2') --> ResNet50_Weights.IMAGENET1K_V2"
    ) { a in
      let name = try a.string(0)
      let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw TensorError("Invalid weight name provided: '\(name)'.", kind: .value) }
      guard let model = PretrainedWeights.groups.first(where: { $0.weights.first?.group == parts[0] })?.model else {
        throw TensorError(
          "The weight enum '\(parts[0])' for the specific method couldn't be retrieved.", kind: .value)
      }
      return .object(PretrainedWeightsObject(try PretrainedWeights.named(parts[1], of: model)))
    }
  }
}
