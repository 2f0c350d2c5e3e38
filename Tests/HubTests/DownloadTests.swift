import Glibc
import TestSupport
import Testing

@testable import Hub

/// Downloads from a server on this machine.
@Suite(.serialized) struct DownloadTests {
  private let folder: TemporaryFolder
  private static let contents = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }

  init() throws { folder = try TemporaryFolder() }

  private var path: String { "\(folder.path)/weights.pth" }

  private func failure(_ url: String, hashPrefix: String? = nil) throws -> DownloadError {
    try #require(throws: DownloadError.self) { try Download(url, to: path, hashPrefix: hashPrefix).run() }
  }

  private func bytes(at path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "rb"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
  }

  @Test func aFileArrivesAsItIs() throws {
    let server = try WebServer(["/a/weights.pth": .file(Self.contents)])
    try Download(server.url("/a/weights.pth"), to: path).run()
    #expect(try bytes(at: path) == Self.contents)
    #expect(folder.names == ["weights.pth"])
  }

  @Test func anEmptyFileArrivesToo() throws {
    let server = try WebServer(["/empty": .file([])])
    try Download(server.url("/empty"), to: path).run()
    #expect(try bytes(at: path) == [])
  }

  @Test func redirectionsAreFollowed() throws {
    let server = try WebServer([
      "/old": .redirection(to: "/newer"), "/newer": .redirection(to: "/new"), "/new": .file(Self.contents),
      "/circle": .redirection(to: "/circle"), "/inside": .redirection(to: "file:///etc/hostname"),
    ])
    try Download(server.url("/old"), to: path).run()
    #expect(server.requests == ["/old", "/newer", "/new"])
    #expect(try bytes(at: path) == Self.contents)
    #expect(try failure(server.url("/circle")).message.contains("redirects"))
    #expect(try failure(server.url("/inside")).kind == .other)
  }

  @Test func filesOfThisMachineHaveAddressesToo() throws {
    let source = try folder.write(Self.contents, to: "source")
    try Download("file://\(source)", to: path).run()
    #expect(try bytes(at: path) == Self.contents)
    #expect(try failure("file://\(source).not").message.contains("\(source).not"))
  }

  @Test func theHashIsChecked() throws {
    let server = try WebServer(["/weights": .file(Array("abc".utf8))])
    try Download(server.url("/weights"), to: path, hashPrefix: "ba7816bf").run()
    try folder.write(Array("before".utf8), to: "weights.pth")
    let error = try failure(server.url("/weights"), hashPrefix: "ba7816be")
    #expect(error.kind == .wrongHash)
    #expect(
      error.message
        == "invalid hash value (expected \"ba7816be\", got \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\")"
    )
    #expect(try folder.text(of: "weights.pth") == "before")
  }

  @Test func anAnswerThatIsNoFileIsAnError() throws {
    let server = try WebServer(["/secret": .status(403, "Forbidden"), "/odd": .status(418, "I'm a teapot")])
    let missing = try failure(server.url("/none"))
    #expect(missing.kind == .refused(status: 404))
    #expect(
      "\(missing)"
        == "\(server.url("/none")): HTTP Error 404: Not Found\nhint: there is no such file; look at the address")
    #expect(try failure(server.url("/secret")).kind == .refused(status: 403))
    #expect(try failure(server.url("/odd")).message == "HTTP Error 418")
    #expect(folder.names.isEmpty)
  }

  @Test func aConnectionThatBreaksLeavesNothing() throws {
    let server = try WebServer(["/half": .broken(Array(Self.contents[..<1000]), announced: Self.contents.count)])
    let error = try failure(server.url("/half"))
    #expect(error.kind == .brokenConnection)
    #expect(error.message.hasSuffix(", after 1000 bytes of 300000"))
    #expect(folder.names.isEmpty)
  }

  @Test func whereNobodyAnswersTheErrorSaysWhatToDo() throws {
    // The port was free a moment ago.
    var server: WebServer? = try WebServer([:])
    let url = try #require(server?.url("/weights.pth"))
    server = nil
    let error = try failure(url)
    #expect(error.kind == .unreachable)
    #expect(error.advice?.contains(path) == true)
  }

  @Test(arguments: ["weights.pth", "s3://bucket/weights.pth", ""]) func otherAddressesAreErrors(url: String) throws {
    #expect(try failure(url).kind == .badAddress)
  }

  @Test func aFolderThatIsMissingIsAnError() throws {
    #expect(throws: (any Error).self) { try Download("file:///dev/null", to: "\(folder.path)/none/file").run() }
  }
}
