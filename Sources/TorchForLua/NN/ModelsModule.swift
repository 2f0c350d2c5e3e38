import Lua
import NN
import Vision

/// The module `torchvision.models`.
enum ModelsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    let models: [(String, (Int, Bool) throws -> Module)] = [
      ("resnet18", { try Models.resnet18(numClasses: $0, includeTop: $1) }),
      ("resnet34", { try Models.resnet34(numClasses: $0, includeTop: $1) }),
      ("resnet50", { try Models.resnet50(numClasses: $0, includeTop: $1) }),
      ("resnet101", { try Models.resnet101(numClasses: $0, includeTop: $1) }),
      ("resnet152", { try Models.resnet152(numClasses: $0, includeTop: $1) }),
      ("resnext50_32x4d", { try Models.resnext50_32x4d(numClasses: $0, includeTop: $1) }),
      ("resnext101_32x8d", { try Models.resnext101_32x8d(numClasses: $0, includeTop: $1) }),
      ("wide_resnet50_2", { try Models.wide_resnet50_2(numClasses: $0, includeTop: $1) }),
    ]
    return LuaModule(
      "torchvision.models", help: "Networks for images with torchvision's names and keys, so that its weights load.",
      example: "models.resnet18({num_classes = 5}).fc --> Linear(in_features=512, out_features=5, bias=True)",
      functions: models.map { name, make in
        Function(
          name, "(*, num_classes: int = 1000, include_top: bool = true) -> Module",
          help: """
            A residual network of torchvision's with random weights, from images (N, 3, H, W), best 224 x 224, to scores \
            (N, num_classes). Without its top it ends before the pooling, with feature maps.
            """,
          example: "models.\(name)({num_classes = 5}).fc.out_features --> 5"
        ) { a in .value(.same(try make(a.int(0), a.bool(1)))) }
      })
  }
}
