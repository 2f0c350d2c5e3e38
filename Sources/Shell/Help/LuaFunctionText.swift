import Lua

/// Explains functions that no declaration tells of: those that scripts define, and Lua's own.
struct LuaFunctionText {
  private let state: LuaState
  private let layout: HelpText

  init(_ state: LuaState, _ layout: HelpText) {
    self.state = state
    self.layout = layout
  }

  func text(for function: LuaFunction) throws -> String {
    let result = try state.load(Self.chunk.utf8, name: "=help").callForOne(.function(function)).string ?? ""
    return StandardLibrary.topic(named: result).map { layout.text(forFunctionOfLua: $0) } ?? result
  }

  /// What Lua knows of a function: its parameters and where it is defined, or its name in the libraries.
  private static let chunk = """
    local f = ...
    local debug = require "debug"
    local info = debug.getinfo(f, "Su")
    if info.what ~= "C" then
      local names = {}
      for i = 1, info.nparams do names[i] = debug.getlocal(f, i) end
      if info.isvararg then names[#names + 1] = "..." end
      return ("function(%s)\\n\\nDefined in %s, line %d."):format(
        table.concat(names, ", "), info.short_src, info.linedefined)
    end
    for _, library in ipairs {"_G", "coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8"} do
      for name, value in pairs(package.loaded[library] or {}) do
        if rawequal(value, f) then
          return library == "_G" and name or library .. "." .. name
        end
      end
    end
    return tostring(f) .. ", written in C"
    """
}
