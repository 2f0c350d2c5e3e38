import Checkpoint
import Testing

@Suite("Hostile tar files")
struct HostileTarTests {
  /// An entry with a header whose checksum fits, unless it is to be wrong.
  private func entry(
    _ name: String, _ content: [UInt8], size: String? = nil, kind: UInt8 = UInt8(ascii: "0"), checksum: Int? = nil
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    header.replaceSubrange(0..<name.utf8.count, with: Array(name.utf8))
    let sizeText = Array((size ?? String(content.count, radix: 8)).utf8)
    header.replaceSubrange(124..<124 + sizeText.count, with: sizeText)
    header[156] = kind
    header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
    let digits = Array(String(checksum ?? header.reduce(0) { $0 + Int($1) }, radix: 8).utf8)
    header.replaceSubrange(148..<148 + digits.count, with: digits)
    return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  private var start: [UInt8] { entry("pickle", Pickle.pickle(Pickle.int(1))) }
  /// No storages and no views, and no tensors.
  private var rest: [UInt8] {
    entry("storages", Pickle.pickle(Pickle.int(0)) + Pickle.pickle([UInt8(ascii: "]")]))
      + entry("tensors", Pickle.pickle(Pickle.int(0)))
  }

  @Test func theSmallestCheckpoint() throws {
    #expect(try errorReading(start + rest) == nil)
  }

  @Test func entriesThatContradictEachOther() throws {
    #expect(try errorReading(start + start + rest) == "the tar file has two entries named \"pickle\"")
    #expect(
      try errorReading(start + entry("x", [], checksum: 5) + rest)
        == "the tar file is damaged: the checksum of a header is wrong")
    #expect(
      try errorReading(start + entry("x", [], size: "777777777777") + rest)
        == "the tar entry \"x\" reaches beyond the end of the file")
    #expect(try errorReading(start + entry("x", [], size: "-1") + rest) == "the tar entry \"x\" has no size")
    #expect(
      try errorReading(start + entry("x", Array("99 size=5\n".utf8), kind: UInt8(ascii: "x")) + rest)
        == "the tar file has a damaged extended header")
    #expect(try errorReading(start) == "not a checkpoint: it is a tar file of something else")
  }

  @Test(arguments: ["../up", "/etc/passwd", "a/../b"])
  func unsafeNames(_ name: String) throws {
    #expect(
      try errorReading(start + entry(name, []) + rest) == "the tar file has an entry with the unsafe name \"\(name)\"")
  }

  @Test func countsThatTheFileDoesNotKeep() throws {
    for (storages, tensors) in [
      (Pickle.int(.max), Pickle.int(0)), (Pickle.int(-1), Pickle.int(0)), (Pickle.int(0), Pickle.int(.max)),
      (Pickle.int(1), Pickle.int(0)),
    ] {
      let file: [UInt8] =
        start + entry("storages", Pickle.pickle(storages) + Pickle.pickle([UInt8(ascii: "]")]))
        + entry("tensors", Pickle.pickle(tensors))
      #expect(try errorReading(file) != nil)
    }
  }

  @Test func tensorsOutsideOfTheirStorage() throws {
    let storage =
      Pickle.pickle(Pickle.tuple(Pickle.int(10), Pickle.text("cpu"), Pickle.global("torch", "FloatStorage")))
      + little(Int64(2)) + [UInt8](repeating: 0, count: 8)
    func file(shape: Int64, stride: Int64, offset: Int64) -> [UInt8] {
      let tensor =
        Pickle.pickle(Pickle.tuple(Pickle.int(1), Pickle.int(10), Pickle.global("torch", "FloatTensor")))
        + little(Int64(1)) + little(shape) + little(stride) + little(offset)
      return entry("pickle", Pickle.pickle(Pickle.text("1") + [UInt8(ascii: "Q")]))
        + entry("storages", Pickle.pickle(Pickle.int(1)) + storage + Pickle.pickle([UInt8(ascii: "]")]))
        + entry("tensors", Pickle.pickle(Pickle.int(1)) + tensor)
    }
    #expect(try errorReading(file(shape: 2, stride: 1, offset: 0)) == nil)
    for (shape, stride, offset) in [(3, 1, 0), (2, 2, 0), (1, 1, 2), (1, 1, -1), (-1, 1, 0), (.max, .max, .max)]
      as [(Int64, Int64, Int64)]
    {
      #expect(try errorReading(file(shape: shape, stride: stride, offset: offset)) != nil)
    }
  }
}
