import Checkpoint
import Lua
import Tensor

/// Maps as Lua sees them. An entry hides a method of the same name.
extension OrderedMap {
  static var declaration: LuaClass {
    LuaClass(
      "OrderedMap", of: OrderedMap.self,
      help:
        "What a Python dict is here: entries in order, such as a state dict's. map[key] reads and assigns, map[key] = nil deletes, pairs(map) iterates, #map counts. An entry hides a method of the same name.",
      example: "sd = nn.Linear(2, 3):state_dict()\nsd.weight.shape --> torch.Size([3, 2])",
      options: [.dynamicFirst, .unique, .missingIsNil],
      methods: methods + StateDictMethods.all + SurgeryMethods.all,
      properties: [
        Property(
          "_metadata", "OrderedMap?",
          help: "The versions that a state dict keeps of its modules' layouts; nil for other maps.",
          example: "nn.Linear(2, 2):state_dict()._metadata ~= nil --> true",
          get: { a in .value(try a.map(0).metadata.map { .same($0) } ?? .nil) })
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
        Function("__tostring") { a in .string(try a.map(0).text(a.state)) },
      ],
      index: { a in
        guard let key = CheckpointValue(key: a[1]) else { return .none }
        return try a.map(0).value(key, a.state).map { .value($0) } ?? .none
      },
      newindex: { a in
        guard let key = CheckpointValue(key: a[1]) else {
          throw TensorError("a map's keys are strings, numbers and booleans, not \(a[1].typeName)", kind: .type)
        }
        let map = try a.map(0)
        if key == "_metadata", map.isOrderedDict, map.entries[key] == nil {
          let metadata = try a.value(2)
          guard metadata.isNil || metadata.object(as: OrderedMap.self) != nil else {
            throw TensorError("_metadata must be an OrderedMap or nil, not \(a[2].typeName)", kind: .type)
          }
          map.metadata = metadata.object(as: OrderedMap.self)
        } else {
          map.set(key, try a.value(2))
        }
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
        "keys", "(self: OrderedMap) -> table", help: "The keys, in order: a table.",
        example: "nn.Linear(2, 2):state_dict():keys() --> {\"weight\", \"bias\"}"
      ) {
        a in .value(.list(try a.map(0).entries.keys.map { try $0.luaValue(a.state) }))
      },
      Function(
        "values", "(self: OrderedMap) -> table", help: "The values, in order: a table.",
        example: "nn.Linear(2, 2):state_dict():values()[2].shape --> torch.Size([2])"
      ) { a in
        let map = try a.map(0)
        return .value(.list(try map.entries.keys.map { try map.value($0, a.state) ?? .nil }))
      },
      Function(
        "items", "(self: OrderedMap) -> function", help: "Iterates over keys and values, as pairs(map) does.",
        example: "for key in nn.Linear(2, 2):state_dict():items() do print(key) end"
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
        help: "The value under a key; the default, nil unless given, if there is none.",
        example: "nn.Linear(2, 2):state_dict():get('no', 0) --> 0"
      ) { a in
        let value = try CheckpointValue(key: a[1]).flatMap { try a.map(0).value($0, a.state) }
        return .value(try value ?? a.value(2))
      },
      Function(
        "pop", "(self: OrderedMap, key: any, default: any = nil) -> any",
        help: "Takes an entry out, and returns its value; without it the default, or an error if none is given.",
        example: """
          sd = nn.Linear(2, 2):state_dict()
          sd:pop('bias')
          sd:keys() --> {"weight"}
          """
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
        "update", "(self: OrderedMap, other: OrderedMap|table)",
        help: "Takes over the entries of another map or table; those under the same keys are replaced.",
        example: """
          sd = nn.Linear(2, 2):state_dict()
          sd:update{scale = 2}
          sd.scale --> 2
          """
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
        "copy", "(self: OrderedMap) -> OrderedMap",
        help: "Another map with the same entries, which shares the tensors.",
        example: "#nn.Linear(2, 2):state_dict():copy() --> 2"
      ) { a in
        let map = try a.map(0)
        return .object(map.copy())
      },
      Function(
        "clear", "(self: OrderedMap)", help: "Takes all entries out.",
        example: """
          sd = nn.Linear(2, 2):state_dict()
          sd:clear()
          #sd --> 0
          """
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
