import Lua
import Vision

/// Weights of torchvision's as Lua sees them: `models.ResNet34_Weights.DEFAULT`.
enum PretrainedWeightsClass {
  private static let example = "models.ResNet34_Weights.DEFAULT"

  static var declaration: LuaClass {
    LuaClass(
      "WeightsEnum", of: PretrainedWeightsObject.self, help: "Weights that torchvision offers for a model.",
      example: "\(example) --> ResNet34_Weights.IMAGENET1K_V1",
      methods: [
        Function(
          "get_state_dict", "(self: WeightsEnum, *, progress: bool = true) -> OrderedMap",
          help: "The weights as a state dict. They are downloaded if torch.hub's folder does not have them.",
          example: "weights = \(example)\nweights.get_state_dict ~= nil --> true"
        ) { a in
          let weights = try a.weights(0)
          let state = try HubModule.downloads(a, progress: 1) {
            try weights.stateDict { try HubModule.announce(weights.url, $0, a.state) }
          }
          return .object(OrderedMap(state))
        },
        Function(
          "transforms", "(self: WeightsEnum) -> Transform",
          help: "What makes of an image what the model expects.",
          example: "#\(example):transforms()(torch.rand(3, 300, 400)).shape --> 3"
        ) { a in .object(try a.weights(0).transforms()) },
      ],
      properties: [
        Property(
          "url", "string", help: "Where the weights are.",
          example: "\(example).url --> \"https://download.pytorch.org/models/resnet34-b627a593.pth\"",
          get: { a in .string(try a.weights(0).url) }),
        Property(
          "meta", "table",
          help: """
            What is known of the weights: in categories the names of the classes, a table that counts from 1, while \
            classes count from 0.
            """,
          example: "\(example).meta.categories[281 + 1] --> \"tabby\"",
          get: { a in
            .value(.map([("categories", .strings(try a.weights(0).categories))]))
          }),
        Property(
          "name", "string", help: "Which of the model's weights they are.",
          example: "\(example).name --> \"IMAGENET1K_V1\"", get: { a in .string(try a.weights(0).name) }),
      ],
      metamethods: [
        Function("__tostring") { a in .string(try a.weights(0).description) },
        Function("__eq") { a in
          .boolean(
            a[0].object(as: PretrainedWeightsObject.self)?.weights
              == a[1].object(as: PretrainedWeightsObject.self)?.weights)
        },
      ])
  }

  /// A table of a model's weights by their names; nil if it has none.
  static func constant(_ model: String, _ weights: [PretrainedWeights]) -> LuaModule.Constant? {
    guard let last = weights.last else { return nil }
    return LuaModule.Constant(
      last.group, help: "torchvision's weights for \(model).",
      example: "models.\(last.group).DEFAULT --> \(last)"
    ) { state in
      let named = weights.map { ($0.name, $0) } + [("DEFAULT", last)]
      return .table(try state.newTable(named.map { (.string($0), .object(PretrainedWeightsObject($1))) }))
    }
  }
}

/// Stands for weights, which are a value.
final class PretrainedWeightsObject {
  let weights: PretrainedWeights

  init(_ weights: PretrainedWeights) { self.weights = weights }
}

extension Arguments {
  fileprivate func weights(_ index: Int) throws -> PretrainedWeights {
    let object: PretrainedWeightsObject = try object(index)
    return object.weights
  }
}
