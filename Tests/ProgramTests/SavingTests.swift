import Glibc
import TestSupport
import Testing

/// Files that are in use when something happens to them, or to the program.
@Suite struct SavingTests {
  @Test func aFileThatBecomesShorterIsAnErrorOfWhoeverReadsIt() throws {
    let folder = try TemporaryFolder()
    let script = try folder.file(
      "script.lua",
      """
      local name, copy = arg[1], arg[1] .. ".copy"
      local function message(f, ...) return (select(2, pcall(f, ...)):match "weights.pth: .*") end
      torch.save({weight = torch.ones(100000), bias = torch.ones(3)}, name)
      local first, second, third = torch.load(name), torch.load(name), torch.load(name)
      io.open(name, "w"):close()
      print(message(function() return first.weight:sum() end))
      print(first.weight:sum():item())
      print(message(torch.save, second, copy))
      print(io.open(copy))
      print(message(nn.Linear(3, 1).load_state_dict, nn.Linear(3, 1), {weight = third.bias:view(1, 3), bias = torch.ones(1)}))
      """)
    let lines = try Program.run([script, try folder.file("weights.pth")]).output.split(separator: "\n")
    let error = "weights.pth: the file became shorter while its tensors were in use; the missing elements read as zeros"
    try #require(lines.count == 5)
    #expect(lines[0] == error)
    #expect(lines[1] == "0.0")
    #expect(lines[2] == "\(error)")
    #expect(lines[3].hasPrefix("nil\t"))
    #expect(lines[4] == "\(error)")
  }

  @Test func longSavingIsShownOnATerminalWhileItLasts() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/pipe"
    try #require(mkfifo(path, 0o600) == 0)
    let terminal = try PseudoTerminal(
      ["-e", "torch.save(torch.zeros(4000000), '\(path)') print('saved')"], folder: folder)
    let pipe = open(path, O_RDONLY | O_CLOEXEC)
    try #require(pipe >= 0)
    defer { close(pipe) }
    // Who reads slowly makes the writing last.
    usleep(700_000)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while read(pipe, &buffer, buffer.count) > 0 {}
    let shown = try terminal.wait(for: "saved")
    #expect(shown.contains("saving pipe: "))
    #expect(shown.contains("/15.3M ["))
    #expect(shown.hasSuffix("\r\u{1B}[Ksaved"))
  }

  @Test func aKilledProgramLeavesTheOldFileOrTheNewOne() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("weights.pth", "")
    let script = """
      local weights = torch.arange(1000000)
      for round = 1, math.huge do
        torch.save({round = round, weights = weights}, '\(path)')
        print(round)
        io.flush()
      end
      """
    for _ in 0..<5 {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      let process = try Program.spawn(["-e", script], environment: [:]) { actions in
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
      }
      close(ends[1])
      // The first round is written; the next one is on its way.
      var byte: UInt8 = 0
      #expect(read(ends[0], &byte, 1) == 1)
      usleep(UInt32.random(in: 0..<5000))
      kill(process, SIGKILL)
      _ = Program.wait(for: process)
      close(ends[0])
      let check = "local t = torch.load('\(path)') print(t.round >= 1 and t.weights:equal(torch.arange(1000000)))"
      #expect(try Program.run(["-e", check]).output == "true\n")
    }
    // What was left is removed by the next one who writes the file.
    #expect(try Program.run(["-e", "torch.save({}, '\(path)')"]).status == 0)
    #expect(folder.names == ["weights.pth"])
  }
}
