import Lua
import Vision

/// The module `torchvision.models`.
enum ModelsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    return LuaModule(
      "torchvision.models", help: "Networks for images with torchvision's names and keys, so that its weights load.",
      example: "models.resnet18({num_classes = 5}).fc --> Linear(in_features=512, out_features=5, bias=True)",
      functions: Models.catalog.map { name, make in
        Function(
          name, "(*, num_classes: int = 1000, include_top: bool = true) -> Module",
          help: """
            A residual network of torchvision's with random weights, from images (N, 3, H, W), best 224 x 224, to scores \
            (N, num_classes). Without its top it ends before the pooling, with feature maps.
            """,
          example: "models.\(name)({num_classes = 5}).fc.out_features --> 5"
        ) { a in .value(.same(try a.remembering(make(a.int(0), a.bool(1))))) }
      })
  }
}
