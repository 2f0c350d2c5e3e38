import Glibc
import Testing

/// The scripts in `Tests/Scripts`, each run by the program: every `test(name, body)` in them must pass. Those in its folder `Driven` are
/// run by other suites, with arguments.
@Suite struct ScriptTests {
  private static let folder = Program.testFile("Scripts")

  private static var scripts: [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".lua"), name != "testing.lua" { names.append(name) }
    }
    return names.sorted()
  }

  @Test(arguments: scripts) func passes(_ script: String) throws {
    let result = try Program.run(
      ["\(Self.folder)/\(script)", Program.testFile("Fixtures")],
      environment: ["LUA_PATH": "\(Self.folder)/?.lua;;"])
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.output.hasSuffix(" passed\n"))
  }
}
