import StateDicts
import Tensor
import Testing

/// What is found out about a state dict that does not fit.
@Suite struct DiagnosisTests {
  /// A small network of two blocks and a head, with parameters of several shapes.
  private func network(classes: Int = 5, channels: Int = 3, width: Int = 8) throws -> StateDict {
    var shapes: [(String, [Int])] = [("conv1.weight", [width, channels, 3, 3])]
    for block in ["layer1.0", "layer1.1", "layer2.0"] {
      let size = block == "layer2.0" ? 2 * width : width
      shapes += [("\(block).conv1.weight", [size, width, 3, 3]), ("\(block).bn1.weight", [size])]
      shapes += [("\(block).bn1.bias", [size]), ("\(block).bn1.num_batches_tracked", [])]
    }
    shapes += [("fc.weight", [classes, 2 * width]), ("fc.bias", [classes])]
    return StateDict(try shapes.map { ($0.0, try Tensor.zeros($0.1)) })
  }

  private func diagnosis(of given: StateDict, for expected: StateDict? = nil) throws -> StateDictDiagnosis {
    StateDictComparison(
      expected: try expected ?? network(), given: given,
      architectures: [KnownArchitecture("wide") { try self.network(classes: $0, width: 16) }]
    ).diagnosis
  }

  @Test func whatFitsHasNothing() throws {
    let found = try diagnosis(of: network())
    #expect(found.findings.isEmpty && !found.hasRemedy && found.text == "all keys fit")
  }

  @Test func prefixesOnEitherSide() throws {
    let wrapped = try diagnosis(of: network().addingPrefix("module"))
    #expect(wrapped.findings == [.prefixed("module")])
    #expect(wrapped.steps == [.stripPrefix("module")])
    #expect(wrapped.isComplete && wrapped.share == 1 && wrapped.matchCount == wrapped.keyCount)
    let bare = try diagnosis(of: network(), for: network().addingPrefix("model.encoder"))
    #expect(bare.steps == [.addPrefix("model.encoder")])
    let other = try diagnosis(of: network().addingPrefix("student"), for: network().addingPrefix("teacher"))
    #expect(other.steps == [.rename("student.*", to: "teacher.*")] && other.isComplete)
  }

  @Test func aStateDictInsideACheckpoint() throws {
    var inner = StateDict()
    inner.entries["state_dict"] = .dictionary(try network().addingPrefix("model"), typeName: "dict")
    var checkpoint = StateDict()
    checkpoint.entries["epoch"] = .other(typeName: "int")
    checkpoint.entries["best"] = .dictionary(inner, typeName: "dict")
    let found = try diagnosis(of: checkpoint)
    #expect(found.findings == [.nested(["best", "state_dict"]), .prefixed("model")])
    #expect(found.steps == [.entry("best"), .entry("state_dict"), .stripPrefix("model")])
    #expect(found.isComplete)
  }

  @Test func renamedParts() throws {
    let blocks = try diagnosis(of: network().renaming("layer*", to: "stage*"))
    #expect(blocks.steps == [.rename("stage*.*", to: "layer*.*")])
    #expect(blocks.isComplete)
    let norms = try diagnosis(of: network().renaming("*.bn1.*", to: "*.norm.*"))
    #expect(norms.steps == [.rename("*.norm.*", to: "*.bn1.*")] && norms.isComplete)
    let both = try diagnosis(of: network().renaming("*.bn1.*", to: "*.norm.*").renaming("layer*", to: "stage*"))
    #expect(both.isComplete && both.steps.count == 2)
    let last = try diagnosis(of: network().renaming("*.bn1.weight", to: "*.bn1.gamma"))
    #expect(last.isComplete)
  }

  @Test func stepsDoWhatTheySay() throws {
    let expected = try network()
    let given = try network().renaming("*.bn1.*", to: "*.norm.*").renaming("layer*", to: "stage*").addingPrefix(
      "module")
    let found = try diagnosis(of: given)
    let mended = try found.steps.reduce(given) { state, step in
      switch step {
      case .stripPrefix(let prefix): try state.strippingPrefix(prefix)
      case .rename(let pattern, let replacement): try state.renaming(KeyPattern(pattern), to: replacement)
      default: state
      }
    }
    #expect(StateDictComparison(expected: expected, given: mended).fits)
  }

  @Test func anotherHead() throws {
    let found = try diagnosis(of: network(classes: 1000))
    #expect(found.findings == [.head(module: "fc", found: 1000, expected: 5)])
    #expect(found.steps == [.drop("fc.*")])
    #expect(!found.isComplete && !found.leavesMismatches)
    #expect(found.matchCount == found.keyCount - 2)
    let renamed = try diagnosis(of: network(classes: 1000).renaming("fc.*", to: "head.*"))
    #expect(renamed.findings == [.otherLayers(given: ["head.*"], expected: ["fc"])])
    #expect(try diagnosis(of: network().dropping("fc.*")).findings == [.otherLayers(given: [], expected: ["fc"])])
  }

  @Test func otherInputs() throws {
    let grey = try diagnosis(of: network(), for: network(channels: 1))
    #expect(grey.findings == [.channels(key: "conv1.weight", found: 3, expected: 1)])
    #expect(grey.steps == [.adaptInputChannels(key: "conv1.weight", channels: 1)] && grey.isComplete)
    func transformer(_ tokens: Int) throws -> StateDict {
      StateDict([("pos", try .zeros([1, tokens, 4])), ("head.weight", try .zeros([2, 4]))])
    }
    let larger = try diagnosis(of: transformer(50), for: transformer(197))
    #expect(larger.findings == [.positions(key: "pos", found: 50, expected: 197, prefixTokens: 1)])
    #expect(larger.steps == [.resizePositions(key: "pos", size: [14, 14], prefixTokens: 1)] && larger.isComplete)
    let turned = StateDict([("a", try .zeros([3, 4])), ("b", try .zeros([2]))])
    let straight = StateDict([("a", try .zeros([4, 3])), ("b", try .zeros([2]))])
    #expect(try diagnosis(of: turned, for: straight).steps == [.transpose(key: "a")])
  }

  @Test func namesWithNothingInCommon() throws {
    var number = 0
    let numbered = try network().renaming { _ in
      number += 1
      return "p\(number)"
    }
    let found = try diagnosis(of: numbered)
    #expect(found.findings == [.sameOrder] && found.isComplete)
  }

  @Test func aKnownNetwork() throws {
    let found = try diagnosis(of: network(classes: 7, width: 16).addingPrefix("module"))
    #expect(found.findings == [.prefixed("module"), .architecture("wide", classes: 7)])
    #expect(found.architecture?.name == "wide" && found.architecture?.classes == 7)
    #expect(found.steps == [.stripPrefix("module")])
  }

  @Test func whatIsNoTensorIsLeftOut() throws {
    var given = try network().addingPrefix("module")
    given.entries["epoch"] = .other(typeName: "int")
    let found = try diagnosis(of: given)
    #expect(found.findings == [.notTensors(["epoch"]), .prefixed("module")])
    #expect(found.steps == [.keepTensors, .stripPrefix("module")] && found.isComplete)
    #expect(found.text.hasPrefix("'epoch' is no tensor; its keys begin with 'module.'"))
  }

  @Test func whatIsNoStateDictOfANetwork() throws {
    #expect(try diagnosis(of: StateDict()).findings == [.empty])
    var optimizer = StateDict()
    optimizer.entries["state"] = .dictionary(StateDict(), typeName: "dict")
    optimizer.entries["param_groups"] = .other(typeName: "list")
    #expect(try diagnosis(of: optimizer).findings == [.optimizer])
    let other = StateDict([("x", try .zeros([1]))])
    let found = try diagnosis(of: other)
    #expect(found.findings == [.unrelated] && !found.hasRemedy)
  }

  @Test func comparisonsCountKeysAndParameters() throws {
    var given = try network(classes: 9).dropping("conv1.*")
    given["extra"] = try Tensor.zeros([1])
    given["layer1.0.bn1.weight"] = try Tensor.zeros([8], dtype: .float64)
    given.entries["layer1.0.bn1.bias"] = .other(typeName: "int")
    let comparison = StateDictComparison(expected: try network(), given: given)
    #expect(comparison.missingKeys == ["conv1.weight"])
    #expect(comparison.unexpectedKeys == ["extra"])
    #expect(comparison.mismatched.map(\.key) == ["layer1.0.bn1.bias", "fc.weight", "fc.bias"])
    #expect(comparison.mismatched[0].found == .noTensor(typeName: "int"))
    #expect(comparison.converted.map(\.key) == ["layer1.0.bn1.weight"])
    #expect(!comparison.fits && !comparison.loadsLittle)
    let lost = 8 * 3 * 9 + 8 + 5 * 16 + 5
    #expect(comparison.loadedParameterCount == comparison.parameterCount - lost)
    #expect(
      comparison.description.hasPrefix(
        """
        module  matched  missing  unexpected  other shape
        conv1                  1
        layer1        7                                 1
        layer2        4
        fc                                              2
        extra                              1
        total        11        1           1            3
        """))
    #expect(StateDictComparison(expected: try network(), given: StateDict()).loadsLittle)
  }
}
