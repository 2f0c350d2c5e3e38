import Lua

/// The module `torch.nn.modules.utils`.
enum ModulesUtilsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.modules.utils", help: "What prepares state dicts for a network.",
      example: "nn.modules.utils.consume_prefix_in_state_dict_if_present ~= nil --> true",
      functions: [
        Function(
          "consume_prefix_in_state_dict_if_present", "(state_dict: OrderedMap, prefix: string)",
          help: """
            Takes a text such as 'module.', which PyTorch's parallel wrappers put there, away from the \
            beginning of a state dict's keys, in place.
            """,
          example:
            """
            sd = nn.Linear(2, 2):state_dict({prefix = 'module.'})
            nn.modules.utils.consume_prefix_in_state_dict_if_present(sd, 'module.')
            sd:keys() --> {"weight", "bias"}
            """
        ) { a in
          try StateDictMethods.consumePrefix(a)
          return .none
        }
      ])
  }
}
