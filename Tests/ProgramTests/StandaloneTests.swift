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
}
