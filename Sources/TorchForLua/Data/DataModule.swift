import Lua
import Tensor
import Vision

/// The module `torch.utils.data`.
enum DataModule {
  static func declareUtils(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.utils", help: "What is useful around tensors and networks.",
      example: "#torch.utils.data.TensorDataset(torch.arange(4)) --> 4")
  }

  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.utils.data", help: "Datasets, and loaders of their batches.",
      example: "#torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.arange(4)), {batch_size = 2}) --> 2",
      functions: [randomSplit, defaultCollate],
      classes: DatasetClasses.all + SamplerClasses.all + [LoaderClass.declaration])
  }

  private static var randomSplit: Function {
    Function(
      "random_split", "(dataset: any, lengths: number[], generator: Generator? = nil) -> table",
      help:
        "Parts of a dataset that share no sample, drawn at random. The lengths are numbers of samples, or fractions that add up to 1.",
      example: """
        dataset = torch.utils.data.TensorDataset(torch.arange(10))
        train, val = table.unpack(torch.utils.data.random_split(dataset, {0.8, 0.2}))
        #val --> 2
        """
    ) { a in
      var lengths: [Double] = []
      try a.table(1).forEachElement { lengths.append($0.number ?? 0) }
      let parts = try a.dataset(0).randomSplit(lengths, generator: a.optionalObject(2))
      return .value(.objects(parts))
    }
  }

  private static var defaultCollate: Function {
    Function(
      "default_collate", "(batch: table) -> any...",
      help:
        "One batch of a list of samples: tensors and numbers stacked, tables element by element, texts as a list. A loader does this unless collate_fn is given.",
      example: "torch.utils.data.default_collate{0, 1} --> tensor([0, 1])"
    ) { a in
      var batch: [Sample] = []
      try a.table(0).forEachElement { batch.append(try Sample($0)) }
      return try Sample.collate(batch).results(a.state)
    }
  }
}

extension Sample {
  /// A sample as a dataset written in Lua gives it.
  init(_ value: StackValue) throws {
    if let tensor = value.tensor {
      self = .tensor(tensor)
    } else if let scalar = value.scalar {
      self = .scalar(scalar)
    } else if let text = value.string {
      self = .string(text)
    } else if let table = value.table, try value.metafield("__index", { _ in true }) == nil {
      self = try Sample(table)
    } else {
      self = value.isNil ? .none : .object(LuaBox(try value.value()))
    }
  }

  private init(_ table: StackTable) throws {
    guard table.count == 0, !table.isEmpty else {
      var elements: [Sample] = []
      try table.forEachElement { elements.append(try Sample($0)) }
      self = .list(elements)
      return
    }
    var pairs: [(key: String, value: Sample)] = []
    try table.forEachPair { key, value in
      guard let name = key.string else {
        throw TensorError("a sample's table holds elements from 1, or values under names", kind: .type)
      }
      pairs.append((name, try Sample(value)))
    }
    self = .map(pairs.sorted { $0.key < $1.key })
  }

  /// What a dataset's function returned: one value, or several that belong together.
  init(results: [StackValue]) throws {
    self = results.count == 1 ? try Sample(results[0]) : .tuple(try results.map { try Sample($0) })
  }

  /// The sample as one Lua value; several that belong together are a table.
  func luaValue(_ state: LuaState) -> LuaValue {
    switch self {
    case .none: return .nil
    case .tensor(let tensor):
      state.noteNativeAllocation(tensor.byteCount &+ 256)
      return .object(tensor)
    case .scalar(let scalar): return LuaValue(scalar)
    case .string(let text): return .string(text)
    case .tuple(let elements), .list(let elements): return .list(elements.map { $0.luaValue(state) })
    case .map(let pairs): return .map(pairs.map { (.string($0.key), $0.value.luaValue(state)) })
    case .object(let object): return (object as? LuaBox)?.value ?? .object(object)
    }
  }

  /// The sample as results of a function: several that belong together are several results.
  func results(_ state: LuaState) -> LuaResults {
    if case .tuple(let elements) = self { return .values(elements.map { $0.luaValue(state) }) }
    return .value(luaValue(state))
  }
}
