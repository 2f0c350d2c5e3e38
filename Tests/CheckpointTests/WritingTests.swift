import Checkpoint
import Glibc
import Tensor
import TestSupport
import Testing

@Suite("Writing")
struct WritingTests {
  /// All but the identifier at the end, which PyTorch draws from its own hash function.
  private func withoutIdentifier(_ file: [UInt8]) throws -> ArraySlice<UInt8> {
    let name = Array(".data/serialization_id".utf8)
    let start = try #require(file.indices.first { file[$0...].starts(with: name) })
    return file[..<start]
  }

  @Test(arguments: ["dtypes.pth", "state_dict.pth", "views.pth", "parameters.pth"])
  func filesAreThoseOfPyTorch(_ name: String) throws {
    let folder = try TemporaryFolder()
    // The name of the file names the folder inside it.
    let path = "\(folder.path)/archive.pth"
    try CheckpointFile.save(try load(fixture(name)), to: path)
    let (written, original) = (try readFile(path), try readFile(fixture(name)))
    #expect(try withoutIdentifier(written) == withoutIdentifier(original))
    #expect(written.count == original.count)
  }

  @Test func safeTensorsAreThoseOfTheReference() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/mixed.safetensors"
    try CheckpointFile.save(try load(fixture("mixed.safetensors")), to: path, format: .safeTensors)
    #expect(try readFile(path) == readFile(fixture("mixed.safetensors")))
  }

  @Test func numpyArraysAreThoseOfNumPy() throws {
    let folder = try TemporaryFolder()
    let array = "\(folder.path)/matrix.npy"
    try CheckpointFile.save(try load(fixture("matrix.npy")), to: array, format: .numPyArray)
    #expect(try readFile(array) == readFile(fixture("matrix.npy")))

    let archive = "\(folder.path)/arrays.npz"
    let original = try loadDictionary(fixture("arrays.npz"))
    try CheckpointFile.save(.dictionary(original), to: archive, format: .numPyArchive)
    let copy = try loadDictionary(archive)
    #expect(copy.entries.keys == original.entries.keys)
    for (key, value) in original.entries {
      let (a, b) = (try #require(value.tensor), try #require(copy[key]?.tensor))
      #expect(a.dtype == b.dtype && a.shape == b.shape)
      #expect(try bytes(of: a) == bytes(of: b))
    }
    #expect(throws: CheckpointError.self) {
      try CheckpointFile.save(
        ["a": .tensor(try Tensor.zeros([1], dtype: .bfloat16))], to: archive, format: .numPyArchive)
    }
  }

  @Test(arguments: ["values.pth", "training.pth", "numpy.pth"])
  func valuesComeBack(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/copy.pth"
    let value = try load(fixture(name))
    try CheckpointFile.save(value, to: path)
    #expect(description(try load(path)) == description(value))
  }

  /// A text that shows types, contents and order, and tensors by their elements.
  private func description(_ value: CheckpointValue) -> String {
    switch value {
    case .tensor(let tensor):
      let elements = (try? bytes(of: tensor)) ?? []
      return "\(value.typeName)(\(tensor.dtype), \(tensor.shape), \(tensor.strides), \(elements))"
    case .dictionary(let dictionary):
      let entries = dictionary.entries.map { description($0) + ": " + description($1) }
      return "\(value.typeName)\(entries)"
    case .list(let elements), .tuple(let elements), .set(let elements):
      return "\(value.typeName)\(elements.map(description))"
    default: return "\(value)"
    }
  }

  @Test func safeTensorsPackViewsAndRefuseWhatTheyCannotHold() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/packed.safetensors"
    var views = try loadDictionary(fixture("views.pth"))
    try CheckpointFile.save(.dictionary(views), to: path, format: .safeTensors)
    let packed = try loadDictionary(path)
    #expect(packed["transposed"]?.tensor?.strides == [3, 1])
    #expect(try packed["transposed"]?.tensor?.doubles() == views["transposed"]?.tensor?.doubles())

    views["epoch"] = 1
    let error = #expect(throws: CheckpointError.self) {
      try CheckpointFile.save(.dictionary(views), to: path, format: .safeTensors)
    }
    #expect(error?.description == "\(path): a safetensors file holds tensors only; \"epoch\" is an int")
    #expect(try loadDictionary(path).count == packed.count)
  }

  @Test func oneStorageHasOneType() throws {
    let numbers = try Tensor([1, 2] as [Float])
    let bits = try Tensor(storage: numbers.storage, dtype: .int32, shape: [2], strides: [1])
    let folder = try TemporaryFolder()
    #expect(throws: CheckpointError.self) {
      try CheckpointFile.save([.tensor(numbers), .tensor(bits)], to: "\(folder.path)/two.pth")
    }
    #expect(folder.names.isEmpty)
  }

  @Test func aCheckpointCanBeSavedOverItself() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try readFile(fixture("state_dict.pth")), to: "state_dict.pth")
    let first = try load(path)
    try CheckpointFile.save(first, to: path)
    let second = try load(path)
    #expect(try second.dictionary?["fc.weight"]?.tensor?.doubles() == first.dictionary?["fc.weight"]?.tensor?.doubles())
    #expect(folder.names == ["state_dict.pth"])
  }

  @Test func theOldFileKeepsItsModeAndItsLinks() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], to: "target.pth")
    chmod(path, 0o640)
    let link = "\(folder.path)/link.pth"
    #expect(symlink("target.pth", link) == 0)
    try CheckpointFile.save(["a": 1], to: link)
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try load(path) == ["a": 1])
    #expect(folder.names == ["link.pth", "target.pth"])
  }

  @Test func whatAKilledProcessLeftIsRemoved() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], to: "file.pth")
    try folder.write([1], to: ".file.pth.abc123.tmp")
    for name in [".file.pth.not-mine.tmp", ".other.pth.abc123.tmp", "file.pth.abc123.tmp"] {
      try folder.write([1], to: name)
    }
    // Another process is about to put this one in its place.
    let busy = open(try folder.write([1], to: ".file.pth.def456.tmp"), O_RDONLY)
    #expect(flock(busy, LOCK_EX) == 0)
    try CheckpointFile.save(["a": 1], to: path)
    close(busy)
    #expect(
      folder.names == [
        ".file.pth.def456.tmp", ".file.pth.not-mine.tmp", ".other.pth.abc123.tmp", "file.pth", "file.pth.abc123.tmp",
      ])
  }

  @Test func formatsAreToldFromTheNameToWrite() {
    #expect(CheckpointFormat(writing: "a/b.safetensors") == .safeTensors)
    #expect(CheckpointFormat(writing: "weights.NPZ") == .numPyArchive)
    #expect(CheckpointFormat(writing: "x.npy") == .numPyArray)
    #expect(CheckpointFormat(writing: "resnet.pth") == .pyTorch)
  }

  @Test func aLinkToNothingLeadsToTheNewFile() throws {
    let folder = try TemporaryFolder()
    #expect(symlink("target.pth", "\(folder.path)/link.pth") == 0)
    #expect(symlink("loop.pth", "\(folder.path)/loop.pth") == 0)
    try CheckpointFile.save(["a": 1], to: "\(folder.path)/link.pth")
    #expect(folder.names == ["link.pth", "loop.pth", "target.pth"])
    #expect(try load("\(folder.path)/target.pth") == ["a": 1])
    #expect(throws: CheckpointError.self) { try CheckpointFile.save([], to: "\(folder.path)/loop.pth") }
  }

  @Test func whatCannotBeWrittenIsAnErrorThatNamesTheFile() throws {
    let folder = try TemporaryFolder()
    let missing = "\(folder.path)/missing/file.pth"
    #expect(throws: CheckpointError(.inputOutput, "no such file or directory", file: missing)) {
      try CheckpointFile.save([], to: missing)
    }
    #expect(throws: CheckpointError(.inputOutput, "is a directory", file: folder.path)) {
      try CheckpointFile.save([], to: folder.path)
    }
    #expect(throws: CheckpointError(.inputOutput, "no space left on device", file: "/dev/full")) {
      try CheckpointFile.save([], to: "/dev/full")
    }
    let object = CheckpointValue.object(CheckpointObject(className: "argparse.Namespace"))
    let path = try folder.write([1, 2, 3], to: "old.pth")
    #expect(throws: CheckpointError.self) { try CheckpointFile.save([object], to: path) }
    #expect(try readFile(path) == [1, 2, 3])
    #expect(folder.names == ["old.pth"])
  }

  @Test func nestingHasALimit() throws {
    var value: CheckpointValue = []
    for _ in 0..<600 { value = [value] }
    let folder = try TemporaryFolder()
    #expect(throws: CheckpointError.self) { try CheckpointFile.save(value, to: "\(folder.path)/deep.pth") }
  }
}
