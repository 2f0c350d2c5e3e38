import TestSupport
import Testing

/// The shell at a terminal.
@Suite struct ShellTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func terminal() throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(folder: folder)
    try terminal.wait(for: "> ")
    return terminal
  }

  @Test func typing() throws {
    let terminal = try terminal()
    #expect(try terminal.enter("1 + 1").contains("\r2\r\n"))
    try terminal.enter("function f(x) return x * 2 end")
    #expect(try terminal.enter("f(21)").contains("\r42\r\n"))
    terminal.type("for i = 1, 2 do\r")
    try terminal.wait(for: ">> ")
    #expect(try terminal.enter("print(i) end").contains("1\r\n2\r\n"))
  }

  @Test func completion() throws {
    let terminal = try terminal()
    terminal.type("string.form\t")
    try terminal.wait(for: "string.format")
    #expect(try terminal.enter("('%d', 7)").contains("\"7\""))
    try terminal.enter("names = {['a.weight'] = 1}")
    terminal.type("names[\"a.w\t")
    #expect(try terminal.enter("]").contains("\r1\r\n"))
  }

  @Test func controlCStopsALoopAndKeepsTheState() throws {
    let terminal = try terminal()
    try terminal.enter("kept = 'here'")
    terminal.type("print('on') while true do end\r")
    try terminal.wait(for: "on\r\n")
    terminal.type("\u{3}")
    try terminal.wait(for: "interrupted!")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("kept").contains("\"here\""))
  }

  @Test func controlCStopsALongMultiplication() throws {
    let terminal = try terminal()
    try terminal.enter("kept = torch.ones(3000, 3000):long()")
    terminal.type("print('on') kept:matmul(kept)\r")
    try terminal.wait(for: "on\r\n")
    terminal.type("\u{3}")
    try terminal.wait(for: "interrupted!")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("kept:sum()").contains("tensor(9000000)"))
    // What is computed on demand is still to be had afterwards, by the same numbers.
    try terminal.enter("torch.manual_seed(0) drawn = torch.rand(3000000)")
    #expect(try terminal.enter("drawn[0]:item()").contains("0.49625658"))
  }

  @Test func controlCStopsAProductOfFloatsAndSpoilsNothing() throws {
    let terminal = try terminal()
    try terminal.enter("a = torch.ones(4000, 4000)")
    for _ in 1...2 {
      terminal.type("print('on') for i = 1, 9 do b = a:matmul(a) end\r")
      try terminal.wait(for: "on\r\n")
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted!")
      try terminal.wait(for: "> ")
    }
    #expect(try terminal.enter("a['0:8']:matmul(a):sum()").contains("tensor(1.2800e+08)"))
  }

  @Test func whatWasBeingDrawnIsDrawnAgain() throws {
    let terminal = try terminal()
    try terminal.enter("torch.manual_seed(0) x = torch.rand(20000000)")
    for _ in 1...3 {
      terminal.type("print('on') while true do torch.manual_seed(0) x = torch.rand(20000000) x:sum() end\r")
      try terminal.wait(for: "on\r\n")
      terminal.type("\u{3}")
      try terminal.wait(for: "interrupted!")
      try terminal.wait(for: "> ")
      #expect(try terminal.enter("x:sum():item()").contains("10000736.0"))
    }
  }

  @Test func controlCStopsALoopAroundCallsThatCatchErrors() throws {
    let terminal = try terminal()
    terminal.type("print('on') while true do pcall(function() while true do end end) end\r")
    try terminal.wait(for: "on\r\n")
    terminal.type("\u{3}")
    try terminal.wait(for: "interrupted!")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("1 + 1").contains("\r2\r\n"))
  }

  @Test(arguments: [
    "require 'time'.sleep(100)", "torch.randperm(200000000)", "torch.linalg.svd(torch.randn(3000, 3000))",
  ])
  func controlCStops(_ input: String) throws {
    let terminal = try terminal()
    terminal.type("print('on') \(input)\r")
    try terminal.wait(for: "on\r\n")
    terminal.type("\u{3}")
    try terminal.wait(for: "interrupted!")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("1 + 1").contains("\r2\r\n"))
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
  }

  @Test func aPromptBeginsALine() throws {
    let terminal = try terminal()
    #expect(try terminal.enter("io.write('no end');").contains("no end\r\n"))
  }

  @Test func controlCStopsABackwardPass() throws {
    let terminal = try terminal()
    try terminal.enter("x = torch.ones(1, {requires_grad = true})")
    terminal.type("print('on') while true do local y = x for _ = 1, 1000 do y = y * 1 end y:backward() end\r")
    try terminal.wait(for: "on\r\n")
    terminal.type("\u{3}")
    try terminal.wait(for: "interrupted!")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("x * 2").contains("tensor([2.]"))
  }

  @Test func controlCGivesUpALine() throws {
    let terminal = try terminal()
    terminal.type("this is no Lua")
    try terminal.wait(for: "no Lua")
    terminal.type("\u{3}")
    try terminal.wait(for: "^C")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("3").contains("\r3\r\n"))
  }

  @Test func controlCTwiceAtAnEmptyPromptLeaves() throws {
    let terminal = try terminal()
    terminal.type("\u{3}")
    try terminal.wait(for: "again")
    try terminal.wait(for: "> ")
    terminal.type("\u{3}")
    #expect(try terminal.end() == 0)
  }

  @Test func controlCAfterTypingDoesNotLeave() throws {
    let terminal = try terminal()
    terminal.type("\u{3}")
    try terminal.wait(for: "> ")
    // What is typed is waited for: the signal throws away what has not been read.
    terminal.type("x")
    try terminal.wait(for: "x")
    terminal.type("\u{7F}")
    try terminal.wait(for: "\u{8}")
    terminal.type("\u{3}")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("40 + 2").contains("42"))
  }

  @Test func controlDLeaves() throws {
    let terminal = try terminal()
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
  }

  @Test func historyLastsAcrossRuns() throws {
    let first = try terminal()
    try first.enter("first = 'from the first run'")
    first.type("for i = 1, 1 do\r")
    try first.wait(for: ">> ")
    try first.enter("print('looped') end")
    first.type("\u{4}")
    #expect(try first.end() == 0)
    let second = try terminal()
    second.type("\u{1B}[A")
    #expect(try second.enter("").contains("looped\r\n"))
    second.type("\u{12}from the")
    try second.wait(for: "from the")
    try second.enter("")
    #expect(try second.enter("first").contains("from the first run"))
  }

  @Test func pastedLinesAreOneInput() throws {
    let terminal = try terminal()
    terminal.type("\u{1B}[200~local a = 20\nlocal b = 22\na + b\u{1B}[201~")
    #expect(try terminal.enter("").contains("\r42\r\n"))
  }

  @Test func resizing() throws {
    let terminal = try terminal()
    try terminal.resize(columns: 40)
    let narrow = try terminal.enter("{'aaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', 'cccccccc'}")
    #expect(narrow.contains("{\r\n  \"aaaaaaaaaaaaaaa\","))
    try terminal.resize(columns: 100)
    #expect(try terminal.enter("_").contains("{\"aaaaaaaaaaaaaaa\", \"bbbbbbbbbbbbbbbb\", \"cccccccc\"}"))
  }

  @Test func aStartFileRunsFirst() throws {
    try makeConfiguration("greeted = 'hello from init'")
    let terminal = try terminal()
    #expect(try terminal.enter("greeted").contains("hello from init"))
  }

  @Test func systemCommands() throws {
    let terminal = try terminal()
    #expect(try terminal.enter("$ echo from the $((40 + 2))").contains("from the 42"))
    #expect(try terminal.enter("$ exit 3").contains("exit code 3"))
    try terminal.enter("$ cd /usr")
    #expect(try terminal.enter("$ pwd").contains("\r/usr\r\n"))
    #expect(try terminal.enter("$ cd /nowhere").contains("/nowhere: No such file or directory"))
  }

  @Test func figures() throws {
    let terminal = try terminal()
    #expect(try terminal.enter(":show torch.tensor({{0., 1.}, {1., 0.}})").contains("    ████\r\n████"))
    try terminal.enter("plot = require 'plot'")
    #expect(try terminal.enter("plot.bar({1, 2}, {title = 'two bars'})").contains("two bars\r\n"))
    #expect(try terminal.enter("plot.show(torch.zeros(2, 3, 4, 5, 6))").contains("not [2, 3, 4, 5, 6]"))
  }

  @Test func aStateDictIsATable() throws {
    let terminal = try terminal()
    #expect(
      try terminal.enter("nn.Linear(2, 3):state_dict()").contains(
        "OrderedDict of 2 tensors, 9 elements, 36 bytes\r\n  weight  [3, 2]  torch.float32\r\n  bias    [3]     torch.float32\r\n"
      ))
  }

  @Test func nothingNativeEndsTheSession() throws {
    let terminal = try terminal()
    for (input, reply) in [
      ("torch.zeros(1e6, 1e6)", "can't allocate memory"),
      ("s = nn.Sequential() s:add_module('x', s)", "cannot be inside of itself"),
      ("s = nn.Identity() for i = 1, 10000 do s = nn.Sequential(s) end", "nested more than 500 deep"),
      ("t = {} t[1] = t nn.Identity()(t)", "nested too deep"),
      ("x = torch.ones(1, {requires_grad = true}) y = x for i = 1, 100000 do y = y * 1 end y:backward()", "\r\n"),
      ("x.grad", "tensor([1.])"), ("y = nil collectgarbage()", "\r\n"), ("x * 2", "tensor([2.]"),
    ] {
      #expect(try terminal.enter(input).contains(reply))
    }
  }

  private func makeConfiguration(_ text: String) throws {
    try folder.makeFolder("nnlua")
    _ = try folder.file("nnlua/init.lua", text)
  }
}
