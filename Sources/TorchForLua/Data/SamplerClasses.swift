import Lua
import Tensor
import Vision

/// An order of positions, or of batches of them, that a script gives: a table, or an object with `iter` and `__len`.
final class ScriptedOrder {
  private let value: LuaValue
  private let handle: LuaStateHandle

  init(_ value: LuaValue, _ state: LuaState) {
    self.value = value
    handle = state.handle
  }

  func count() throws -> Int { try handle.open().length(value) }

  /// Goes through what the value gives; `nil` at the end.
  func start<Element>(_ convert: @escaping (StackValue) throws -> Element) throws -> () throws -> Element? {
    let state = try handle.open()
    let iterate = try state.withStackValue(of: value) { value in
      value.table?.count ?? 0 > 0 ? LuaValue.nil : try state.get(try value.value(), "iter")
    }
    guard !iterate.isNil else {
      var next = 0
      return { [value, handle] in
        let state = try handle.open()
        next += 1
        return try state.withStackValue(of: try state.get(value, .integer(Int64(next)))) { element in
          element.isNil ? nil : try convert(element)
        }
      }
    }
    let step = try state.callForOne(iterate, [value])
    return { [handle] in
      try handle.open().call(step, []) { results in
        guard let first = results.first, !first.isNil else { return nil }
        return try convert(first)
      }
    }
  }
}

private final class ScriptedSampler: Sampler {
  private let order: ScriptedOrder
  init(_ order: ScriptedOrder) { self.order = order }
  override func count() throws -> Int { try order.count() }
  override func positions() throws -> () throws -> Int? { try order.start { Int(try position($0)) } }
}

private final class ScriptedBatches: BatchSource {
  private let order: ScriptedOrder
  init(_ order: ScriptedOrder) { self.order = order }
  override func count() throws -> Int { try order.count() }
  override func batches() throws -> () throws -> [Int]? {
    try order.start { batch in
      guard let table = batch.table else {
        throw TensorError("a batch sampler gives tables of positions, not \(batch.typeName)", kind: .type)
      }
      var positions: [Int] = []
      try table.forEachElement { positions.append(Int(try position($0))) }
      return positions
    }
  }
}

private func position(_ value: StackValue) throws -> Int64 {
  guard let position = value.integer else {
    throw TensorError("a sampler gives positions, not \(value.typeName)", kind: .type)
  }
  return position
}

extension Arguments {
  /// A sampler: one of Swift's, a table of positions, or an object with `iter` and `__len`.
  func sampler(_ index: Int) throws -> Sampler {
    if let sampler = self[index].object(as: Sampler.self) { return sampler }
    switch self[index].kind {
    case .table, .userdata: return ScriptedSampler(ScriptedOrder(try value(index), state))
    default: throw wrongType(index, expected: "a sampler")
    }
  }

  /// As ``sampler(_:)``, for batches of positions.
  func batchSource(_ index: Int) throws -> BatchSource {
    if let batches = self[index].object(as: BatchSource.self) { return batches }
    switch self[index].kind {
    case .table, .userdata: return ScriptedBatches(ScriptedOrder(try value(index), state))
    default: throw wrongType(index, expected: "a batch sampler")
    }
  }
}

/// The classes of samplers.
enum SamplerClasses {
  static var all: [LuaClass] { [sampler, sequential, random, subsetRandom, weighted, batchSource, batch] }

  private static let data = "data = torch.utils.data.TensorDataset(torch.arange(4))\n"

  private static var sampler: LuaClass {
    LuaClass(
      "Sampler", of: Sampler.self, help: "An order of positions in a dataset.",
      example: data + "#torch.utils.data.RandomSampler(data) --> 4",
      methods: [
        Function(
          "iter", "(self: Sampler) -> function", help: "Goes through the positions.",
          example: data + "for i in torch.utils.data.SubsetRandomSampler({3}):iter() do print(i) end --> 3"
        ) { a in
          let next = try a.object(0, as: Sampler.self).positions()
          return .closure("iter") { _ in .value(.optional(try next()) { .integer(Int64($0)) }) }
        }
      ],
      metamethods: [Function("__len") { a in .integer(try a.object(0, as: Sampler.self).count()) }])
  }

  private static var sequential: LuaClass {
    LuaClass(
      "SequentialSampler", of: SequentialSampler.self, parent: "Sampler", help: "From the first to the last.",
      example: data + "#torch.utils.data.SequentialSampler(data) --> 4",
      constructor: Function(
        "SequentialSampler", "(data_source: any) -> SequentialSampler", help: "From the first to the last.",
        example: data + "#torch.utils.data.SequentialSampler(data) --> 4"
      ) { a in
        let dataset = try a.dataset(0)
        return .object(SequentialSampler { try dataset.count() })
      })
  }

  private static var random: LuaClass {
    LuaClass(
      "RandomSampler", of: RandomSampler.self, parent: "Sampler", help: "All positions in random order.",
      example: data + "#torch.utils.data.RandomSampler(data) --> 4",
      constructor: Function(
        "RandomSampler",
        "(data_source: any, replacement: bool = false, num_samples: int? = nil, generator: Generator? = nil) -> RandomSampler",
        help: "All positions in random order, or num_samples of them, which repeat with replacement.",
        example: data + "#torch.utils.data.RandomSampler(data, {replacement = true, num_samples = 9}) --> 9"
      ) { a in
        let dataset = try a.dataset(0)
        return .object(
          try RandomSampler(
            count: { try dataset.count() }, replacement: a.bool(1), sampleCount: a.optionalInt(2),
            generator: a.optionalObject(3)))
      })
  }

  private static var subsetRandom: LuaClass {
    LuaClass(
      "SubsetRandomSampler", of: SubsetRandomSampler.self, parent: "Sampler", help: "Given positions in random order.",
      example: "#torch.utils.data.SubsetRandomSampler{1, 3, 5} --> 3",
      constructor: Function(
        "SubsetRandomSampler", "(indices: int[], generator: Generator? = nil) -> SubsetRandomSampler",
        help: "Given positions in random order.",
        example: "#torch.utils.data.SubsetRandomSampler{1, 3, 5} --> 3"
      ) { a in .object(SubsetRandomSampler(try a.ints(0), generator: try a.optionalObject(1))) })
  }

  private static var weighted: LuaClass {
    LuaClass(
      "WeightedRandomSampler", of: WeightedRandomSampler.self, parent: "Sampler",
      help: "Positions drawn in proportion to their weights.",
      example: "#torch.utils.data.WeightedRandomSampler({0.1, 0.9}, 4) --> 4",
      constructor: Function(
        "WeightedRandomSampler",
        "(weights: number[]|Tensor, num_samples: int, replacement: bool = true, generator: Generator? = nil) -> WeightedRandomSampler",
        help: "num_samples positions, each drawn in proportion to its weight.",
        example: "#torch.utils.data.WeightedRandomSampler({0.1, 0.9}, 4) --> 4"
      ) { a in
        var weights = a[0].tensor
        if weights == nil {
          var values: [Double] = []
          try a.table(0).forEachElement { values.append($0.number ?? 0) }
          weights = try Tensor(values, shape: [values.count], dtype: .float64)
        }
        guard let weights else { throw a.wrongType(0) }
        return .object(
          try WeightedRandomSampler(weights, a.int(1), replacement: a.bool(2), generator: a.optionalObject(3)))
      })
  }

  private static var batchSource: LuaClass {
    LuaClass(
      "BatchSource", of: BatchSource.self, help: "The positions of each batch.",
      example: "#torch.utils.data.BatchSampler({0, 1, 2}, 2, false) --> 2",
      methods: [
        Function(
          "iter", "(self: BatchSource) -> function", help: "Goes through the batches, each a table of positions.",
          example: "for batch in torch.utils.data.BatchSampler({0, 1, 2}, 3, false):iter() do print(#batch) end --> 3"
        ) { a in
          let next = try a.object(0, as: BatchSource.self).batches()
          return .closure("iter") { _ in .value(.optional(try next()) { .integers($0) }) }
        }
      ],
      metamethods: [Function("__len") { a in .integer(try a.object(0, as: BatchSource.self).count()) }])
  }

  private static var batch: LuaClass {
    LuaClass(
      "BatchSampler", of: BatchSampler.self, parent: "BatchSource", help: "Batches of what a sampler gives.",
      example: "#torch.utils.data.BatchSampler({0, 1, 2}, 2, true) --> 1",
      constructor: Function(
        "BatchSampler", "(sampler: any, batch_size: int, drop_last: bool) -> BatchSampler",
        help: "Batches of the positions that a sampler gives; drop_last leaves out a last one that is smaller.",
        example: "#torch.utils.data.BatchSampler({0, 1, 2}, 2, false) --> 2"
      ) { a in .object(try BatchSampler(a.sampler(0), batchSize: a.int(1), dropLast: a.bool(2))) })
  }
}
