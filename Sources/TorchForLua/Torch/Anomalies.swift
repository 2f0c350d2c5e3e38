import Lua
import Tensor

/// `torch.autograd.detect_anomaly` and `set_detect_anomaly`.
enum Anomalies {
  static var all: [Function] {
    [
      Function(
        "set_detect_anomaly", "(mode: bool, check_nan: bool = true)",
        help:
          "Whether to remember where each operation was recorded: an error in its gradient, or a gradient that is not a number, is then reported with that place. It costs time.",
        example: "torch.autograd.set_detect_anomaly(false)\ntorch.autograd.is_anomaly_enabled() --> false",
        placement: .function
      ) { a in
        AnomalyMode.settings = try settings(isEnabled: a.bool(0), checksNaN: a.bool(1), a.state)
        return .none
      },
      Function(
        "detect_anomaly", "(fn: function? = nil, check_nan: bool = true) -> any",
        help:
          "As set_detect_anomaly, while fn runs, whose results it returns, or to the end of a block: local _ <close> = torch.autograd.detect_anomaly().",
        example: "torch.autograd.detect_anomaly(function() return torch.ones(2) * 2 end) --> tensor([2., 2.])",
        placement: .function
      ) { a in
        let guardian = AnomalyGuard(before: AnomalyMode.settings)
        AnomalyMode.settings = try settings(isEnabled: true, checksNaN: a.bool(1), a.state)
        guard a.has(0) else { return .object(guardian) }
        defer { guardian.close() }
        return .values(try a.state.call(.function(a.function(0))))
      },
      Function(
        "is_anomaly_enabled", "() -> bool", help: "Whether anomalies are looked for.",
        example: "torch.autograd.is_anomaly_enabled() --> false", placement: .function
      ) { _ in .boolean(AnomalyMode.settings.isEnabled) },
    ]
  }

  private static func settings(isEnabled: Bool, checksNaN: Bool, _ state: LuaState) -> AnomalyMode.Settings {
    let handle = state.handle
    return AnomalyMode.Settings(
      isEnabled: isEnabled, checksNaN: checksNaN, locate: { (try? handle.state?.traceback()) ?? "" },
      warn: { StandardError.write("Warning: \($0)\n") })
  }
}

/// `local _ <close> = torch.autograd.detect_anomaly()`: puts back what was before when the block ends.
final class AnomalyGuard {
  private var before: AnomalyMode.Settings?

  init(before: AnomalyMode.Settings) { self.before = before }

  func close() {
    if let before { AnomalyMode.settings = before }
    before = nil
  }

  static var declaration: LuaClass {
    LuaClass(
      "AnomalyGuard", of: AnomalyGuard.self,
      help: "What ends the search for anomalies at the end of a block.",
      example:
        "do local _ <close> = torch.autograd.detect_anomaly() end\ntorch.autograd.is_anomaly_enabled() --> false",
      metamethods: [
        Function("__close") { a in
          try a.object(0, as: AnomalyGuard.self).close()
          return .none
        }
      ])
  }
}
