import Glibc
import Lua

/// The module `time`: clocks, as Python's `time` has them.
enum TimeModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "time", help: "Clocks, as in Python's time.",
      functions: [
        Function(
          "perf_counter", "() -> float", help: "Seconds on a clock that only goes forward: for measuring.",
          example: "local start = require('time').perf_counter()"
        ) { _ in .number(seconds(CLOCK_MONOTONIC)) },
        Function("time", "() -> float", help: "Seconds since 1970.", example: "require('time').time()") { _ in
          .number(seconds(CLOCK_REALTIME))
        },
        Function("sleep", "(seconds: float)", help: "Waits.", example: "require('time').sleep(0.001)") { a in
          let duration = try a.double(0)
          guard duration >= 0, duration < 1e9 else { throw LuaError("sleep(): length must be non-negative") }
          var left = timespec(tv_sec: Int(duration), tv_nsec: Int(duration.truncatingRemainder(dividingBy: 1) * 1e9))
          nanosleep(&left, nil)
          return .none
        },
      ])
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}
