import Lua
import Tensor

/// `local _ <close> = torch.no_grad()`: puts back what was before when the block ends.
final class GradGuard {
  private let gradEnabled: Bool
  private let inferenceMode: Bool
  private var isClosed = false

  /// Switches the modes.
  init(gradEnabled: Bool, inferenceMode: Bool? = nil) {
    let state = ThreadState.current
    self.gradEnabled = state.gradEnabled
    self.inferenceMode = state.inferenceMode
    state.gradEnabled = gradEnabled
    if let inferenceMode { state.inferenceMode = inferenceMode }
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    ThreadState.current.gradEnabled = gradEnabled
    ThreadState.current.inferenceMode = inferenceMode
  }

  static var declaration: LuaClass {
    LuaClass(
      "GradGuard", of: GradGuard.self,
      help:
        "What functions such as torch.no_grad() give without a function: kept in a variable `local _ <close>`, it ends the mode with the block.",
      example: "do local _ <close> = torch.no_grad() end\ntorch.is_grad_enabled() --> true",
      metamethods: [
        Function("__close") { a in
          try a.object(0, as: GradGuard.self).close()
          return .none
        }
      ])
  }

  /// The functions that switch modes: for a function given, or to the end of a block.
  static var functions: [Function] {
    [
      mode("no_grad", "Operations are not recorded: no gradients, less memory.", "false") {
        GradGuard(gradEnabled: false)
      },
      mode("enable_grad", "Operations are recorded, also where an outer no_grad() forbids it.", "true") {
        GradGuard(gradEnabled: true)
      },
      mode(
        "inference_mode", "Operations are not recorded, and tensors made then take no part in autograd ever.", "false"
      ) {
        GradGuard(gradEnabled: false, inferenceMode: true)
      },
      Function(
        "set_grad_enabled", "(mode: bool, fn: function? = nil) -> any",
        help: """
          Says whether operations are recorded: while fn runs, whose results are returned; or without fn to \
          the end of a block: local _ <close> = torch.set_grad_enabled(false).
          """,
        example: "torch.set_grad_enabled(false, torch.is_grad_enabled) --> false", placement: .function
      ) { a in try run(GradGuard(gradEnabled: a.bool(0)), a, function: 1) },
    ]
  }

  private static func mode(
    _ name: String, _ help: String, _ recorded: String, _ start: @escaping () -> GradGuard
  ) -> Function {
    Function(
      name, "(fn: function? = nil) -> any",
      help:
        "\(help) So it is while fn runs, whose results are returned; or without fn to the end of a block: local _ <close> = torch.\(name)().",
      example: "torch.\(name)(torch.is_grad_enabled) --> \(recorded)", placement: .function
    ) { a in
      if a.has(0) { _ = try a.function(0) }
      return try run(start(), a, function: 0)
    }
  }

  private static func run(_ mode: GradGuard, _ a: Arguments, function index: Int) throws -> LuaResults {
    guard a.has(index) else { return .object(mode) }
    defer { mode.close() }
    return .values(try a.state.call(.function(a.function(index))))
  }
}
