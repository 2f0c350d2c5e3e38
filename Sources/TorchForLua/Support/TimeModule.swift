import Glibc
import Lua
import Supervision

/// The module `time`: clocks, as Python's `time` has them.
enum TimeModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "time", help: "Clocks, as in Python's time.", example: "require('time').time() > 1.7e9 --> true",
      functions: [
        Function(
          "perf_counter", "() -> float",
          help: "Seconds on a clock that only goes forward, from any start: for measuring.",
          example: """
            start = require('time').perf_counter()
            require('time').perf_counter() >= start --> true
            """
        ) { _ in .number(seconds(CLOCK_MONOTONIC)) },
        Function(
          "time", "() -> float", help: "Seconds since the beginning of 1970, with fractions.",
          example: "require('time').time() > 1.7e9 --> true"
        ) { _ in
          .number(seconds(CLOCK_REALTIME))
        },
        Function(
          "sleep", "(seconds: float)", help: "Waits so many seconds, with fractions.",
          example: "require('time').sleep(0.001)"
        ) { a in
          let duration = try a.double(0)
          guard duration >= 0, duration < 1e9 else { throw LuaError("sleep(): length must be non-negative") }
          var left = timespec(tv_sec: Int(duration), tv_nsec: Int(duration.truncatingRemainder(dividingBy: 1) * 1e9))
          var rest = timespec()
          while nanosleep(&left, &rest) != 0, errno == EINTR {
            try Interruption.check()
            left = rest
          }
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
