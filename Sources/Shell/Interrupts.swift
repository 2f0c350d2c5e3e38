import Glibc
import Lua

/// Ctrl-C: SIGINT makes the running Lua code raise "interrupted!".
public enum Interrupts {
  // The handler reads these. They change only while it is not installed.
  nonisolated(unsafe) private static var handle: UnsafeMutableRawPointer?
  nonisolated(unsafe) private static var secondEndsProcess = false

  /// Runs `body` so that SIGINT interrupts it.
  ///
  /// - Parameter secondEndsProcess: whether a second SIGINT has its default effect, as in Lua's own program: the way out
  ///   of code that does not listen.
  public static func stopping<R>(
    _ state: LuaState, secondEndsProcess: Bool, _ body: () throws -> R
  ) rethrows -> R {
    state.clearInterrupt()
    handle = state.interruptHandle
    self.secondEndsProcess = secondEndsProcess
    var previous = sigaction()
    install(
      { _ in
        if Interrupts.secondEndsProcess { signal(SIGINT, SIG_DFL) }
        if let handle = Interrupts.handle { LuaState.interrupt(handle) }
      }, for: SIGINT, previous: &previous)
    defer {
      sigaction(SIGINT, &previous, nil)
      state.clearInterrupt()
    }
    return try body()
  }

  /// Installs a signal handler. System calls that it interrupts end with EINTR.
  static func install(
    _ handler: @escaping @convention(c) (Int32) -> Void, for signal: Int32, previous: UnsafeMutablePointer<sigaction>?
  ) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    sigemptyset(&action.sa_mask)
    sigaction(signal, &action, previous)
  }
}
