import Lua

/// Explains functions that no declaration tells of: those that scripts define, and Lua's own.
struct LuaFunctionText {
  private let state: LuaState

  init(_ state: LuaState) { self.state = state }

  func text(for function: LuaFunction) throws -> String {
    let result = try state.load(Self.chunk.utf8, name: "=help").callForOne(.function(function))
    return result.string ?? ""
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
          name = library == "_G" and name or library .. "." .. name
          return ("%s\\n\\nA function of Lua's own: https://www.lua.org/manual/5.4/manual.html#pdf-%s"):format(name, name)
        end
      end
    end
    return tostring(f) .. ", written in C"
    """
}
