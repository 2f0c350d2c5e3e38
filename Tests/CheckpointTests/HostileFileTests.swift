import Checkpoint
import Glibc
import Tensor
import TestSupport
import Testing

@Suite("Hostile and damaged files", .serialized)
struct HostileFileTests {
  static let smallFiles = [
    "views.pth", "legacy.pth", "deflated.pth", "mixed.safetensors", "compressed.npz", "fortran.npy", "values.t7",
  ]

  @Test(arguments: smallFiles)
  func truncationAnywhereIsAnError(_ name: String) throws {
    let file = try readFile(fixture(name))
    for length in 0..<file.count {
      #expect(try errorReading(Array(file[..<length])) != nil, "the first \(length) bytes")
    }
  }

  @Test(arguments: ["tar.pth", "values_ascii.t7"])
  func truncationOfWhatEndsInPaddingGivesAValueOrAnError(_ name: String) throws {
    let file = try readFile(fixture(name))
    #expect(try errorReading(Array(file[..<(file.count / 4)])) != nil)
    for length in stride(from: 0, to: file.count, by: 7) { _ = try errorReading(Array(file[..<length])) }
  }

  @Test(arguments: ["tar.pth", "values_ascii.t7", "network.t7", "frozen.pt"])
  func aChangedByteOfALargerFileGivesAValueOrAnError(_ name: String) throws {
    let file = try readFile(fixture(name))
    // Most zeros are padding.
    for index in file.indices where file[index] != 0 {
      var changed = file
      changed[index] ^= [0x01, 0x80, 0xFF][index % 3]
      _ = try errorReading(changed)
    }
  }

  @Test(arguments: smallFiles)
  func aChangedByteGivesAValueOrAnError(_ name: String) throws {
    let file = try readFile(fixture(name))
    for index in file.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var changed = file
        changed[index] ^= mask
        _ = try errorReading(changed)
      }
    }
  }

  @Test func damagedDataAreFoundWhenAsked() throws {
    var zip = ZipBuilder.checkpoint(
      Pickle.pickle(Pickle.tensor(storage: 2, offset: 0, size: [2], stride: [1])),
      storages: [[UInt8](repeating: 1, count: 8)])
    zip.entries[1].checksum = 0
    #expect(try errorReading(zip.bytes) == nil)
    #expect(
      try errorReading(zip.bytes, CheckpointReadingOptions(verifiesData: true))
        == "the data of the zip entry \"archive/data/0\" are damaged: their CRC-32 is wrong")
    zip.entries[0].checksum = 0
    #expect(
      try errorReading(zip.bytes) == "the data of the zip entry \"archive/data.pkl\" are damaged: their CRC-32 is wrong"
    )
  }

  @Test(arguments: ["../evil", "/etc/passwd", "a/../b", "a\\b", ""])
  func unsafeNames(_ name: String) throws {
    var zip = ZipBuilder.checkpoint(Pickle.pickle(Pickle.int(1)))
    zip.entries.append(ZipBuilder.Entry(name: name, contents: []))
    #expect(try errorReading(zip.bytes) == "the zip file has an entry with the unsafe name \"\(name)\"")
  }

  @Test func entriesThatContradictEachOther() throws {
    let zip = ZipBuilder.checkpoint(Pickle.pickle(Pickle.int(1)))
    var twice = zip
    twice.entries.append(twice.entries[0])
    #expect(try errorReading(twice.bytes) == "the zip file has two entries named \"archive/data.pkl\"")

    var renamed = zip
    renamed.entries[0].localName = "archive/data.xyz"
    #expect(
      try errorReading(renamed.bytes) == "the zip entry \"archive/data.pkl\" differs from what the directory says of it"
    )

    var overlapping = zip
    let inner = ZipBuilder(entries: [ZipBuilder.Entry(name: "archive/b", contents: [1])]).bytes
    overlapping.entries.append(ZipBuilder.Entry(name: "archive/a", contents: inner))
    let start = zip.bytes.count - 22 - 46 - 16 + 30 + 9
    overlapping.entries.append(ZipBuilder.Entry(name: "archive/b", contents: [1], offset: start))
    #expect(try errorReading(overlapping.bytes) == "the zip entries \"archive/a\" and \"archive/b\" overlap")
  }

  @Test func compressionsThatAreNotRead() throws {
    var zip = ZipBuilder.checkpoint(Pickle.pickle(Pickle.int(1)))
    zip.entries[0].method = 12
    #expect(
      try errorReading(zip.bytes)
        == "the zip entry \"archive/data.pkl\" has compression method 12; stored and deflated are known")
    zip.entries[0].method = 0
    zip.entries[0].flags = 1
    #expect(try errorReading(zip.bytes) == "the zip entry \"archive/data.pkl\" is encrypted")
    zip.entries[0].flags = 0
    zip.entries[0].method = 8
    zip.entries[0].size = 1 << 30
    #expect(
      try errorReading(zip.bytes)
        == "the zip entry \"archive/data.pkl\" announces more data than its compression can hold")
  }

  @Test func aPickleThatIsABomb() throws {
    // As many zeros as deflate can make of a megabyte; it is refused before it is inflated.
    var zip = ZipBuilder.checkpoint([UInt8](repeating: 0, count: 1 << 20))
    zip.entries[0].method = 8
    zip.entries[0].size = 1 << 30
    #expect(
      try errorReading(zip.bytes)
        == "the zip entry \"archive/data.pkl\" has 1073741824 bytes, deflated to 1048576; no description is so repetitive"
    )
  }

  @Test(
    arguments: [
      (4, 0, [5], [1]), (4, 1, [4], [1]), (4, -1, [1], [1]), (4, 0, [2], [-1]), (4, 0, [-2], [1]),
      (4, 0, [2, 2], [3, 1]),
      (4, 0, [.max, .max, .max], [.max, .max, .max]), (5, 0, [1], [1]), (-1, 0, [1], [1]), (4, 0, [2], []),
      (4, 0, [Int32](repeating: 1, count: 2000), [Int32](repeating: 1, count: 2000)),
    ] as [(Int32, Int32, [Int32], [Int32])])
  func tensorsOutsideOfTheirStorage(_ storage: Int32, _ offset: Int32, _ size: [Int32], _ stride: [Int32]) throws {
    let pickle = Pickle.pickle(Pickle.tensor(storage: storage, offset: offset, size: size, stride: stride))
    let zip = ZipBuilder.checkpoint(pickle, storages: [[UInt8](repeating: 0, count: 16)])
    #expect(try errorReading(zip.bytes) != nil)
  }

  @Test func noCodeRuns() throws {
    let call = Pickle.call(Pickle.global("os", "system"), Pickle.tuple(Pickle.text("touch /tmp/owned")))
    let zip = ZipBuilder.checkpoint(Pickle.pickle(call))
    let error = try #require(try errorReading(zip.bytes))
    #expect(error.hasPrefix("unsupported global: GLOBAL os.system "))
    #expect(try errorReading(zip.bytes, CheckpointReadingOptions(unknownClasses: .table)) == nil)
  }

  @Test func unknownClassesAreNamedOrInert() throws {
    let error = #expect(throws: CheckpointError.self) { try load(fixture("namespace.pth")) }
    #expect(error?.kind == .unknownClass)
    #expect(error?.message.contains("GLOBAL argparse.Namespace ") == true)

    let options = CheckpointReadingOptions(unknownClasses: .table)
    let value = try load(fixture("namespace.pth"), options)
    guard case .object(let arguments)? = value.dictionary?["args"] else {
      Issue.record("args is no object")
      return
    }
    #expect(arguments.className == "argparse.Namespace")
    #expect(arguments.state == ["lr": 0.5, "name": "run"])
  }

  @Test func sparseTensorsAreRefusedByName() {
    #expect(throws: CheckpointError(.unsupported, "sparse tensors are not supported", file: fixture("sparse.pth"))) {
      try load(fixture("sparse.pth"))
    }
  }

  @Test func whatIsNotSupportedIsInertWhenAsked() throws {
    let options = CheckpointReadingOptions(unknownClasses: .table)
    guard case .object(let sparse)? = try load(fixture("sparse.pth"), options).dictionary?["sparse"] else {
      Issue.record("the sparse tensor is no object")
      return
    }
    #expect(sparse.className == "torch._utils._rebuild_sparse_tensor")
    // Its layout; then indices, values and size.
    let parts = try #require(sparse.arguments.last?.elements)
    #expect(try parts[1].tensor?.doubles() == [1, 1])
  }

  /// Lists in lists, the innermost empty.
  private func nested(_ depth: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(ascii: "]"), count: depth) + [UInt8](repeating: UInt8(ascii: "a"), count: depth - 1)
  }

  @Test func deepNestingIsAnError() throws {
    #expect(try errorReading(ZipBuilder.checkpoint(Pickle.pickle(nested(400))).bytes) == nil)
    let deep = ZipBuilder.checkpoint(Pickle.pickle(nested(1_000_000)))
    #expect(try errorReading(deep.bytes) == "the pickle is nested more than 500 levels deep")
  }

  @Test func aValueInsideItselfIsAnError() throws {
    let zip = ZipBuilder.checkpoint(Pickle.pickle(Array("]q\u{0}h\u{0}a".utf8)))
    #expect(try errorReading(zip.bytes) == "the pickle has a value that contains itself")
  }

  @Test func exponentialSharingIsAnError() throws {
    // A list of two references to a list of two references to …
    var opcodes = Array("]q\u{0}".utf8)
    for level: UInt8 in 1..<100 {
      opcodes += Array("0](h".utf8) + [level - 1] + Array("h".utf8) + [level - 1] + Array("eq".utf8) + [level]
    }
    let zip = ZipBuilder.checkpoint(Pickle.pickle(opcodes))
    let error = try #require(try errorReading(zip.bytes))
    #expect(error.hasPrefix("the pickle unfolds to more than "))
  }

  @Test(arguments: [
    "(.", "t.", "0.", "R.", "b.", "s.", "}u.", "h\u{5}.", "g7\n.", "X\u{FF}\u{FF}\u{FF}\u{7F}a.", "I12x\n.", "Fabc\n.",
    "S'a\n.", "cos\n.",
    "]Ks.", "K\u{1}K\u{1}a.", "}K\u{1}b.", "(K\u{1}d.", "\u{7}", "NN.", "Q.", "NQ.", "(o.",
  ])
  func nonsensicalPickles(_ opcodes: String) throws {
    let bytes = opcodes.unicodeScalars.map { UInt8($0.value) }
    #expect(try errorReading(ZipBuilder.checkpoint([0x80, 0x02] + bytes).bytes) != nil)
  }

  @Test(
    arguments: [
      ("{}", 0, nil), ("{}", 1, "the tensors have 0 bytes of data, and the file 1"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, nil),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
        "the tensor \"a\" of shape [2] has 4 bytes of data"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
        "the data of the tensor \"a\" overlap others or leave a gap"
      ),
      (#"{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#, 4, "the tensor \"a\" has the unsupported type F99"),
      (
        #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
        "the safetensors header describes the tensor \"a\" in an unknown way"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,1]}}"#, 1,
        "the tensor \"a\" of shape [9223372036854775807, 9223372036854775807] has 1 bytes of data"
      ),
      (#"{"a":1}"#, 0, "the safetensors header describes the tensor \"a\" in an unknown way"),
      (#"{"a":}"#, 0, "the JSON is invalid at byte 5: a value is due"),
      (#"{"a":01}"#, 0, "the JSON is invalid at byte 6: \"}\" is due"),
      (#"{"a":1.}"#, 0, "the JSON is invalid at byte 7: a digit is due"),
      (#"{"a":1e999}"#, 0, "the JSON is invalid at byte 10: the number 1e999 is too large"),
    ] as [(String, Int, String?)])
  func safeTensorsHeaders(_ header: String, _ dataCount: Int, _ expected: String?) throws {
    let file = little(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: dataCount)
    #expect(try errorReading(file) == expected)
  }

  @Test func deepJSONIsAnError() throws {
    let header = "{\"a\":" + String(repeating: "[", count: 100_000)
    let file = little(UInt64(header.utf8.count)) + Array(header.utf8)
    #expect(try errorReading(file)?.hasSuffix("it is nested too deeply") == true)
  }

  @Test(arguments: [
    ("", "the file is empty"),
    ("<!DOCTYPE html><p>", "not a checkpoint: it is an HTML page, perhaps a failed download"),
    (
      "version https://git-lfs.github.com/spec/v1\n",
      "not a checkpoint: it is a Git LFS pointer; `git lfs pull` fetches the file itself"
    ),
    ("hello\nworld", "not a checkpoint: it is text that begins with \"hello\""),
    ("\u{0}\u{0}\u{0}", "not a checkpoint: it begins with zeros, perhaps an incomplete download"),
  ])
  func filesThatAreNoCheckpoints(_ content: String, _ expected: String) throws {
    #expect(try errorReading(Array(content.utf8)) == expected)
  }

  @Test func zipFilesThatAreNoCheckpoints() throws {
    let zip = ZipBuilder(entries: [ZipBuilder.Entry(name: "word/document.xml", contents: [])])
    #expect(
      try errorReading(zip.bytes) == "not a checkpoint: it is a zip file without data.pkl, of \"word/document.xml\"")
  }

  @Test func absentFilesAndFolders() throws {
    let folder = try TemporaryFolder()
    let missing = "\(folder.path)/missing.pth"
    #expect(throws: CheckpointError(.inputOutput, "no such file or directory", file: missing)) { try load(missing) }
    #expect(throws: CheckpointError(.inputOutput, "is a directory", file: folder.path)) { try load(folder.path) }
  }

  @Test func aFileThatShrinksWhileItIsMapped() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/large.pth"
    try CheckpointFile.save([.tensor(try Tensor.ones([100_000]))], to: path)
    let value = try load(path)
    #expect(truncate(path, 8192) == 0)
    try touchAll(value)
    let message = "the file became shorter while its tensors were in use; the missing elements read as zeros"
    #expect(throws: CheckpointError(.truncated, message, file: path)) { try CheckpointFile.checkMappedFiles() }
    #expect(throws: Never.self) { try CheckpointFile.checkMappedFiles() }
  }

  @Test func whatCannotBeReadIsNotSaved() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/large.pth"
    try CheckpointFile.save([.tensor(try Tensor.ones([100_000]))], to: path)
    let value = try load(path)
    #expect(truncate(path, 8192) == 0)
    #expect(throws: CheckpointError.self) { try CheckpointFile.save(value, to: "\(folder.path)/copy.pth") }
    #expect(folder.names == ["large.pth"])
  }
}
