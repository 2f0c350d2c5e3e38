import Lua

/// The module `torch.nn.modules.utils`.
enum ModulesUtilsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.modules.utils", help: "What prepares state dicts for a network.",
      functions: [
        Function(
          "consume_prefix_in_state_dict_if_present", "(state_dict: OrderedMap, prefix: string)",
          help: "Takes a text away from the beginning of keys, where it is, in place: 'module.' for example.",
          example:
            "nn.modules.utils.consume_prefix_in_state_dict_if_present(nn.Linear(2, 2):state_dict(), 'module.')"
        ) { a in
          try StateDictMethods.consumePrefix(a)
          return .none
        }
      ])
  }
}
