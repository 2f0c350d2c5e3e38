import TestSupport
import Testing

@testable import Hub

/// Where downloads are kept, and how they are called.
@Suite struct HubTests {
  @Test func theFolderIsPyTorchs() {
    func folder(_ variables: [String: String]) -> String { Hub.defaultFolder { variables[$0] } }
    #expect(folder(["HOME": "/home/me"]) == "/home/me/.cache/torch/hub")
    #expect(folder(["HOME": "/home/me", "XDG_CACHE_HOME": "/cache/"]) == "/cache/torch/hub")
    #expect(folder(["HOME": "/", "XDG_CACHE_HOME": "/cache", "TORCH_HOME": "~/torch"]) == "/torch/hub")
    #expect(folder(["TORCH_HOME": "torch"]) == "torch/hub")
  }

  @Test func names() {
    #expect(Hub.fileName(of: "https://a.org/b/c-12.pth?download=true#top") == "c-12.pth")
    #expect(Hub.fileName(of: "file:///tmp/c.pth") == "c.pth")
    #expect(Hub.fileName(of: "https://a.org") == "")
    #expect(Hub.fileName(of: "https://a.org/b/") == "")
  }

  @Test func hashes() {
    #expect(Hub.hashPrefix(in: "resnet34-b627a593.pth") == "b627a593")
    #expect(Hub.hashPrefix(in: "a-b-c-0af.tar.gz") == "0af")
    #expect(Hub.hashPrefix(in: "resnet34-final.pth") == nil)
    #expect(Hub.hashPrefix(in: "resnet34.pth") == nil)
  }

  @Test func aFileIsFetchedOnce() throws {
    let folder = try TemporaryFolder()
    let server = try WebServer(["/weights-ba7816bf.pth": .file(Array("abc".utf8))])
    var told: [String] = []
    for _ in 0..<2 {
      let path = try Hub.file(
        of: server.url("/weights-ba7816bf.pth"), in: "\(folder.path)/new/inner", checksHash: true
      ) { told.append($0) }
      #expect(path == "\(folder.path)/new/inner/weights-ba7816bf.pth")
    }
    #expect(told == ["\(folder.path)/new/inner/weights-ba7816bf.pth"])
    #expect(server.requests == ["/weights-ba7816bf.pth"])
    let nameless = try #require(throws: DownloadError.self) { try Hub.file(of: server.url("/"), in: folder.path) }
    #expect(nameless.message == "the address ends in no file's name")
    let unknown = try #require(throws: DownloadError.self) { try Hub.file(of: "htps://a.org", in: folder.path) }
    #expect(unknown.message == "unknown url type")
  }
}
