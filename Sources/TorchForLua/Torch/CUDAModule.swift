import Lua

/// The module `torch.cuda`: says that there is none.
enum CUDAModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.cuda", help: "CUDA devices, of which this program has none; here so that scripts may ask.",
      example: "torch.cuda.is_available() --> false",
      functions: [
        Function(
          "is_available", "() -> bool", help: "Whether there is a CUDA device: false.",
          example: "torch.cuda.is_available() --> false"
        ) {
          _ in .boolean(false)
        },
        Function(
          "device_count", "() -> int", help: "How many CUDA devices there are: 0.",
          example: "torch.cuda.device_count() --> 0"
        ) { _ in
          .integer(0)
        },
      ])
  }
}
