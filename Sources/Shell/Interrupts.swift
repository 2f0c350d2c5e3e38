import Glibc
import Supervision
import Lua

/// Ctrl-C: SIGINT makes the running Lua code, and the native code that it called, raise "interrupted!".
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
    clear(state)
    handle = state.interruptHandle
    self.secondEndsProcess = secondEndsProcess
    var previous = sigaction()
    install(
      { _ in
        if Interrupts.secondEndsProcess { signal(SIGINT, SIG_DFL) }
        Interruption.request()
        if let handle = Interrupts.handle { LuaState.interrupt(handle) }
      }, for: SIGINT, previous: &previous)
    defer {
      sigaction(SIGINT, &previous, nil)
      clear(state)
    }
    return try body()
  }

  private static func clear(_ state: LuaState) {
    Interruption.clear()
    state.clearInterrupt()
  }

  /// Installs a signal handler. System calls that it interrupts end with EINTR.
  ///
  /// It runs on a stack of its own: kernels of oneDNN keep values where a handler on theirs would write.
  static func install(
    _ handler: @escaping @convention(c) (Int32) -> Void, for signal: Int32, previous: UnsafeMutablePointer<sigaction>?
  ) {
    _ = hasStack
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = SA_ONSTACK
    sigemptyset(&action.sa_mask)
    sigaction(signal, &action, previous)
  }

  /// Whether the main thread, to which the system gives signals first, has a stack for handlers.
  private static let hasStack: Bool = {
    let byteCount = 1 << 16
    var stack = stack_t()
    stack.ss_sp = .allocate(byteCount: byteCount, alignment: 64)
    stack.ss_size = byteCount
    return sigaltstack(&stack, nil) == 0
  }()
}
