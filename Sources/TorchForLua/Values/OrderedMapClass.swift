import Checkpoint
import Lua
import Tensor

/// Maps as Lua sees them. An entry hides a method of the same name.
extension OrderedMap {
  static var declaration: LuaClass {
    LuaClass(
      "OrderedMap", of: OrderedMap.self,
      help:
        "A Python dict: entries in order. map[key] reads, map[key] = nil deletes, pairs(map) iterates, #map counts.",
      options: [.dynamicFirst, .unique, .missingIsNil],
      methods: methods + StateDictMethods.all + SurgeryMethods.all,
      properties: [
        Property(
          "_metadata", "OrderedMap?", help: "The versions that a state dict keeps of its modules.",
          get: { a in
            .value(try a.map(0).attributes["_metadata"]?.luaValue(a.state) ?? .nil)
          })
      ],
      metamethods: [
        Function("__len") { a in .integer(try a.map(0).count) },
        Function("__pairs") { a in
          let map = try a.map(0)
          // Keys as they are now: entries may be deleted meanwhile.
          let keys = map.entries.keys
          var next = keys.startIndex
          return .closure("next") { a in
            while next < keys.endIndex {
              let key = keys[next]
              next += 1
              if let value = try map.value(key, a.state) { return [try key.luaValue(a.state), value] }
            }
            return .nil
          }
        },
        Function("__tostring") { a in
          let map = try a.map(0)
          var lines: [String] = []
          for key in map.entries.keys.prefix(1000) {
            let value = try map.value(key, a.state) ?? .nil
            let text: String
            if let tensor = value.object(as: Tensor.self) {
              text = "\(Shape.sizeText(tensor.shape)) \(tensor.dtype)"
            } else {
              text = try a.state.toString(value).string ?? ""
            }
            lines.append("  \(try a.state.toString(key.luaValue(a.state)).string ?? ""): \(text)")
          }
          if map.count > lines.count { lines.append("  … \(map.count - lines.count) more") }
          return .string(
            "\(map.isOrderedDict ? "OrderedDict" : "dict") of \(map.count)\n" + lines.joined(separator: "\n"))
        },
      ],
      index: { a in
        guard let key = CheckpointValue(key: a[1]) else { return .none }
        return try a.map(0).value(key, a.state).map { .value($0) } ?? .none
      },
      newindex: { a in
        guard let key = CheckpointValue(key: a[1]) else {
          throw TensorError("a map's keys are strings, numbers and booleans, not \(a[1].typeName)", kind: .type)
        }
        try a.map(0).set(key, try a.value(2))
        return .taken
      },
      names: { map in
        map.entries.keys.compactMap { key in
          if case .string(let name) = key { return name }
          return nil
        }
      })
  }

  private static var methods: [Function] {
    [
      Function(
        "keys", "(self: OrderedMap) -> table", help: "The keys, in order.",
        example: "nn.Linear(2, 2):state_dict():keys()"
      ) {
        a in .value(.list(try a.map(0).entries.keys.map { try $0.luaValue(a.state) }))
      },
      Function(
        "values", "(self: OrderedMap) -> table", help: "The values, in order.",
        example: "nn.Linear(2, 2):state_dict():values()"
      ) { a in
        let map = try a.map(0)
        return .value(.list(try map.entries.keys.map { try map.value($0, a.state) ?? .nil }))
      },
      Function(
        "items", "(self: OrderedMap) -> function", help: "Iterates over keys and values.",
        example: "for k, v in nn.Linear(2, 2):state_dict():items() do print(k) end"
      ) { a in
        let map = try a.map(0)
        let keys = map.entries.keys
        var next = keys.startIndex
        return .closure("next") { a in
          while next < keys.endIndex {
            let key = keys[next]
            next += 1
            if let value = try map.value(key, a.state) { return [try key.luaValue(a.state), value] }
          }
          return .nil
        }
      },
      Function(
        "get", "(self: OrderedMap, key: any, default: any = nil) -> any",
        help: "The value under a key, or the default.",
        example: "nn.Linear(2, 2):state_dict():get('bias')"
      ) { a in
        let value = try CheckpointValue(key: a[1]).flatMap { try a.map(0).value($0, a.state) }
        return .value(try value ?? a.value(2))
      },
      Function(
        "pop", "(self: OrderedMap, key: any, default: any = nil) -> any", help: "Takes an entry out.",
        example: "nn.Linear(2, 2):state_dict():pop('bias')"
      ) { a in
        let map = try a.map(0)
        guard let key = CheckpointValue(key: a[1]), let value = try map.value(key, a.state) else {
          guard a.has(2) else { throw TensorError("\(try a.state.toString(a.value(1)).string ?? "")", kind: .key) }
          return .value(try a.value(2))
        }
        map.set(key, .nil)
        return .value(value)
      },
      Function(
        "update", "(self: OrderedMap, other: OrderedMap|table)", help: "Takes over another map's entries.",
        example: "local sd = nn.Linear(2, 2):state_dict(); sd:update(sd)"
      ) { a in
        let map = try a.map(0)
        if let other = a[1].object(as: OrderedMap.self) {
          for key in other.entries.keys { map.set(key, try other.value(key, a.state) ?? .nil) }
        } else {
          try a[1].table?.forEachPair { key, value in
            if let key = CheckpointValue(key: key) { map.set(key, try value.value()) }
          }
        }
        return .none
      },
      Function(
        "copy", "(self: OrderedMap) -> OrderedMap", help: "Another map with the same entries.",
        example: "nn.Linear(2, 2):state_dict():copy()"
      ) { a in
        let map = try a.map(0)
        return .object(OrderedMap(map.entries, isOrderedDict: map.isOrderedDict, attributes: map.attributes))
      },
      Function(
        "clear", "(self: OrderedMap)", help: "Takes all entries out.", example: "nn.Linear(2, 2):state_dict():clear()"
      ) {
        a in
        try a.map(0).removeAll()
        return .none
      },
    ]
  }
}

extension Arguments {
  func map(_ index: Int) throws -> OrderedMap {
    if let map = self[index].object(as: OrderedMap.self) { return map }
    throw wrongType(index, expected: "OrderedMap")
  }
}
