import TestSupport
import Testing

/// Commands of the built program, and scripts that bear their names.
@Suite struct CheckpointCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func save(_ name: String, _ expression: String) throws -> String {
    let path = try folder.file(name, "")
    let result = try Program.run(["-e", "torch.save(\(expression), '\(path)')"])
    try #require(result.status == 0, "\(result.errors)")
    return path
  }

  @Test func exitCodesTellWhetherThereIsADifference() throws {
    let a = try save("a.pth", "{w = torch.ones(2)}")
    let b = try save("b.safetensors", "{w = torch.zeros(2)}")
    #expect(try Program.run(["inspect", a]).output == "w\tfloat32\t[2]\t8\t\n")
    #expect(try Program.run(["diff", a, a]).status == 0)
    let different = try Program.run(["diff", a, b])
    #expect(different.status == 1 && different.errors.isEmpty)
    #expect(different.output == "w\tvalue\tfloat32 [2]\tfloat32 [2]\t1\t1\t2\n")
    let missing = try Program.run(["inspect", folder.path + "/missing"])
    #expect(missing.status == 2 && missing.output.isEmpty)
    #expect(missing.errors == "nnlua inspect: \(folder.path)/missing: no such file or directory\n")
  }

  @Test func aScriptWithACommandsNameIsRunByItsPath() throws {
    let script = try folder.file("inspect", "print('script', ...)")
    #expect(try Program.run([script, "x"]).output == "script\tx\n")
    #expect(try Program.run(["inspect"]).errors.hasPrefix("nnlua inspect: FILE is missing\n"))
  }

  @Test func unknownClassesAskForTheOptionThatShowsThem() throws {
    let fixture = Fixture.path("Checkpoint/namespace.pth")
    let failed = try Program.run(["-e", "torch.load('\(fixture)')"])
    #expect(failed.errors.contains("unsupported global: GLOBAL argparse.Namespace "))
    #expect(failed.errors.contains("torch.load(f, {unknown = \"table\"})"))
    let script =
      "local args = torch.load('\(fixture)', {unknown = 'table'}).args print(args.__class, args.lr, args.name)"
    #expect(try Program.run(["-e", script]).output == "argparse.Namespace\t0.5\trun\n")
  }
}
