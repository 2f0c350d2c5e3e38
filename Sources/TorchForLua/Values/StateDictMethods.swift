import Checkpoint
import Lua
import StateDicts
import Tensor

/// What is done to state dicts on their way into another network. The methods give a new map, which shares the tensors.
enum StateDictMethods {
  static var all: [Function] { selection + renaming + values + arithmetic }

  private static let resnet = "models.resnet18():state_dict()"

  private static var selection: [Function] {
    [
      Function(
        "filter", "(self: OrderedMap, pattern: string|string[]|function) -> OrderedMap",
        help:
          "The entries whose whole key matches a pattern, in which * stands for anything: a new map of the same tensors. A function is called with key and value instead, and keeps what it is true for.",
        example: "#\(resnet):filter 'layer4.*' --> 30"
      ) { a in
        let map = try a.map(0)
        guard let patterns = try a.patterns(1) else { return .object(try map.filtering(try a.test(1, of: map))) }
        return .object(try map.filtering(patterns))
      },
      Function(
        "drop", "(self: OrderedMap, pattern: string|string[]|function) -> OrderedMap",
        help:
          "All entries but those whose whole key matches a pattern, in which * stands for anything: a new map of the same tensors. A function is called with key and value instead, and drops what it is true for.",
        example: "#\(resnet):drop 'fc.*' --> 120"
      ) { a in
        let map = try a.map(0)
        guard let patterns = try a.patterns(1) else { return .object(try map.dropping(try a.test(1, of: map))) }
        return .object(try map.dropping(patterns))
      },
    ]
  }

  private static var renaming: [Function] {
    [
      Function(
        "rename",
        help:
          "The same entries under new names: a new map. Each * in the replacement stands for what the pattern's next wildcard (*, ? or [0-9]) matched, %1 for what its first did. A function is called with each key; nil keeps the name.",
        example: "\(resnet):rename('fc.*', 'head.*')['head.bias'].shape --> torch.Size([1000])",
        [
          Overload("(self: OrderedMap, pattern: string, replacement: string) -> OrderedMap") { a in
            .object(try a.map(0).renaming(KeyPattern(try a.string(1)), to: try a.string(2)))
          },
          Overload("(self: OrderedMap, function: function) -> OrderedMap") { a in
            let newName = try a.function(1)
            return .object(
              try a.map(0).renaming { name in
                let value = try newName.callForOne(.string(name))
                if value.isNil { return name }
                guard let new = value.string else {
                  throw TensorError("rename(): the function gave no string for '\(name)'", kind: .type)
                }
                return new
              })
          },
        ]),
      Function(
        "strip_prefix", "(self: OrderedMap, prefix: string) -> OrderedMap",
        help:
          "The same entries with names relative to a module path: 'module' makes module.fc.bias fc.bias. A new map.",
        example: "\(resnet):add_prefix('module'):strip_prefix('module'):keys()[1] --> \"conv1.weight\""
      ) { a in .object(try a.map(0).strippingPrefix(try a.string(1))) },
      Function(
        "add_prefix", "(self: OrderedMap, prefix: string) -> OrderedMap",
        help: "The same entries inside a module path: 'module' makes fc.bias module.fc.bias. A new map.",
        example: "\(resnet):add_prefix('module'):keys()[1] --> \"module.conv1.weight\""
      ) { a in .object(try a.map(0).addingPrefix(try a.string(1))) },
      Function(
        "consume_prefix_in_state_dict_if_present", "(self: OrderedMap, prefix: string)",
        help: "Takes a text away from the beginning of keys, where it is, in place: 'module.' for example.",
        example: "\(resnet):consume_prefix_in_state_dict_if_present 'module.'"
      ) { a in
        try consumePrefix(a)
        return .none
      },
    ]
  }

  private static var values: [Function] {
    [
      Function(
        "map", "(self: OrderedMap, function: function, pattern: string|string[] = '*') -> OrderedMap",
        help:
          "The same keys with the values that function(key, value) gives where a key matches the pattern: a new map.",
        example:
          "\(resnet):map(function(key, value) return value:half() end, '*.weight')['fc.weight'].dtype --> torch.float16"
      ) { a in
        let map = try a.map(0)
        let change = try a.function(1)
        let patterns = try a.patterns(2) ?? [KeyPattern("*")]
        var entries = map.entries
        for key in map.entries.keys {
          guard let name = key.string, patterns.contains(where: { $0.matches(name) }),
            let value = try map.value(key, a.state)
          else { continue }
          let changed = try change.callForOne(.string(name), value)
          guard !changed.isNil else {
            throw TensorError("map(): the function gave nil for '\(name)'; drop takes entries out", kind: .value)
          }
          entries[key] = .lua(changed)
        }
        return .object(map.with(entries, nil))
      }
    ]
  }

  private static var arithmetic: [Function] {
    [
      Function(
        "average", "(self: OrderedMap, others: OrderedMap..., *, weights: float[]? = nil) -> OrderedMap",
        help:
          "The mean of each tensor over this and other state dicts of the same keys; integers are the last one's. A new map.",
        example: "local a, b = nn.Linear(2, 2):state_dict(), nn.Linear(2, 2):state_dict(); print(a:average(b).bias)"
      ) { a in
        var maps = [try a.map(0)]
        if let table = a[1].table {
          try table.forEachElement { if let map = $0.object(as: OrderedMap.self) { maps.append(map) } }
        } else {
          maps += a.rest(from: 1).compactMap { $0.object(as: OrderedMap.self) }
        }
        var weights: [Double]?
        if let table = a[2].table {
          weights = []
          try table.forEachElement { weights?.append($0.number ?? 0) }
        }
        return .object(try OrderedMap.average(maps, weights: weights))
      },
      Function(
        "lerp", "(self: OrderedMap, end: OrderedMap, weight: float) -> OrderedMap",
        help: "What lies weight of the way from this state dict to another of the same keys: a new map.",
        example: "local a, b = nn.Linear(2, 2):state_dict(), nn.Linear(2, 2):state_dict(); print(a:lerp(b, 0.5).bias)"
      ) { a in .object(try a.map(0).lerp(try a.map(1), try a.double(2))) },
    ]
  }

  /// Argument 0 is the map, argument 1 the prefix.
  static func consumePrefix(_ a: Arguments) throws {
    let map = try a.map(0)
    map.replace(by: try map.consumingPrefixIfPresent(try a.string(1)))
  }
}

extension Arguments {
  /// Patterns for keys: one, or a list of them; nil for a function.
  fileprivate func patterns(_ index: Int) throws -> [KeyPattern]? {
    if let text = self[index].string { return [KeyPattern(text)] }
    guard let table = self[index].table else { return nil }
    var patterns: [KeyPattern] = []
    try table.forEachElement { patterns.append(KeyPattern($0.string ?? "")) }
    return patterns
  }

  /// A function of key and value, for its truth.
  fileprivate func test(_ index: Int, of map: OrderedMap) throws -> (String, OrderedMap.Entry) throws -> Bool {
    let function = try function(index)
    let state = state
    return { name, _ in
      try function.callForOne(.string(name), try map.value(.string(name), state) ?? .nil).isTrue
    }
  }
}
