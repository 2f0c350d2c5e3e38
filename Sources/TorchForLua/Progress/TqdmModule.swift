import Glibc
import Lua

/// The module `tqdm`: called, it wraps what a loop goes through with a progress bar.
enum TqdmModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    let bars = OpenBars()
    let make = make(bars)
    return LuaModule(
      "tqdm", help: "Progress bars for loops: for x, y in tqdm(loader):iter() do.",
      example: "for i in tqdm(1, {disable = true}):iter() do print(i) end --> 0", functions: [make, write(bars)],
      classes: [barClass], call: make)
  }

  /// The bars that a line must not run into.
  private final class OpenBars {
    private struct Entry { weak var bar: ProgressBar? }
    private var entries: [Entry] = []

    func add(_ bar: ProgressBar) {
      entries.removeAll { $0.bar?.isShown != true }
      entries.append(Entry(bar: bar))
    }

    /// Runs `body` while no bar is shown.
    func cleared(_ body: () throws -> Void) rethrows {
      let shown = entries.compactMap(\.bar).filter(\.isShown)
      for bar in shown { bar.clear() }
      defer { for bar in shown { bar.refresh() } }
      try body()
    }
  }

  /// What a bar counts, and the bar.
  final class Progress {
    let iterable: LuaValue
    let bar: ProgressBar

    init(_ iterable: LuaValue, _ bar: ProgressBar) {
      self.iterable = iterable
      self.bar = bar
    }
  }

  private static func make(_ bars: OpenBars) -> Function {
    Function(
      "tqdm",
      "(iterable: any = nil, desc: string? = nil, total: number? = nil, leave: bool = true, *, ncols: int? = nil, mininterval: float = 0.1, ascii: bool = false, disable: bool = false, unit: string = 'it', unit_scale: bool = false, smoothing: float = 0.3, initial: number = 0, postfix: table? = nil, unit_divisor: float = 1000) -> ProgressBar",
      help:
        "A progress bar on the standard error stream. iterable is anything with iter() and a length, such as a loader, a list, an iterator function, or a number of steps; without one, update(n) counts on.",
      example: "for i in tqdm({7}, {desc = 'adding', disable = true}):iter() do print(i) end --> 7"
    ) { a in
      let iterable = try a.value(0)
      var meter = ProgressMeter()
      meter.description = try a.optionalString(1).map { $0.isEmpty ? "" : $0 + ": " } ?? ""
      meter.total = try a.optionalDouble(2) ?? length(of: a[0], iterable)
      meter.columns = try a.optionalInt(4)
      if let columns = meter.columns, columns.magnitude > ProgressMeter.mostColumns {
        throw LuaError("tqdm(): ncols must be at most \(ProgressMeter.mostColumns), not \(columns)")
      }
      meter.isASCII = try a.bool(6)
      meter.unit = try a.string(8)
      meter.scalesUnit = try a.bool(9)
      meter.initial = try a.double(11)
      meter.unitDivisor = try a.double(13)
      if a.has(12) { meter.postfix = try postfix(a[12]) }
      let bar = ProgressBar(
        meter, leaves: try a.bool(3), isDisabled: try a.bool(7), minimumInterval: try a.double(5),
        smoothing: try a.double(10))
      bars.add(bar)
      return .object(Progress(iterable, bar))
    }
  }

  private static func write(_ bars: OpenBars) -> Function {
    Function(
      "write", "(s: string)", help: "Prints a line that does not mix with the bars.",
      example: "tqdm.write 'half' --> half"
    ) { a in
      try bars.cleared { try printLine(a, 0) }
      return .none
    }
  }

  /// Prints a text by the script's own `print`, at once.
  private static func printLine(_ a: Arguments, _ index: Int) throws {
    let text = try a.string(index)
    fflush(nil)
    _ = try a.state.call(a.state.globals().get("print"), [.string(text)])
    fflush(nil)
  }

  private static func length(of value: StackValue, _ kept: LuaValue) throws -> Double? {
    switch value.kind {
    case .number: return value.number
    case .table, .userdata: return (try? value.state.length(kept)).map { Double($0) }
    default: return nil
    }
  }

  /// `name=value, …`, sorted by name; numbers with three digits.
  private static func postfix(_ value: StackValue) throws -> String {
    var pairs: [(String, String)] = []
    try value.table?.forEachPair { key, value in
      guard let name = key.string else { return }
      let text: String
      if let number = value.number {
        let full = try value.state.toString(try value.value()).string ?? ""
        let short = shortened(number)
        text = short.count < full.count ? short : full
      } else {
        text = try value.state.toString(try value.value()).string ?? ""
      }
      pairs.append((name, text))
    }
    return pairs.sorted { $0.0 < $1.0 }.map { "\($0)=\($1)" }.joined(separator: ", ")
  }

  /// A number with three digits: `%.3g`.
  private static func shortened(_ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 32)
    let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.3g", $0) }
    var text = String(decoding: buffer.prefix(Int(max(0, length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for sign in ["e+0", "e-0"] {
      if let range = text.firstRange(of: sign) { text.replaceSubrange(range, with: String(sign.dropLast())) }
    }
    return text
  }

  private static var barClass: LuaClass {
    LuaClass(
      "ProgressBar", of: Progress.self, help: "A progress bar, as tqdm() makes it.",
      example: "tqdm{total = 2, disable = true}.total --> 2",
      methods: [iterate] + changes,
      properties: [
        Property(
          "n", "number", help: "How far it is.", example: "tqdm{total = 2, disable = true}.n --> 0",
          get: { a in .value(number(try a.progress(0).bar.count)) },
          set: { a in try a.progress(0).bar.count = try a.double(1) }),
        Property(
          "total", "number?", help: "How far it goes.", example: "tqdm{total = 2, disable = true}.total --> 2",
          get: { a in .value(.optional(try a.progress(0).bar.total) { number($0) }) },
          set: { a in try a.progress(0).bar.total = a[1].number }),
      ],
      metamethods: [
        Function("__len") { a in .integer(Int(clamping: Int64(clampingTruncation: try a.progress(0).bar.total ?? 0))) },
        Function("__close") { a in
          try a.progress(0).bar.close()
          return .none
        },
        Function("__tostring") { a in .string(try a.progress(0).bar.meter.text) },
      ])
  }

  private static func number(_ value: Double) -> LuaValue {
    Int64(exactly: value).map { .integer($0) } ?? .number(value)
  }

  private static var iterate: Function {
    Function(
      "iter", "(self: ProgressBar) -> function", help: "Goes through what the bar wraps, and counts.",
      example: "for i in tqdm(1, {disable = true}):iter() do print(i) end --> 0"
    ) { a in
      let progress = try a.progress(0)
      let next = try step(progress.iterable, a.state)
      var hasStarted = false
      let body: (Arguments) throws -> LuaResults = { a in
        if hasStarted { progress.bar.update() }
        hasStarted = true
        guard let values = try next(a.state) else {
          progress.bar.close()
          return .nil
        }
        return .values(values)
      }
      // The bar ends with the loop, also where that is left early.
      return [.closure(LuaClosure("iter", body)), .nil, .nil, .argument(0)]
    }
  }

  /// Gives the next values of anything that a loop may go through; nil at the end.
  private static func step(_ iterable: LuaValue, _ state: LuaState) throws -> (LuaState) throws -> [LuaValue]? {
    if let count = iterable.integer {
      var next: Int64 = 0
      return { _ in
        guard next < count else { return nil }
        next += 1
        return [.integer(next - 1)]
      }
    }
    if let table = iterable.table, try table.count() > 0 {
      var next: Int64 = 0
      return { _ in
        next += 1
        let value = try table.get(.integer(next))
        return value.isNil ? nil : [value]
      }
    }
    var function = iterable
    if iterable.function == nil {
      guard !iterable.isNil else { throw LuaError("'tqdm' object has nothing to go through") }
      let method = try state.get(iterable, "iter")
      guard !method.isNil else { throw LuaError("tqdm: the value has no method iter") }
      function = try state.callForOne(method, [iterable])
    }
    return { state in
      let values = try state.call(function)
      return values.first.map { $0.isNil } ?? true ? nil : values
    }
  }

  private static var changes: [Function] {
    func change(
      _ name: String, _ parameters: String, _ help: String, _ arguments: String,
      _ body: @escaping (Arguments, ProgressBar) throws -> Void
    ) -> Function {
      Function(
        name, "(self: ProgressBar\(parameters.isEmpty ? "" : ", " + parameters))", help: help,
        example: "bar = tqdm{total = 2, disable = true}\nbar:\(name)(\(arguments))"
      ) { a in
        try body(a, a.progress(0).bar)
        return .none
      }
    }
    let refresh = "refresh: bool = true"
    return [
      change("update", "n: number = 1", "Counts on by n.", "1") { $1.update(try $0.double(1)) },
      change("set_description", "desc: string? = nil, \(refresh)", "Sets the text before the bar.", "'epoch 1'") {
        $1.setDescription(try $0.optionalString(1) ?? "", refresh: try $0.bool(2))
      },
      change("set_postfix", "values: table, \(refresh)", "Sets values behind the bar, by name.", "{loss = 0.25}") {
        $1.setPostfix(try postfix($0[1]), refresh: try $0.bool(2))
      },
      change("set_postfix_str", "s: string = '', \(refresh)", "Sets the text behind the bar.", "'half'") {
        $1.setPostfix(try $0.string(1), refresh: try $0.bool(2))
      },
      change("refresh", "", "Draws the bar anew.", "") { $1.refresh() },
      change("clear", "", "Takes the bar away until it is drawn again.", "") { $1.clear() },
      change("close", "", "Draws the last bar and ends the line.", "") { $1.close() },
      change("reset", "total: number? = nil", "Starts to count anew.", "") { a, bar in
        bar.count = 0
        if let total = try a.optionalDouble(1) { bar.total = total }
        bar.refresh()
      },
      change("write", "s: string", "Prints a line that does not mix with the bar.", "'half'") { a, bar in
        bar.clear()
        try printLine(a, 1)
        bar.refresh()
      },
    ]
  }
}

extension Arguments {
  fileprivate func progress(_ index: Int) throws -> TqdmModule.Progress { try object(index) }
}
