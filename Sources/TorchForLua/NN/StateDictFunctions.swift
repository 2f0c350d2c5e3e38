import Lua
import NN
import StateDicts
import Tensor
import Vision

extension ModuleClass {
  /// State dicts.
  static var stateMethods: [Function] {
    [
      Function(
        "state_dict", "(self: Module, *, prefix: string = '', keep_vars: bool = false) -> OrderedMap",
        help: """
          All parameters and persistent buffers by their paths, in order: an ordered map of the tensors \
          themselves, without history unless keep_vars. prefix stands before each name.
          """, example: "nn.Linear(2, 2):state_dict():keys() --> {\"weight\", \"bias\"}"
      ) { a in
        .object(OrderedMap(try a.module(0).stateDict(prefix: a.string(1), keepVariables: a.bool(2))))
      },
      Function(
        "load_state_dict",
        "(self: Module, state_dict: any, strict: bool = true, assign: bool = false, *, ignore_mismatched_sizes: bool = false) -> table, table",
        help: """
          Copies the values of a state dict into the parameters and buffers of the same names, or with \
          assign takes the tensors themselves. Gives the keys that were missing, and those that were \
          unexpected; with strict any of these is an error, as wrong shapes always are. \
          ignore_mismatched_sizes leaves out what has another shape, and gives those keys as a third \
          result. An error ends with a line that mends it.
          """,
        example: """
          net = nn.Linear(2, 2)
          net:load_state_dict({bias = torch.ones(2)}, {strict = false}) --> {"weight"}  {}
          """
      ) { a in
        let keys = try load(a)
        let lists: [LuaValue] = [.strings(keys.missing), .strings(keys.unexpected)]
        return .values(try a.bool(4) ? lists + [.strings(keys.mismatched)] : lists)
      },
      Function(
        "compare", "(self: Module, state_dict: any) -> StateDictComparison",
        help:
          "What of a state dict would load into the network, and why the rest would not: a table to print, and fields. Loads nothing.",
        example: "models.resnet18({num_classes = 5}):compare(models.resnet18():state_dict()).fits --> false"
      ) { a in
        let module = try a.module(0)
        let comparison = try compare(module, a[1])
        return .object(
          ComparisonObject(comparison, try LoadingHint(comparison, network: module, given: a[1], at: CallSite(a.state)))
        )
      },
    ]
  }

  private static func compare(_ module: Module, _ given: StackValue) throws -> StateDictComparison {
    try module.compare(with: try StateDict(given, depth: 3), architectures: Models.architectures)
  }

  /// The state dict that is argument 1. What else people pass has its own hint.
  private static func dictionary(_ a: Arguments) throws -> StateDict {
    do {
      return try StateDict(a[1])
    } catch let error as TensorError {
      let site = CallSite(a.state)
      let network = site.expression(for: try a.value(0)) ?? "net"
      func text(_ value: LuaValue, _ otherwise: String) -> String { site.expression(for: value) ?? otherwise }
      if a[1].object(as: Module.self) != nil {
        let other = text(try a.value(1), "other")
        throw TensorError(
          "\(error)\nhint: this is a network; it has a state dict:\n  \(network):load_state_dict(\(other):state_dict())",
          kind: .type)
      }
      if let path = a[1].string {
        throw TensorError(
          "\(error)\nhint: the name of a file is to be loaded first:\n  \(network):load_state_dict(torch.load(\(LuaText.quoted(path))))",
          kind: .type)
      }
      throw error
    }
  }

  private static func load(_ a: Arguments) throws -> IncompatibleKeys {
    let module = try a.module(0)
    func hint() throws -> LoadingHint {
      try LoadingHint(try compare(module, a[1]), network: module, given: a[1], at: CallSite(a.state))
    }
    let state = try dictionary(a)
    let strict = try a.bool(2)
    do {
      let keys = try module.loadStateDict(
        state, strict: strict, assign: a.bool(3), ignoreMismatchedSizes: a.bool(4))
      if !strict || !keys.mismatched.isEmpty {
        let comparison = try module.compare(with: state)
        if comparison.loadsLittle {
          CallSite(a.state).warn(
            "load_state_dict: \(comparison.matched.count) of the network's \(comparison.expected.keys.count) keys were loaded; the rest keeps its initial values\n\(try hint().text)"
          )
        }
      }
      return keys
    } catch let error as StateDictLoadingError {
      throw TensorError("\(error)\n\(try hint().text)")
    }
  }
}

/// What `net:compare(state_dict)` gives.
final class ComparisonObject {
  let comparison: StateDictComparison
  private let hint: LoadingHint

  init(_ comparison: StateDictComparison, _ hint: LoadingHint) {
    self.comparison = comparison
    self.hint = hint
  }

  private var text: String {
    var text = "\(comparison)"
    if !comparison.fits || !comparison.converted.isEmpty {
      text += "\ndiagnosis: \(diagnosis)"
      if let remedy = hint.remedy { text += "\n  \(remedy)" }
    }
    return text
  }

  private var diagnosis: String {
    let count = comparison.converted.count
    return hint.findings
      + (count > 0 && comparison.fits ? "; \(count) are converted to the network's types when they are loaded" : "")
  }

  static var declaration: LuaClass {
    func property(
      _ name: String, _ type: String, _ help: String, is shown: String? = nil,
      _ value: @escaping (ComparisonObject) -> LuaValue
    ) -> Property {
      Property(
        name, type, help: help,
        example: "nn.Linear(2, 2):compare({bias = torch.ones(2)}).\(name)" + (shown.map { " --> \($0)" } ?? ""),
        get: { a in .value(value(try a.object(0, as: ComparisonObject.self))) })
    }
    return LuaClass(
      "StateDictComparison", of: ComparisonObject.self,
      help: "What of a state dict fits a network, key by key, and why the rest does not; printed, a table.",
      example: "nn.Linear(2, 2):compare({bias = torch.ones(2)}).share > 0.3 --> true",
      properties: [
        property("matched", "table", "The keys that would load.", is: "{\"bias\"}") { .strings($0.comparison.matched) },
        property("missing_keys", "table", "Keys of the network that the state dict lacks.", is: "{\"weight\"}") {
          .strings($0.comparison.missingKeys)
        },
        property("unexpected_keys", "table", "Keys of the state dict that the network does not know.", is: "{}") {
          .strings($0.comparison.unexpectedKeys)
        },
        property(
          "mismatched", "table",
          "Keys of other shapes: {key =, shape =, expected =}, or with type = in place of shape where it is no tensor."
        ) { .list($0.comparison.mismatched.map(\.luaValue)) },
        property("converted", "table", "Keys of other types, which load converted: {key =, dtype =, expected =}.") {
          .list($0.comparison.converted.map(\.luaValue))
        },
        property("fits", "bool", "Whether it loads with strict on.", is: "false") { .boolean($0.comparison.fits) },
        property("share", "float", "The share of the network's parameters that would load, 0 to 1.") {
          .number($0.comparison.share)
        },
        property("diagnosis", "string", "Why it does not fit.") { .string($0.diagnosis) },
        property("remedy", "string?", "A line of Lua that makes it load.") {
          .optional($0.hint.remedy) { .string($0) }
        },
      ],
      metamethods: [
        Function("__tostring") { a in .string(try a.object(0, as: ComparisonObject.self).text) }
      ])
  }
}

extension StateDictComparison.Mismatch {
  fileprivate var luaValue: LuaValue {
    let found: (key: LuaValue, value: LuaValue)
    switch self.found {
    case .shape(let shape): found = ("shape", .object(SizeObject(shape)))
    case .noTensor(let typeName): found = ("type", .string(typeName))
    }
    return .map([("key", .string(key)), found, ("expected", .object(SizeObject(expected)))])
  }
}

extension StateDictComparison.Conversion {
  fileprivate var luaValue: LuaValue {
    .map([
      ("key", .string(key)), ("dtype", .object(DTypeObject.of(found))), ("expected", .object(DTypeObject.of(expected))),
    ])
  }
}
