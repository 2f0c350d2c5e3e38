import Checkpoint
import Tensor
import Testing

@Suite("Torch7's files")
struct Torch7Tests {
  @Test(arguments: ["values.t7", "values_ascii.t7"])
  func numbersTextsAndTables(_ file: String) throws {
    #expect(try CheckpointFile(fixture(file)).format == .torch7)
    let values = try loadDictionary(fixture(file))
    #expect(values["integer"] == 3)
    #expect(values["number"] == 0.5)
    #expect(values["huge"] == .double(.infinity))
    #expect(values["text"] == "hello\nworld")
    #expect(values["bytes"] == .bytes([255, 0]))
    #expect(values["nothing"] == "")
    #expect(values["yes"] == true && values["no"] == false)
    #expect(values["list"] == ["a", [1, 2], [:]])
    #expect(values["shared"] == values["list"])
    #expect(values[5] == "five" && values[1.5] == "half" && values[true] == "true")
  }

  @Test(arguments: ["values.t7", "values_ascii.t7"])
  func tensorsOfEveryType(_ file: String) throws {
    let values = try loadDictionary(fixture(file))
    let expected: [(String, DType, [Double])] = [
      ("Byte", .uint8, [0, 1, 2, 3]), ("Char", .int8, [-128, 1, 2, 3]), ("Short", .int16, [0, 1, 2, 3]),
      ("Int", .int32, [0, 1, 2, 3]), ("Long", .int64, [0x1p53, 1, 2, 3]), ("Half", .float16, [0, 1, 2, 0.5]),
      ("Float", .float32, [0, 1, 2, 3]), ("Double", .float64, [0.1, 1, 2, 3]),
    ]
    for (name, dtype, elements) in expected {
      let tensor = try #require(values[name]?.tensor)
      #expect(tensor.dtype == dtype)
      #expect(try tensor.doubles() == elements)
    }
    #expect(values["empty"]?.tensor?.shape == [0])
  }

  @Test(arguments: ["values.t7", "values_ascii.t7"])
  func viewsShareTheirStorage(_ file: String) throws {
    let values = try loadDictionary(fixture(file))
    let base = try #require(values["base"]?.tensor)
    #expect(values["tied"]?.tensor === base)
    for (name, elements) in [
      ("transposed", [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]), ("row", [4, 5, 6, 7]), ("column", [2, 6, 10]),
      ("storage", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), ("strided", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ] as [(String, [Double])] {
      let view = try #require(values[name]?.tensor)
      #expect(view.storage === base.storage)
      #expect(try view.doubles() == elements)
    }
    #expect(values["expanded"]?.tensor?.strides == [0])
  }

  @Test(arguments: ["network.t7", "network_ascii.t7"])
  func networksAreStateDicts(_ file: String) throws {
    let checkpoint = try loadDictionary(fixture(file))
    #expect(checkpoint["epoch"] == 7)
    #expect(checkpoint["options"]?.dictionary?["names"] == ["x", "y"])
    let model = try #require(checkpoint["model"]?.dictionary)
    let shapes: [(String, [Int])] = [
      ("0.weight", [2, 1, 2, 3]), ("0.bias", [2]), ("1.weight", [2]), ("1.bias", [2]), ("1.running_mean", [2]),
      ("1.running_var", [2]), ("3.0.weight", [2, 2]), ("3.0.bias", [2]), ("3.1.0.weight", [2, 2]), ("3.1.0.bias", [2]),
      ("4.weight", [2, 1, 2, 3]), ("4.bias", [2]), ("5.weight", [3, 2, 4]), ("5.bias", [3]),
      ("6.weight", [1, 1, 1, 1]),
    ]
    #expect(model.entries.keys.map(\.string) == shapes.map(\.0))
    for (name, shape) in shapes { #expect(model[name]?.tensor?.shape == shape) }
    #expect(try model["4.weight"]?.tensor?.doubles() == (0..<12).map(Double.init))
    // Torch7 has time outside of channels here.
    #expect(try model["5.weight"]?.tensor?.doubles().prefix(8) == [0, 2, 4, 6, 1, 3, 5, 7])
    #expect(model["3.0.weight"]?.tensor === model["3.1.0.weight"]?.tensor)
  }

  @Test(arguments: ["classes.t7", "classes_ascii.t7"])
  func unknownClassesAndFunctionsAreNamedOrInert(_ file: String) throws {
    let error = #expect(throws: CheckpointError.self) { try load(fixture(file)) }
    #expect(error?.kind == .unknownClass)
    let values = try load(fixture(file), CheckpointReadingOptions(unknownClasses: .table)).dictionary
    let own = CheckpointObject(className: "Own", state: ["answer": 42])
    #expect(values?["own"] == .object(own))
    #expect(values?["callback"] == .object(CheckpointObject(className: "function")))
  }

  // MARK: Hostile files

  private func int(_ value: Int32) -> [UInt8] { little(value) }
  private func text(_ text: String) -> [UInt8] { int(Int32(text.utf8.count)) + Array(text.utf8) }
  private func object(_ index: Int32, _ className: String, _ content: [UInt8]) -> [UInt8] {
    int(4) + int(index) + text("V 1") + text(className) + content
  }
  private func tensor(_ shape: [Int], _ strides: [Int], offset: Int, storage: [UInt8]) -> [UInt8] {
    object(1, "torch.FloatTensor", int(Int32(shape.count)) + (shape + strides + [offset]).flatMap(little) + storage)
  }

  @Test(
    arguments: [
      ([2], [1], 1, nil), ([3], [1], 1, "the file has a tensor outside of its storage: "),
      ([1], [1], 0, "the file has a tensor outside of its storage: "),
      ([2], [-1], 2, "the file has a tensor outside of its storage: "),
      ([.max, .max], [.max, .max], 1, "the file has a tensor outside of its storage: "),
      ([1], [1], .min, "a tensor of torch.float32 has no storage of its type"),
    ] as [([Int], [Int], Int, String?)])
  func tensorsOutsideOfTheirStorage(_ shape: [Int], _ strides: [Int], _ offset: Int, _ expected: String?) throws {
    let storage = object(2, "torch.FloatStorage", little(2) + [UInt8](repeating: 0, count: 8))
    let error = try errorReading(tensor(shape, strides, offset: offset, storage: storage))
    #expect(error?.hasPrefix(expected ?? "") == expected.map { _ in true })
  }

  @Test func storagesOfAnotherType() throws {
    let storage = object(2, "torch.DoubleStorage", little(2) + [UInt8](repeating: 0, count: 16))
    #expect(
      try errorReading(tensor([2], [1], offset: 1, storage: storage))
        == "a tensor of torch.float32 has no storage of its type")
  }

  @Test func announcementsThatTheFileDoesNotKeep() throws {
    for file in [
      int(3) + int(1) + int(.max), int(4) + int(1) + int(.max), int(4) + int(1) + int(-1),
      object(1, "torch.FloatStorage", little(Int.max)), object(1, "torch.ByteStorage", little(-1)),
      object(1, "torch.FloatTensor", int(.max)), object(1, "tds.Hash", little(Int.max)),
      Array("4\n1\n3\nV 1\n18\ntorch.FloatStorage\n4000000000000\n0 ".utf8), Array("3\n1\n2000000000\n".utf8),
    ] { #expect(try errorReading(file) != nil) }
  }

  @Test func deepNestingIsAnError() throws {
    var deep: [UInt8] = []
    for index in 1...100_000 as ClosedRange<Int32> { deep += int(3) + int(index) + int(1) }
    #expect(try errorReading(deep) == "the file is nested more than 500 levels deep")
    // A chain of modules that refer back to each other needs no depth in the file.
    var chain: [UInt8] = int(3) + int(1) + int(1000)
    for index in 0..<1000 as Range<Int32> {
      chain += int(1) + little(Double(index + 1).bitPattern)
      var modules: [UInt8] = int(3) + int(3 * index + 4) + int(index > 0 ? 1 : 0)
      if index > 0 { modules += int(1) + little(1.0.bitPattern) + int(4) + int(3 * index - 1) }
      let fields: [UInt8] = int(3) + int(3 * index + 3) + int(1) + int(2) + text("modules") + modules
      chain += object(3 * index + 2, "nn.Sequential", fields)
    }
    #expect(try errorReading(chain) == "the network is nested more than 500 levels deep")
  }

  @Test func aTableInsideItselfIsAnError() throws {
    let cycle = int(3) + int(1) + int(1) + int(2) + text("self") + int(3) + int(1)
    #expect(try errorReading(cycle) == "the file has a value that contains itself")
  }
}
