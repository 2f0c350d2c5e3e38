import StateDicts
import Testing

/// What patterns for keys match, and what becomes of keys that are renamed by them.
@Suite struct KeyPatternTests {
  /// Pattern, key, whether Python's `fnmatch.fnmatchcase` says that it matches.
  @Test(arguments: [
    ("fc.*", "fc.weight", true), ("fc.*", "aux.fc.weight", false), ("*.weight", "layer1.0.conv1.weight", true),
    ("fc", "fc.weight", false), ("*", "", true), ("", "", true), ("", "a", false), ("layer?.*", "layer1.0.bias", true),
    ("layer?.*", "layer10.bias", false), ("layer[12].*", "layer2.0", true), ("layer[12].*", "layer3.0", false),
    ("layer[!12].*", "layer3.0", true), ("layer[2-4].*", "layer3.0", true), ("layer[4-2].*", "layer3.0", false),
    ("[]]", "]", true), ("[!]]", "]", false), ("[a-]", "-", true), ("a[b", "a[b", true), ("[", "[", true),
    ("**.a", "b.a", true), ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false), ("ä?", "äö", true),
  ])
  func matchesWholeKeysAsInAShell(_ pattern: String, _ key: String, _ expected: Bool) {
    #expect(KeyPattern(pattern).matches(key) == expected)
  }

  @Test func wildcardsTakeAsLittleAsTheyCan() {
    #expect(KeyPattern("blocks.*.*").match("blocks.0.attn.qkv.weight") == ["0", "attn.qkv.weight"])
    #expect(KeyPattern("*layer[0-9].?.*").match("layer1.0.conv.weight") == ["", "1", "0", "conv.weight"])
  }

  @Test(arguments: [
    ("blocks.*.attn.*", "layers.*.attention.*", "layers.3.attention.qkv.weight"),
    ("*", "module.*", "module.blocks.3.attn.qkv.weight"),
    ("blocks.*.attn.*.weight", "%2.%1", "qkv.3"), ("*.weight", "%1.%%", "blocks.3.attn.qkv.%"),
    ("blocks.?.*", "stage?.*", "stage3.attn.qkv.weight"), ("*", "fixed", "fixed"),
  ])
  func replacementsStandForWildcards(_ pattern: KeyPattern, _ replacement: String, _ expected: String) throws {
    let state = StateDict([("blocks.3.attn.qkv.weight", try .zeros([1]))])
    #expect(try state.renaming(pattern, to: replacement).keys == [expected])
  }

  @Test(arguments: [("a*", "*.*"), ("a*", "%2"), ("a*", "b%"), ("a*", "%x"), ("a*", "%0"), ("a*b*", "%1*")])
  func replacementsThatStandForNothingAreErrors(_ pattern: KeyPattern, _ replacement: String) throws {
    let state = StateDict([("ab", try .zeros([1]))])
    #expect(throws: (any Error).self) { try state.renaming(pattern, to: replacement) }
  }
}
