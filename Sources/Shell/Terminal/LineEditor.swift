@preconcurrency import CReadline
import Glibc
import Lua

/// Reads lines from the terminal with GNU Readline.
///
/// Readline is driven character by character, so that signals are dealt with here: Ctrl-C gives up the line, and a new
/// window size redraws it.
final class LineEditor {
  enum Event {
    case line(String)
    /// Ctrl-D on an empty line, or the terminal is gone.
    case end
    /// Ctrl-C, and whether nothing had been typed since the prompt.
    case interrupt(wasUntouched: Bool)
  }

  /// Offers what may follow the text before the cursor.
  typealias Complete = (_ line: [UInt8]) -> Completion

  // Readline calls functions without a context; one editor reads at a time.
  nonisolated(unsafe) private static var complete: Complete?
  nonisolated(unsafe) private static var event: Event?
  nonisolated(unsafe) private static var isUntouched = true
  // Set by signal handlers.
  nonisolated(unsafe) private static var isInterrupted = false
  nonisolated(unsafe) private static var isResized = false
  nonisolated(unsafe) private static var isContinued = false
  /// SIGTERM or SIGHUP.
  nonisolated(unsafe) private static var ending: Int32?
  /// Signal handlers write a byte here, as a signal may arrive on a thread of a library, where it ends no wait of ours.
  nonisolated(unsafe) private static var wake: (reading: Int32, writing: Int32) = (-1, -1)

  private static func wakeUp() {
    var byte: UInt8 = 0
    _ = write(wake.writing, &byte, 1)
  }

  init(complete: @escaping Complete) {
    Self.complete = complete
    rl_readline_name = UnsafePointer(strdup("nnlua"))
    rl_catch_signals = 0
    rl_catch_sigwinch = 0
    // Words are names: what candidates replace beyond that is dealt with in `matches`.
    let others = (1..<127).map { UInt8($0) }.filter { !LuaScanner.isNameByte($0) }
    rl_completer_word_break_characters = UnsafePointer(strdup(String(decoding: others, as: UTF8.self)))
    rl_basic_quote_characters = UnsafePointer(strdup(""))
    rl_attempted_completion_function = { _, start, end in
      LineEditor.matches(start: Int(start), end: Int(end))
    }
    using_history()
    var ends: [Int32] = [-1, -1]
    if Self.wake.reading < 0, pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      Self.wake = (ends[0], ends[1])
    }
  }

  /// Adds a line to those that the arrow keys bring back.
  func remember(_ line: String) { add_history(line) }

  /// Lets somebody edit a line.
  func readLine(prompt: String) -> Event {
    Self.event = nil
    Self.isUntouched = true
    Self.isInterrupted = false
    let signals = [SIGINT, SIGWINCH, SIGCONT, SIGTERM, SIGHUP]
    var previous = signals.map { _ in sigaction() }
    Interrupts.install(
      { _ in
        LineEditor.isInterrupted = true
        LineEditor.wakeUp()
      }, for: SIGINT, previous: &previous[0])
    Interrupts.install(
      { _ in
        LineEditor.isResized = true
        LineEditor.wakeUp()
      }, for: SIGWINCH, previous: &previous[1])
    Interrupts.install(
      { _ in
        LineEditor.isContinued = true
        LineEditor.wakeUp()
      }, for: SIGCONT, previous: &previous[2])
    for index in 3...4 {
      Interrupts.install(
        { signal in
          LineEditor.ending = signal
          LineEditor.wakeUp()
        }, for: signals[index], previous: &previous[index])
    }
    defer {
      for (signal, action) in zip(signals, previous) {
        var action = action
        sigaction(signal, &action, nil)
      }
    }
    rl_callback_handler_install(prompt) { line in
      LineEditor.event = line.map { .line(String(cString: $0)) } ?? .end
      free(line)
      rl_callback_handler_remove()
    }
    rl_resize_terminal()
    while Self.event == nil {
      var input = [
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
        pollfd(fd: Self.wake.reading, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&input, nfds_t(input.count), -1)
      if count <= 0 || input[1].revents != 0 {
        var byte: UInt8 = 0
        while read(Self.wake.reading, &byte, 1) > 0 {}
        handleSignals()
      } else {
        Self.isUntouched = false
        rl_callback_read_char()
      }
    }
    return Self.event ?? .end
  }

  private func handleSignals() {
    if let ending = Self.ending {
      // The end that was asked for, with the terminal as it was.
      rl_callback_handler_remove()
      signal(ending, SIG_DFL)
      raise(ending)
    }
    if Self.isResized {
      Self.isResized = false
      rl_resize_terminal()
    }
    if Self.isContinued {
      Self.isContinued = false
      rl_prep_terminal(1)
      rl_forced_update_display()
    }
    if Self.isInterrupted {
      Self.isInterrupted = false
      Self.event = .interrupt(wasUntouched: Self.isUntouched)
      rl_callback_sigcleanup()
      rl_callback_handler_remove()
      Console.write("^C\n")
    }
  }

  // MARK: Completion

  /// Candidates as Readline takes them: an array of the common beginning and the candidates, for the text between
  /// `start` and `end`.
  private static func matches(start: Int, end: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    rl_attempted_completion_over = 1
    guard let complete, let buffer = rl_line_buffer else { return nil }
    let line = Array(UnsafeRawBufferPointer(start: buffer, count: end))
    let completion = complete(line)
    rl_completion_append_character = completion.suffix.utf8.first.map { Int32($0) } ?? 0
    let texts = completion.candidates.map { candidate in
      let bytes = Array(candidate.utf8)
      return completion.start < start
        ? Array(bytes.dropFirst(start - completion.start)) : Array(line[start..<completion.start]) + bytes
    }
    guard let first = texts.first else { return nil }
    let common = texts.dropFirst().reduce(first) { common, text in
      Array(zip(common, text).prefix { $0 == $1 }.map(\.0))
    }
    let all = texts.count == 1 ? [common] : [common] + texts
    let count = all.count + 1
    guard
      let memory = calloc(count, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)?
        .bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: count)
    else { return nil }
    for (index, text) in all.enumerated() { memory[index] = strdup(String(decoding: text, as: UTF8.self)) }
    return memory
  }
}
