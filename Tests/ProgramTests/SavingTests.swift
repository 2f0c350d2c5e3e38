import Glibc
import TestSupport
import Testing

/// What remains of a file when the program is killed while it writes it.
@Suite struct SavingTests {
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
