import Lua
import Tensor
import Vision

/// `torch.utils.data.DataLoader`, as Lua sees it.
final class Loader {
  let loader: DataLoader
  let batchSize: Int?
  let dropsLast: Bool

  init(_ loader: DataLoader, batchSize: Int?, dropsLast: Bool) {
    self.loader = loader
    self.batchSize = batchSize
    self.dropsLast = dropsLast
  }
}

enum LoaderClass {
  private static let data =
    "data = torch.utils.data.TensorDataset(torch.rand(10, 3), torch.arange(10))\nloader = torch.utils.data.DataLoader(data, {batch_size = 4})\n"

  static var declaration: LuaClass {
    LuaClass(
      "DataLoader", of: Loader.self, help: "Batches of a dataset: for x, y in loader:iter() do. #loader counts them.",
      example: data + "#loader --> 3",
      constructor: constructor,
      methods: [
        Function(
          "iter", "(self: DataLoader) -> function",
          help: "Goes through the batches once: what belongs together in a sample comes as several values.",
          example: data + "for x, y in loader:iter() do print(#y) break end --> 4"
        ) { a in
          let next = try a.object(0, as: Loader.self).loader.start()
          return .closure("iter") { a in try next()?.results(a.state) ?? .nil }
        }
      ],
      properties: [
        property("dataset", "Dataset", "Where the samples come from.", "#loader.dataset --> 10") {
          $0.loader.dataset.luaValue
        },
        property("batch_size", "int?", "How many samples a batch has.", "loader.batch_size --> 4") {
          .optional($0.batchSize) { .integer(Int64($0)) }
        },
        property("drop_last", "bool", "Whether a last batch that is smaller is left out.", "loader.drop_last --> false")
        { .boolean($0.dropsLast) },
        property(
          "num_workers", "int", "Of how many worker processes to follow the random numbers.", "loader.num_workers --> 0"
        ) {
          .integer(Int64($0.loader.workerCount))
        },
        property("batch_sampler", "BatchSource?", "The positions of each batch.", "#loader.batch_sampler --> 3") {
          if case .batches(let batches) = $0.loader.order { .object(batches) } else { .nil }
        },
        property("sampler", "Sampler?", "The order of the samples.", "#loader.sampler --> 10") {
          switch $0.loader.order {
          case .batches(let batches): .optional((batches as? BatchSampler)?.sampler) { .object($0) }
          case .samples(let sampler): .object(sampler)
          }
        },
      ],
      metamethods: [Function("__len") { a in .integer(try a.object(0, as: Loader.self).loader.count()) }])
  }

  private static func property(
    _ name: String, _ type: String, _ help: String, _ example: String, _ get: @escaping (Loader) -> LuaValue
  ) -> Property {
    Property(
      name, type, help: help, example: data + example, get: { a in .value(get(try a.object(0, as: Loader.self))) })
  }

  private static var constructor: Function {
    Function(
      "DataLoader",
      "(dataset: any, batch_size: int|bool = 1, shuffle: bool? = nil, sampler: any = nil, batch_sampler: any = nil, num_workers: int = 0, collate_fn: callable? = nil, pin_memory: bool = false, drop_last: bool = false, timeout: float = 0, worker_init_fn: callable? = nil, multiprocessing_context: any = nil, generator: Generator? = nil, *, prefetch_factor: int? = nil, persistent_workers: bool = false, pin_memory_device: string = '', in_order: bool = true) -> DataLoader",
      help:
        "Batches of a dataset, in order or shuffled, in the order that PyTorch gives after the same seed. batch_size = false hands out samples one by one. collate_fn gets a table of samples and makes a batch of them. num_workers changes only which random numbers transforms draw: everything runs in this process.",
      example: data + "#torch.utils.data.DataLoader(data, {batch_size = 4, shuffle = true, drop_last = true}) --> 2"
    ) { a in
      let dataset = try a.dataset(0)
      let batchSize: Int? = a[1].boolean == false ? nil : try a.int(1)
      let (shuffles, drops, generator) = (
        try a.optionalBool(2) ?? false, try a.bool(8), try a.optionalObject(12, as: Generator.self)
      )
      try check(a, shuffles: shuffles, batchSize: batchSize, drops: drops)
      func sampler() throws -> Sampler {
        if a.has(3) { return try a.sampler(3) }
        return shuffles
          ? try RandomSampler(count: { try dataset.count() }, generator: generator)
          : SequentialSampler { try dataset.count() }
      }
      let order: DataLoader.Order
      if a.has(4) {
        order = .batches(try a.batchSource(4))
      } else if let batchSize {
        order = .batches(try BatchSampler(sampler(), batchSize: batchSize, dropLast: drops))
      } else {
        order = .samples(try sampler())
      }
      var collate: DataLoader.Collate = Sample.collate
      if a.has(6) {
        let (function, handle) = (try a.value(6), a.state.handle)
        collate = { samples in
          let state = try handle.open()
          return try state.call(function, [.list(samples.map { $0.luaValue(state) })]) { results in
            // A table that the function made stays what it is.
            let values = try results.map { Sample.object(LuaBox(try $0.value())) }
            return values.count == 1 ? values[0] : .tuple(values)
          }
        }
      }
      let loader = try DataLoader(
        dataset, order: order, workerCount: a.int(5), generator: generator, collate: collate)
      return .object(Loader(loader, batchSize: a.has(4) ? nil : batchSize, dropsLast: drops))
    }
  }

  /// Which options exclude each other, in PyTorch's words.
  private static func check(_ a: Arguments, shuffles: Bool, batchSize: Int?, drops: Bool) throws {
    func value(_ message: String) -> TensorError { TensorError(message, kind: .value) }
    let workers = try a.int(5)
    if try a.double(9) < 0 { throw value("timeout option should be non-negative") }
    if workers == 0, a.has(13) {
      throw value(
        "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
      )
    }
    if workers == 0, try a.bool(14) { throw value("persistent_workers option needs num_workers > 0") }
    if a.has(3), shuffles { throw value("sampler option is mutually exclusive with shuffle") }
    if a.has(4) {
      if batchSize != 1 || shuffles || a.has(3) || drops {
        throw value("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
      }
    } else if batchSize == nil, drops {
      throw value("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
    }
  }
}
