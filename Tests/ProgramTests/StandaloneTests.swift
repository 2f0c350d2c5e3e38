import TestSupport
import Testing

/// What nnlua has in common with Lua's own program.
@Suite struct StandaloneTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func runsAScriptWithItsArguments() throws {
    let script = try folder.file("script.lua", "print(#arg, arg[0] ~= nil, arg[-1] ~= nil, ...)")
    let result = try Program.run([script, "a", "b"])
    #expect(result.output == "2\ttrue\ttrue\ta\tb\n")
    #expect(result.status == 0)
  }

  @Test func runsTheStandardInput() throws {
    #expect(try Program.run([], input: "print(10)").output == "10\n")
    #expect(try Program.run(["-", "x"], input: "print(...)").output == "x\n")
  }

  @Test func takesLuasOptions() throws {
    #expect(try Program.run(["-e", "x = 3", "-e", "print(x)"]).output == "3\n")
    #expect(try Program.run(["-l", "s=string", "-e", "print(s.rep('a', 2))"]).output == "aa\n")
    #expect(try Program.run(["-v"]).output.hasPrefix("Lua 5.4"))
    #expect(try Program.run(["-W", "-e", "warn('loud')"]).errors == "Lua warning: loud\n")
    #expect(try Program.run(["-E", "-e", "print(X)"], environment: ["LUA_INIT": "X = 1"]).output == "nil\n")
    #expect(try Program.run(["-e", "print(X)"], environment: ["LUA_INIT": "X = 1"]).output == "1\n")
  }

  @Test func tellsWhatIsWrongWithTheOptions() throws {
    let result = try Program.run(["-h"])
    #expect(result.status == 1)
    #expect(result.errors.contains("unrecognized option '-h'"))
    #expect(try Program.run(["-e"]).errors.contains("'-e' needs argument"))
  }

  @Test func reportsAnErrorWithItsTraceback() throws {
    let script = try folder.file("failing.lua", "local function f() error('oh') end\nf()")
    let result = try Program.run([script])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("\(Program.path): \(script):1: oh\nstack traceback:\n"))
  }

  @Test func exitCodes() throws {
    #expect(try Program.run(["-e", "os.exit(3)"]).status == 3)
    #expect(try Program.run(["-e", "os.exit(true, true)"]).status == 0)
    #expect(try Program.run(["no such file"]).status == 1)
  }

  @Test func promptsThroughPipesAsLuaDoes() throws {
    let result = try Program.run(["-i"], input: "1 + 1\nx =\n5\nx\n")
    #expect(result.output.contains("\n2\n"))
    #expect(result.output.contains("\n5\n"))
    #expect(!result.output.contains("\u{1B}"))
  }

  @Test func loadsModulesOfLua() throws {
    _ = try folder.file("mine.lua", "return {answer = 42}")
    let result = try Program.run(
      ["-l", "mine", "-e", "print(mine.answer)"], environment: ["LUA_PATH": "\(folder.path)/?.lua"])
    #expect(result.output == "42\n")
  }

  @Test func tracebacksEndInTheProgram() throws {
    let result = try Program.run(["-e", "print(debug.traceback('here'))"])
    #expect(result.output == "here\nstack traceback:\n\t(command line):1: in main chunk\n\t[C]: in ?\n")
    #expect(try Program.run(["-e", "error(nil)"]).errors.hasSuffix("in main chunk\n\t[C]: in ?\n"))
    #expect(try Program.run(["-e", "print(debug.getinfo(2).what, debug.getinfo(3))"]).output == "C\tnil\n")
  }

  @Test func pathsOfModulesComeFromTheEnvironment() throws {
    let usual = try Program.run(["-E", "-e", "io.write(package.path)"], environment: ["LUA_PATH": "x"]).output
    #expect(usual.contains("/usr/local/share/lua/5.4/?.lua;"))
    let script = "io.write(package.path)"
    func path(_ variables: [String: String]) throws -> String {
      try Program.run(["-e", script], environment: variables).output
    }
    #expect(try path([:]) == usual)
    #expect(try path(["LUA_PATH": "a;;b"]) == "a;\(usual);b")
    #expect(try path(["LUA_PATH": "x", "LUA_PATH_5_4": "y"]) == "y")
    #expect(try Program.run(["-e", "print(package.cpath)"], environment: ["LUA_CPATH": "z"]).output == "z\n")
  }

  @Test func initializationMayBeAFileAndSeesArg() throws {
    let file = try folder.file("init.lua", "x = (x or 10) + 1")
    #expect(try Program.run(["-e", "print(x)"], environment: ["LUA_INIT": "@\(file)"]).output == "11\n")
    let script = try folder.file("script.lua", "print(X)")
    #expect(try Program.run([script, "3.2"], environment: ["LUA_INIT": "X = tonumber(arg[1])"]).output == "3.2\n")
    #expect(try Program.run(["-v"], environment: ["LUA_INIT_5_4": "error 'oh'"]).errors.contains("LUA_INIT_5_4:1: oh"))
  }

  @Test func argMayBeChanged() throws {
    let script = try folder.file("script.lua", "print(...)")
    #expect(try Program.run(["-e", "arg[1] = 100", script, "a"]).output == "100\n")
    #expect(try Program.run(["-e", "arg = 1", script]).errors.contains("'arg' is not a table"))
    #expect(try Program.run(["-e", " ", "--", script]).output == "\n")
  }

  @Test func finalizersRunWhenTheStateCloses() throws {
    let script = """
      setmetatable({}, {__gc = function() print 'first made' end})
      setmetatable({}, {__gc = function()
        print 'last made'
        setmetatable({}, {__gc = function() print 'never' end})
        print(collectgarbage())
      end})
      """
    let expected = "last made\nnil\nfirst made\n"
    #expect(try Program.run(["-e", script]).output == expected)
    #expect(try Program.run(["-e", script + " os.exit(true, true)"]).output == expected)
    #expect(try Program.run(["-e", script + " os.exit(3)"]).output == "")
    let failing = "setmetatable({}, {__gc = function() error 'oh' end})"
    #expect(try Program.run(["-W", "-e", failing]).errors.hasPrefix("Lua warning: error in __gc"))
    #expect(try Program.run(["-e", failing]).errors == "")
    let closing = "local x <close> = setmetatable({}, {__close = function() print 'closed' end}) os.exit(0, true)"
    #expect(try Program.run(["-e", closing]).output == "closed\n")
  }

  @Test func warningsAreSwitchedByControlMessages() throws {
    let script =
      "warn('@on', 'x') warn 'not shown' warn '@on' warn('a', 'b') warn '@off' warn 'c' warn '@on' warn('', '@on')"
    #expect(try Program.run(["-e", script]).errors == "Lua warning: ab\nLua warning: @on\n")
  }

  @Test func theFirstLineOfAScriptMayBeAComment() throws {
    let script = try folder.file("script.lua", "#!/usr/bin/env nnlua\nprint(debug.getinfo(1).currentline)")
    #expect(try Program.run([script]).output == "2\n")
    let marked = try folder.file("marked.lua", "\u{FEFF}#\nprint 'marked'")
    #expect(try Program.run([marked]).output == "marked\n")
  }

  @Test func errorsShowTheirValues() throws {
    let script = "error(setmetatable({}, {__tostring = function() return 'as text' end}))"
    #expect(try Program.run(["-e", script]).errors == "\(Program.path): as text\n")
    #expect(try Program.run(["-e", "error {}"]).errors.contains("(error object is a table value)"))
    #expect(try Program.run(["-i"], input: "print = nil\n10\n").errors.contains("error calling 'print'"))
  }

  @Test func coroutinesAreLuas() throws {
    let script = """
      local f = coroutine.wrap(function(...) coroutine.yield(...) error({code = 1}) end)
      print(f(1, nil, nil))
      print(select(2, pcall(f)).code, pcall(f))
      print(pcall(coroutine.wrap, 1))
      local g
      g = coroutine.wrap(function() return pcall(g) end)
      print(g())
      local closing = coroutine.wrap(function()
        local _ <close> = setmetatable({}, {__close = function(_, e) error(e .. ' and more', 0) end})
        error('oh', 0)
      end)
      print(pcall(closing))
      """
    #expect(
      try Program.run(["-e", script]).output == """
        1\tnil\tnil
        1\tfalse\tcannot resume dead coroutine
        false\tbad argument #1 to 'coroutine.wrap' (function expected, got number)
        false\tcannot resume non-suspended coroutine
        false\toh and more

        """)
  }

  @Test func modulesWrittenInCSeeLuasFunctions() throws {
    // Debian's modules, where they are installed.
    let script =
      "for _, name in ipairs {'lfs', 'cjson'} do local ok, m = pcall(require, name) print(not ok or type(m)) end"
    let result = try Program.run(["-e", script])
    #expect(["true", "table"].contains(result.output.split(separator: "\n").first ?? ""))
    #expect(!result.errors.contains("undefined symbol"))
  }
}
