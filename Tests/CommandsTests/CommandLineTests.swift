import TestSupport
import Testing

@Suite("Command lines")
struct CommandLineTests {
  @Test(
    arguments: [
      ([], "FILE is missing"), (["a", "b"], "unexpected argument 'b'"),
      (["a", "--stat"], "unknown option --stat; did you mean --stats?"), (["a", "--xyz"], "unknown option --xyz"),
      (["a", "-x"], "unknown option -x"), (["a", "--json=1"], "--json takes no value"),
      (["a", "--json", "--tree"], "--json and --tree exclude each other"),
    ] as [([String], String)])
  func mistakesAreNamedWithTheUsage(_ arguments: [String], _ message: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.save(["w": try tensor([1])], "a.pth")
    let result = try run("inspect", arguments.map { $0 == "a" ? path : $0 })
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(
      result.errors == """
        nnlua inspect: \(message)
        usage: nnlua inspect FILE [options]
        'nnlua inspect --help' explains

        """)
  }

  @Test(arguments: ["inspect", "diff", "convert", "merge"])
  func helpNamesEveryOption(_ name: String) throws {
    let result = try run(name, ["--help"])
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("usage: nnlua \(name) "))
    #expect(result.output.contains("\n  --"))
    #expect(try run(name, ["-h"]).output == result.output)
  }

  @Test func valuesFollowOptionsOrAnEqualsSign() throws {
    let folder = try TemporaryFolder()
    let path = try folder.save(["a": try tensor([1]), "b": try tensor([2])], "in.pth")
    for arguments in [["--drop", "a"], ["--drop=a"]] {
      let out = try folder.file("out.pth")
      #expect(try run("convert", arguments + [path, out]).status == 0)
      #expect(try entries(of: out).entries.keys == ["b"])
    }
    #expect(try run("convert", [path, "x", "--drop"]).errors.contains("--drop needs a value: --drop PATTERN"))
    #expect(try run("convert", [path, "x", "--key", "a", "--key", "b"]).errors.contains("--key is there twice"))
    #expect(try run("inspect", ["--", "--json"]).errors == "nnlua inspect: --json: no such file or directory\n")
  }
}
