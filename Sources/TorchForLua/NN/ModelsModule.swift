import Lua
import Vision

/// The module `torchvision.models`.
enum ModelsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    return LuaModule(
      "torchvision.models", help: "Networks of images with torchvision's names and keys.",
      functions: Models.catalog.map { name, make in
        Function(
          name, "(*, num_classes: int = 1000, include_top: bool = true) -> Module",
          help: "A residual network with random weights; without its top it ends before the pooling.",
          example: "models.\(name)({num_classes = 5})"
        ) { a in .value(.same(try make(a.int(0), a.bool(1)))) }
      })
  }
}
