import Checkpoint
import Tensor
import TestSupport
import Testing

@Suite("nnlua inspect")
struct InspectTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    let weight = try tensor([1, -2, 0, .nan])
    path = try folder.save(
      [
        "model": ["layer.weight": weight, "layer.tied": weight, "steps": .tensor(try Tensor([Int64(7)]))],
        "epoch": 3, "name": "run\tone", "groups": [["lr": 0.5, "params": [0, 1]]],
      ], "a.pth")
  }

  @Test func aLineAKeyInAPipe() throws {
    let result = try run("inspect", [path])
    #expect(result.status == 0)
    #expect(
      result.lines == [
        "model.layer.weight\tfloat32\t[4]\t16\t", "model.layer.tied\tfloat32\t[4]\t16\t= model.layer.weight",
        "model.steps\tint64\t[1]\t8\t", "epoch\tint\t\t\t3", "name\tstr\t\t\trun\\tone", "groups.0.lr\tfloat\t\t\t0.5",
        "groups.0.params\tlist\t\t\t[0, 1]",
      ])
  }

  @Test func alignedColumnsAtATerminal() throws {
    #expect(
      try run("inspect", [path], isTerminal: true).lines == [
        "key                 type     shape  bytes  value",
        "model.layer.weight  float32  [4]       16",
        "model.layer.tied    float32  [4]       16  = model.layer.weight",
        "model.steps         int64    [1]        8",
        "epoch               int                    3",
        "name                str                    run\\tone",
        "groups.0.lr         float                  0.5",
        "groups.0.params     list                   [0, 1]",
        "", "PyTorch: 3 tensors, 4 other values, 5 elements, 24 bytes",
      ])
  }

  @Test func statistics() throws {
    let line = try #require(try run("inspect", [path, "--stats"]).lines.first)
    // Of 1, -2 and 0: mean -1/3, standard deviation sqrt(7/3).
    #expect(line == "model.layer.weight\tfloat32\t[4]\t16\t\t-2\t1\t-0.333333\t1.52753\t1\t0\t1")
    let nothing = try folder.save(["x": try tensor([.nan])], "nan.pth")
    #expect(try run("inspect", [nothing, "--stats"]).lines == ["x\tfloat32\t[1]\t4\t\tnan\tnan\tnan\tnan\t1\t0\t0"])
    let infinite = try folder.save(["x": try tensor([.infinity, 2, 4])], "inf.pth")
    #expect(try run("inspect", [infinite, "--stats"]).lines.first?.hasSuffix("\t2\tinf\t3\t1.41421\t0\t1\t0") == true)
    let large = try folder.save(["x": .tensor(try Tensor.ones([200_000]))], "large.pth")
    #expect(try run("inspect", [large, "--stats"]).lines == ["x\tfloat32\t[200000]\t800000\t\t1\t1\t1\t0\t0\t0\t0"])
  }

  @Test func largeUnsignedNumbers() throws {
    let storage = try Storage(byteCount: 16)
    try storage.overwritingPointer().storeBytes(of: .max, as: UInt64.self)
    try storage.mutablePointer().storeBytes(of: 1, toByteOffset: 8, as: UInt64.self)
    let large = try folder.save(
      ["x": .tensor(try Tensor(storage: storage, dtype: .uint64, shape: [2], strides: [1]))], "unsigned.pth")
    #expect(try run("inspect", [large, "--stats"]).lines.first?.contains("\t1\t1.84467e+19\t9.22337e+18\t") == true)
  }

  @Test func tree() throws {
    #expect(
      try run("inspect", [path, "--tree"]).lines.prefix(5) == [
        "├─ model         9", "│  ├─ layer      8", "│  │  ├─ weight  float32 [4]", "│  │  └─ tied    float32 [4]",
        "│  └─ steps      int64 [1]",
      ])
  }

  /// Views of one element have as many elements as they please.
  @Test func moreElementsThanNumbersCount() throws {
    let entries = try (0..<40).map { ("\($0)", CheckpointValue.tensor(try Tensor.zeros([1]).expand([1 << 58]))) }
    let dictionary = CheckpointDictionary(entries.map { (.string($0.0), $0.1) })
    let path = try folder.save(.dictionary(dictionary), "endless.pth")
    let result = try run("inspect", [path, "--tree"])
    #expect(
      (result.output + result.errors).contains("40 tensors, 9,223,372,036,854,775,807 elements, 160 bytes"),
      "\(result.output)\(result.errors)")
  }

  @Test func json() throws {
    let result = try run("inspect", [path, "--json", "--stats"])
    guard case .object(let members) = try JSON(Array(result.output.utf8)), case .array(let entries) = members[2].value,
      case .object(let first) = entries[0]
    else {
      Issue.record("not the JSON that was expected: \(result.output)")
      return
    }
    #expect(members.map(\.name) == ["file", "format", "entries"])
    #expect(entries.count == 7)
    #expect(
      first.map(\.name) == [
        "key", "type", "shape", "strides", "offset", "bytes", "min", "max", "mean", "std", "nan", "inf", "zero",
      ])
  }

  @Test func unknownClassesAreShownAndNotRun() throws {
    #expect(
      try run("inspect", [Fixture.path("Checkpoint/namespace.pth")]).lines == [
        "args\targparse.Namespace\t\t\t", "args.lr\tfloat\t\t\t0.5", "args.name\tstr\t\t\trun",
        "weight\tfloat32\t[2]\t8\t",
      ])
  }

  @Test func instancesShowWhatTheyAreMadeOf() throws {
    #expect(
      try run("inspect", [Fixture.path("Checkpoint/instances.pth")]).lines == [
        "slots\tcheckpoint_fixtures.Slots\t\t\t", "slots.rate\tfloat\t\t\t0.5", "slots.sizes\tlist\t\t\t[2, 3]",
        "names\tcheckpoint_fixtures.Names\t\t\t[cat, dog]", "point\tcheckpoint_fixtures.Point\t\t\t[1, 2]",
        "range\tbuiltins.range\t\t\t[0, 3, 1]",
      ])
  }

  @Test func whatIsNoCheckpoint() throws {
    let result = try run("inspect", [#filePath])
    #expect(result.status == 2)
    #expect(result.errors.hasPrefix("nnlua inspect: \(#filePath): not a checkpoint: it is text that begins with"))
  }
}
