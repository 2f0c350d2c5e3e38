import Lua

/// The module `torch.cuda`: says that there is none.
enum CUDAModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.cuda", help: "CUDA devices, of which this build has none.",
      functions: [
        Function(
          "is_available", "() -> bool", help: "Whether there is a CUDA device.", example: "torch.cuda.is_available()"
        ) {
          _ in .boolean(false)
        },
        Function("device_count", "() -> int", help: "How many there are.", example: "torch.cuda.device_count()") { _ in
          .integer(0)
        },
      ])
  }
}
