import Lua
import Tensor
import Vision

/// A dataset that is a Lua value: an object with the methods `__getitem` (or `get`) and `__len`, or a plain list of samples.
final class ScriptedDataset: Dataset {
  let value: LuaValue
  private let handle: LuaStateHandle

  init(_ value: LuaValue, _ state: LuaState) {
    self.value = value
    handle = state.handle
    super.init()
  }

  override func count() throws -> Int { try handle.open().length(value) }

  override func sample(at index: Int) throws -> Sample {
    let state = try handle.open()
    let method = try method(state)
    guard !method.isNil else {
      return try state.withStackValue(of: try state.get(value, .integer(Int64(index) + 1))) { try Sample($0) }
    }
    return try state.call(method, [value, .integer(Int64(index))]) { try Sample(results: $0) }
  }

  /// The method that gives a sample; nil for a plain list.
  private func method(_ state: LuaState) throws -> LuaValue {
    let isPlain = try state.withStackValue(of: value) { value in
      try value.kind == .table && value.metafield("__index", { _ in true }) == nil && value.table?.count ?? 0 > 0
    }
    if isPlain { return .nil }
    for name in ["__getitem", "get"] {
      let method = try state.get(value, .string(name))
      if !method.isNil { return method }
    }
    throw TensorError(
      "a dataset is an object of torch.utils.data, a list of samples, or an object with methods __getitem and __len",
      kind: .type)
  }

  /// `torch.utils.data.Dataset(name[, parent])`: a class of datasets.
  static func define(_ name: String, parent: LuaValue, in state: LuaState) throws -> LuaValue {
    try state.load(classChunk.utf8, name: "=Dataset").callForOne(.string(name), parent)
  }

  private static let classChunk = """
    local name, parent = ...
    local class, objects = {}, {__name = name}
    local function missing(method)
      return function() error(("Subclasses of Dataset should implement %s."):format(method), 2) end
    end
    function objects.__index(self, key)
      local member = class[key]
      if member ~= nil or math.type(key) ~= "integer" then return member end
      local sample = table.pack(self:__getitem(key))
      if sample.n == 1 then return sample[1] end
      sample.n = nil
      return sample
    end
    function objects.__len(self) return self:__len() end
    setmetatable(class, {
      __name = name,
      __index = parent or {__getitem = missing("__getitem"), __len = missing("__len")},
      __tostring = function() return ("<class '%s'>"):format(name) end,
      __call = function(_, ...)
        local self = setmetatable({}, objects)
        if self.__init then self:__init(...) end
        return self
      end,
    })
    return class
    """
}

extension Arguments {
  /// A dataset: one of Swift's, or any that a script made.
  func dataset(_ index: Int) throws -> Dataset {
    if let dataset = self[index].object(as: Dataset.self) { return dataset }
    switch self[index].kind {
    case .table, .userdata: return ScriptedDataset(try value(index), state)
    default: throw wrongType(index, expected: "a dataset")
    }
  }
}

/// The classes of datasets.
enum DatasetClasses {
  static var all: [LuaClass] { [dataset, scripted, tensorDataset, subset, concatDataset] }

  private static var dataset: LuaClass {
    LuaClass(
      "Dataset", of: Dataset.self, help: "Samples by position, counted from 0: dataset[0], #dataset.",
      example: "torch.utils.data.TensorDataset(torch.arange(4))[1][1] --> tensor(1)",
      constructor: Function(
        "Dataset", "(name: string = 'Dataset', parent: table? = nil) -> table",
        help:
          "A new class of datasets. Give it the methods __init, __len and __getitem(index), which returns a sample, such as an image and its label.",
        example: """
          Squares = torch.utils.data.Dataset("Squares")
          function Squares:__init(n) self.n = n end
          function Squares:__len() return self.n end
          function Squares:__getitem(i) return torch.tensor(i), i * i end
          for x, y in torch.utils.data.DataLoader(Squares(2), {batch_size = 2}):iter() do print(y) end --> tensor([0, 1])
          """
      ) { a in .value(try ScriptedDataset.define(a.string(0), parent: a.value(1), in: a.state)) },
      methods: [
        Function(
          "__getitem", "(self: Dataset, index: int) -> any...", help: "The sample at a position, as several results.",
          example: "torch.utils.data.TensorDataset(torch.arange(2)):__getitem(1) --> tensor(1)"
        ) { a in try a.object(0, as: Dataset.self)[a.int(1)].results(a.state) }
      ],
      metamethods: [Function("__len") { a in .integer(try a.object(0, as: Dataset.self).count()) }],
      index: { a in
        guard let index = a[1].integer else { return .none }
        return .value(try a.object(0, as: Dataset.self)[Int(index)].luaValue(a.state))
      })
  }

  /// A dataset that a script wrote, where one of Swift's holds it.
  private static var scripted: LuaClass {
    LuaClass(
      "ScriptedDataset", of: ScriptedDataset.self, parent: "Dataset",
      help: "A dataset written in Lua, as one of the others holds it.",
      example: "#torch.utils.data.Subset({5, 6, 7}, {0, 2}) --> 2")
  }

  private static var tensorDataset: LuaClass {
    LuaClass(
      "TensorDataset", of: TensorDataset.self, parent: "Dataset", help: "Tensors whose rows belong together.",
      example: "#torch.utils.data.TensorDataset(torch.rand(4, 2), torch.arange(4)) --> 4",
      constructor: Function(
        "TensorDataset", "(tensors: Tensor...) -> TensorDataset",
        help: "A dataset whose sample i is row i of each tensor.",
        example: "torch.utils.data.TensorDataset(torch.rand(4, 2), torch.arange(4))[3][2] --> tensor(3)"
      ) { a in .object(try TensorDataset(a.tensors(0))) },
      properties: [
        Property(
          "tensors", "table", help: "The tensors, as they were given.",
          example: "torch.utils.data.TensorDataset(torch.arange(2)).tensors[1] --> tensor([0, 1])",
          get: { a in .value(.list(try a.object(0, as: TensorDataset.self).tensors.map { .same($0) })) })
      ])
  }

  private static var subset: LuaClass {
    LuaClass(
      "Subset", of: Subset.self, parent: "Dataset", help: "Some samples of another dataset.",
      example: "torch.utils.data.Subset({5, 6, 7}, {2, 0})[0] --> 7",
      constructor: Function(
        "Subset", "(dataset: any, indices: int[]) -> Subset", help: "The samples at the given positions.",
        example: "#torch.utils.data.Subset({5, 6, 7}, {2, 0}) --> 2"
      ) { a in .object(Subset(try a.dataset(0), try a.ints(1))) },
      properties: [
        Property(
          "indices", "table", help: "The positions in the whole dataset.",
          example: "torch.utils.data.Subset({5, 6, 7}, {2, 0}).indices --> {2, 0}",
          get: { a in .value(.integers(try a.object(0, as: Subset.self).indices)) }),
        Property(
          "dataset", "Dataset", help: "The whole dataset.",
          example: "torch.utils.data.Subset({5, 6, 7}, {2, 0}).dataset --> {5, 6, 7}",
          get: { a in .value(try a.object(0, as: Subset.self).dataset.luaValue) }),
      ])
  }

  private static var concatDataset: LuaClass {
    LuaClass(
      "ConcatDataset", of: ConcatDataset.self, parent: "Dataset", help: "Datasets one after the other.",
      example: "torch.utils.data.ConcatDataset{{1, 2}, {3}}[2] --> 3",
      constructor: Function(
        "ConcatDataset", "(datasets: table) -> ConcatDataset", help: "Datasets one after the other.",
        example: "#torch.utils.data.ConcatDataset{{1, 2}, {3}} --> 3"
      ) { a in
        var datasets: [Dataset] = []
        try a.table(0).forEachElement { element in
          datasets.append(
            try element.object(as: Dataset.self) ?? ScriptedDataset(try element.value(), a.state))
        }
        return .object(try ConcatDataset(datasets))
      },
      properties: [
        Property(
          "cumulative_sizes", "table", help: "Where each dataset ends.",
          example: "torch.utils.data.ConcatDataset{{1, 2}, {3}}.cumulative_sizes --> {2, 3}",
          get: { a in .value(.integers(try a.object(0, as: ConcatDataset.self).cumulativeSizes)) })
      ])
  }
}

extension Dataset {
  /// The dataset as scripts know it.
  var luaValue: LuaValue { (self as? ScriptedDataset)?.value ?? .object(self) }
}
