import Checkpoint
import Tensor
import TestSupport
import Testing

@Suite("Reading what real programs wrote")
struct ReadingTests {
  @Test(arguments: ["dtypes.pth", "mixed.safetensors"])
  func everyType(_ file: String) throws {
    let checkpoint = try loadDictionary(fixture(file))
    for dtype in DType.allCases where file == "dtypes.pth" || ![.complex32, .complex128].contains(dtype) {
      let tensor = try #require(checkpoint[dtype.name]?.tensor)
      #expect(tensor.dtype == dtype)
      #expect(tensor.shape == [4])
      if dtype.isComputable {
        #expect(try tensor.doubles() == (dtype == .bool ? [0, 1, 1, 1] : [0, 1, 2, 3]))
      }
    }
    let unsigned = try #require(checkpoint["uint64"]?.tensor)
    #expect(try bytes(of: unsigned) == [0, 1, 2, 3].flatMap { little(UInt64($0)) })
    let small = try #require(checkpoint["float8_e5m2"]?.tensor)
    #expect(try bytes(of: small) == [0, 0x3C, 0x40, 0x42])
  }

  @Test func typesOfAByteRoundAsPyTorchs() throws {
    let file = try loadDictionary(fixture("small_floats.pth"))
    let numbers = try #require(file["numbers"]?.tensor)
    for dtype in DType.allCases where dtype.isFloat8 {
      let values = try #require(file["\(dtype.name) codes"]?.tensor).doubles()
      let expected = try #require(file["\(dtype.name) values"]?.tensor).doubles()
      #expect(zip(values, expected).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(dtype)")
      let rounded = try #require(file["\(dtype.name) rounded"]?.tensor)
      #expect(try bytes(of: numbers.to(dtype)) == bytes(of: rounded), "\(dtype)")
    }
  }

  @Test func networksThatWereSavedWhole() throws {
    #expect(throws: CheckpointError.self) { try load(fixture("network.pth")) }
    let value = try load(fixture("network.pth"), CheckpointReadingOptions(unknownClasses: .table))
    let state = try #require(value.dictionary?["net"]?.dictionary)
    #expect(
      state.entries.keys.map(\.string) == [
        "scale", "mean", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
        "layers.1.running_mean",
        "layers.1.running_var", "layers.1.num_batches_tracked",
      ])
    #expect(state.isOrderedDict)
    #expect(try state["mean"]?.tensor?.doubles() == [3])
    #expect(state["scale"]?.tensor?.isParameter == true)
  }

  @Test func instancesOfEverySort() throws {
    let options = CheckpointReadingOptions(unknownClasses: .table)
    let values = try #require(try load(fixture("instances.pth"), options).dictionary)
    func instance(_ key: String) throws -> CheckpointObject {
      guard case .object(let object)? = values[key] else { throw CheckpointError(.malformed, "\(key) is no instance") }
      return object
    }
    #expect(try instance("slots").attributes == ["rate": 0.5, "sizes": [2, 3]])
    #expect(try instance("names").elements == ["cat", "dog"])
    #expect(try instance("point").arguments == [1, 2])
    #expect(try instance("range").className == "builtins.range")
  }

  @Test(arguments: ["state_dict.pth", "legacy.pth", "deflated.pth"])
  func stateDict(_ file: String) throws {
    let stateDict = try loadDictionary(fixture(file))
    let names = [
      "conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked", "fc.weight",
      "fc.bias",
    ]
    #expect(stateDict.entries.keys.map(\.string) == names)
    #expect(stateDict.isOrderedDict)
    for (index, name) in names.enumerated() {
      let tensor = try #require(stateDict[name]?.tensor)
      #expect(try tensor.doubles() == (0..<tensor.count).map { Double($0 + 10 * index) })
      #expect(tensor.dtype == (name == "bn.num_batches_tracked" ? .int64 : .float32))
    }
    #expect(stateDict["fc.weight"]?.tensor?.shape == [3, 4])
    let metadata = try #require(stateDict.attributes["_metadata"]?.dictionary)
    #expect(metadata.entries.keys.map(\.string) == ["", "conv", "bn", "fc"])
    #expect(metadata["bn"] == ["version": 2])
  }

  @Test func formatsAreToldFromTheContent() throws {
    #expect(try CheckpointFile(fixture("state_dict.pth")).format == .pyTorch)
    #expect(try CheckpointFile(fixture("legacy.pth")).format == .pyTorchLegacy)
    #expect(try CheckpointFile(fixture("script.pt")).format == .torchScript)
    let folder = try TemporaryFolder()
    let disguised = try folder.write(try readFile(fixture("mixed.safetensors")), to: "disguised.pth")
    #expect(try CheckpointFile(disguised).format == .safeTensors)
  }

  @Test func viewsShareTheirStorage() throws {
    let checkpoint = try loadDictionary(fixture("views.pth"))
    let base = try #require(checkpoint["base"]?.tensor)
    #expect(checkpoint["tied"]?.tensor === base)
    let layouts: [(String, shape: [Int], strides: [Int], offset: Int, values: [Double])] = [
      ("transposed", [4, 3], [1, 4], 0, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]),
      ("row", [4], [1], 4, [4, 5, 6, 7]),
      ("column", [3], [4], 2, [2, 6, 10]),
      ("step", [2, 2], [8, 2], 1, [1, 3, 9, 11]),
    ]
    for layout in layouts {
      let view = try #require(checkpoint[layout.0]?.tensor)
      #expect(view.storage === base.storage)
      #expect(view.shape == layout.shape)
      #expect(view.strides == layout.strides)
      #expect(view.offset == layout.offset)
      #expect(try view.doubles() == layout.values)
    }
    #expect(checkpoint["expanded"]?.tensor?.strides == [0, 0])
    #expect(try checkpoint["scalar"]?.tensor?.doubles() == [7.5])
    #expect(checkpoint["empty"]?.tensor?.shape == [0, 3])
  }

  @Test func parametersStayParameters() throws {
    let checkpoint = try loadDictionary(fixture("parameters.pth"))
    let weight = try #require(checkpoint["weight"]?.tensor)
    #expect(weight.isParameter && weight.requiresGrad)
    #expect(checkpoint["tied"]?.tensor === weight)
    let frozen = try #require(checkpoint["frozen"]?.tensor)
    #expect(frozen.isParameter && !frozen.requiresGrad)
    let leaf = try #require(checkpoint["leaf"]?.tensor)
    #expect(!leaf.isParameter && leaf.requiresGrad)
  }

  @Test func trainingCheckpoint() throws {
    let checkpoint = try loadDictionary(fixture("training.pth"))
    #expect(checkpoint["epoch"] == 3)
    #expect(checkpoint["best"] == 0.5)
    #expect(checkpoint["name"] == "Grüße")
    #expect(checkpoint["done"] == false)
    #expect(checkpoint["nothing"] == CheckpointValue.none)
    #expect(checkpoint["classes"] == ["cat", "dog"])
    let optimizer = try #require(checkpoint["optimizer"]?.dictionary)
    let state = try #require(optimizer["state"]?.dictionary?[0]?.dictionary)
    #expect(try state["step"]?.tensor?.doubles() == [1])
    #expect(state["exp_avg"]?.tensor?.shape == [1, 2])
    let group = try #require(optimizer["param_groups"]?.elements?.first?.dictionary)
    #expect(group["lr"] == 0.25)
    #expect(group["betas"] == .tuple([0.9, 0.999]))
    #expect(group["params"] == [0, 1])
  }

  @Test func everySortOfValue() throws {
    let values = try loadDictionary(fixture("values.pth"))
    #expect(values["least"] == .int(.min))
    #expect(values["most"] == .int(.max))
    #expect(values["big"].map { "\($0)" }?.contains("1180591620717411303424") == true)
    #expect(values["big negative"].map { "\($0)" }?.contains("-1180591620717411303424") == true)
    #expect(values["infinite"] == .double(.infinity))
    #expect(values["complex"] == .complex(real: 1, imaginary: -2))
    #expect(values["bytes"] == .bytes([0, 255]))
    #expect(values["no bytes"] == .bytes([]))
    #expect(values["byte array"] == .bytes(Array("ab".utf8)))
    #expect(values["set"] == .set([5]))
    #expect(values["tuple"] == .tuple([1, .tuple([2]), .tuple([]), .tuple([1, 2, 3, 4])]))
    #expect(values["size"] == .size([2, 3]))
    #expect(values["dtype"] == .dtype(.bfloat16))
    #expect(values["device"] == .device("cuda:1"))
    #expect(values["list"]?.elements?.count == 1001)
    #expect(values[5] == "int key")
    #expect(values[.tuple([1, "a"])] == "tuple key")
    #expect(values[.none] == "none key")
    #expect(values[1.5] == "float key")
    #expect(values[true] == "bool key")
    #expect(values["counter"] == ["a": 2, "b": 1])
    #expect(values["ordered"]?.dictionary?.entries.keys.map(\.string) == ["z", "a"])
    #expect(values["many"]?.dictionary?[1000] == 1000)
    #expect(values["emoji"] == "🙂")
  }

  @Test func bigEndianDataAreTurnedRound() throws {
    let tensors = try #require(try load(fixture("big_endian.pth")).elements)
    #expect(try tensors[0].tensor?.doubles() == [0, 1, 2, 3])
    #expect(try tensors[1].tensor?.doubles() == [0, 1, 2, 3])
    let complex = try #require(tensors[2].tensor)
    #expect(try bytes(of: complex) == little(Float(1).bitPattern) + little(Float(2).bitPattern))
  }

  @Test func numpyValuesBecomeNumbersAndTensors() throws {
    let values = try loadDictionary(fixture("numpy.pth"))
    #expect(values["float32"] == 1.5)
    #expect(values["float64"] == 0.1)
    #expect(values["int64"] == -3)
    #expect(values["bool"] == true)
    #expect(values["uint64"] == .bigInt(BigInteger(.max)))
    #expect(values["complex64"] == .complex(real: 1, imaginary: 2))
    let array = try #require(values["array"]?.tensor)
    #expect(array.shape == [2, 3] && array.dtype == .float32)
    let fortran = try #require(values["fortran"]?.tensor)
    #expect(fortran.strides == [1, 2])
    #expect(try fortran.doubles() == [0, 1, 2, 3, 4, 5])
    #expect(try values["big_endian"]?.tensor?.doubles() == [0, 1, 2])
  }

  @Test func scriptArchiveGivesItsParameters() throws {
    let stateDict = try loadDictionary(fixture("script.pt"))
    #expect(stateDict.entries.keys.map(\.string) == ["scale", "steps", "inner.weight", "inner.bias"])
    #expect(try stateDict["inner.weight"]?.tensor?.doubles() == [1, 2])
  }

  @Test func frozenScriptsHaveConstants() throws {
    let constants = try loadDictionary(fixture("frozen.pt"))
    #expect(constants.entries.keys.map(\.string) == ["CONSTANTS.c0", "CONSTANTS.c1", "CONSTANTS.c2", "CONSTANTS.c3"])
    #expect(try constants["CONSTANTS.c0"]?.tensor?.doubles() == [1, 2])
  }

  @Test func tarFilesOfTheFirstPyTorch() throws {
    #expect(try CheckpointFile(fixture("tar.pth")).format == .pyTorchTar)
    let stateDict = try loadDictionary(fixture("tar.pth"))
    #expect(stateDict.isOrderedDict)
    #expect(stateDict.entries.keys.map(\.string) == ["weight", "column", "steps", "half", "tied"])
    let weight = try #require(stateDict["weight"]?.tensor)
    #expect(try weight.doubles() == [0, 1, 2, 3, 4, 5])
    #expect(weight.shape == [2, 3])
    #expect(stateDict["tied"]?.tensor === weight)
    #expect(stateDict["column"]?.tensor?.storage === weight.storage)
    #expect(try stateDict["column"]?.tensor?.doubles() == [2, 5])
    #expect(stateDict["steps"]?.tensor?.dtype == .int64)
    #expect(try stateDict["half"]?.tensor?.doubles() == [0.5, 2])
  }

  @Test func safeTensorsKeepOrderShapesAndMetadata() throws {
    let checkpoint = try loadDictionary(fixture("mixed.safetensors"))
    #expect(checkpoint.entries.keys.first == "uint64")
    #expect(checkpoint["matrix"]?.tensor?.shape == [2, 3])
    #expect(checkpoint["empty"]?.tensor?.shape == [0, 2])
    #expect(try checkpoint["scalar"]?.tensor?.doubles() == [7.5])
    #expect(checkpoint.attributes["__metadata__"] == ["note": "a \"quoted\" – text\n"])
  }

  @Test func changingATensorLeavesTheFileAlone() throws {
    let before = try readFile(fixture("state_dict.pth"))
    let bias = try #require(try loadDictionary(fixture("state_dict.pth"))["fc.bias"]?.tensor)
    try bias.mutablePointer().storeBytes(of: 5, as: Float.self)
    #expect(try bias.doubles() == [5, 71, 72])
    #expect(try readFile(fixture("state_dict.pth")) == before)
    #expect(try loadDictionary(fixture("state_dict.pth"))["fc.bias"]?.tensor?.doubles() == [70, 71, 72])
  }

  @Test(arguments: ["arrays.npz", "compressed.npz"])
  func numpyArchives(_ file: String) throws {
    let arrays = try loadDictionary(fixture(file))
    for dtype in DType.allCases where ![.bfloat16, .complex32].contains(dtype) && !dtype.isFloat8 {
      let tensor = try #require(arrays[dtype.name]?.tensor)
      #expect(tensor.dtype == dtype)
      if dtype.isComputable { #expect(try tensor.doubles() == (dtype == .bool ? [0, 1, 1, 1] : [0, 1, 2, 3])) }
    }
    if file == "arrays.npz" {
      #expect(arrays["matrix"]?.tensor?.shape == [2, 3])
      #expect(try arrays["scalar"]?.tensor?.doubles() == [7.5])
      #expect(arrays["empty"]?.tensor?.shape == [0, 3])
    }
  }

  @Test func numpyArrays() throws {
    let matrix = try #require(try load(fixture("matrix.npy")).tensor)
    #expect(matrix.shape == [2, 3] && matrix.dtype == .float32)
    #expect(try matrix.doubles() == [0, 1, 2, 3, 4, 5])
    let fortran = try #require(try load(fixture("fortran.npy")).tensor)
    #expect(fortran.strides == [1, 2])
    #expect(try fortran.doubles() == [0, 1, 2, 3, 4, 5])
    #expect(
      throws: CheckpointError(
        .unsupported, "arrays of NumPy's type \"|O\" are not supported", file: fixture("objects.npy"))
    ) {
      try load(fixture("objects.npy"))
    }
  }
}
