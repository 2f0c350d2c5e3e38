import Glibc
import TestSupport

/// A terminal at which the tests sit, with the program's shell on it.
final class PseudoTerminal {
  private let master: Int32
  private let process: pid_t
  /// All that the program has written.
  private(set) var screen = ""
  private var unread = ""

  struct Silence: Error, CustomStringConvertible {
    let expected: String
    let screen: String
    var description: String { "'\(expected)' did not come; the terminal shows:\n\(screen)" }
  }

  /// Starts the program's shell, or what the arguments say.
  init(_ arguments: [String] = [], folder: TemporaryFolder, environment: [String: String] = [:]) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var number: Int32 = 0
    var isLocked: Int32 = 0
    // TIOCSPTLCK and TIOCGPTN, which the headers hide: unlock the other end, and ask for its number.
    guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
      throw Program.CannotRun(code: errno)
    }
    let end = "/dev/pts/\(number)"
    var size = winsize(ws_row: 30, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(master, UInt(TIOCSWINSZ), &size) == 0 else { throw Program.CannotRun(code: errno) }
    var variables = [
      "TERM": "xterm", "HOME": folder.path, "XDG_STATE_HOME": folder.path, "XDG_CONFIG_HOME": folder.path,
      "INPUTRC": "/dev/null", "NO_COLOR": "1",
    ]
    variables.merge(environment) { $1 }
    process = try Program.spawn(arguments, environment: variables, inNewSession: true) { actions in
      for descriptor in 0...2 { posix_spawn_file_actions_addopen(&actions, Int32(descriptor), end, O_RDWR, 0) }
    }
  }

  deinit {
    close(master)
    kill(process, SIGKILL)
    _ = Program.wait(for: process)
  }

  func type(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(master, $0.baseAddress, $0.count) }
  }

  /// Types a line and waits for the prompt after what the program says to it.
  ///
  /// - Returns: what it says.
  @discardableResult
  func enter(_ line: String) throws -> String {
    type(line + "\r")
    return try wait(for: "\n\u{1B}[?2004h> ", or: "\u{1B}[?2004l\r\u{1B}[?2004h> ")
  }

  /// Waits until the program has written a text.
  ///
  /// - Returns: what it wrote before and with that, since the last wait.
  @discardableResult
  func wait(for text: String, or other: String? = nil, seconds: Int = 30) throws -> String {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let deadline = time(nil) + seconds
    while true {
      let ends = [text, other].compactMap { $0 }.compactMap { unread.end(of: $0) }
      if let end = ends.min() {
        let found = String(unread[..<end])
        unread = String(unread[end...])
        return found
      }
      var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard time(nil) < deadline, poll(&ready, 1, 1_000) >= 0 else {
        throw Silence(expected: text, screen: screen)
      }
      guard ready.revents != 0 else { continue }
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { throw Silence(expected: text, screen: screen) }
      let new = String(decoding: buffer[..<count], as: UTF8.self)
      screen += new
      unread += new
    }
  }

  /// Changes the window's size.
  func resize(columns: Int) throws {
    var size = winsize(ws_row: 30, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(master, UInt(TIOCSWINSZ), &size) == 0 else { throw Program.CannotRun(code: errno) }
  }

  /// Waits for the program's end.
  ///
  /// - Returns: its exit code.
  func end() throws -> Int32 {
    var status: Int32 = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    for _ in 0..<3_000 {
      if waitpid(process, &status, WNOHANG) == process { return (status >> 8) & 0xFF }
      var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      if poll(&ready, 1, 10) > 0, read(master, &buffer, buffer.count) <= 0 { usleep(10_000) }
    }
    throw Silence(expected: "the end", screen: screen)
  }
}

extension String {
  /// The index behind the first occurrence of a text. A line's end is one character, "\r\n", so bytes are compared.
  fileprivate func end(of text: String) -> Index? {
    let bytes = Array(utf8)
    let wanted = Array(text.utf8)
    guard bytes.count >= wanted.count else { return nil }
    for start in 0...(bytes.count - wanted.count) where bytes[start..<start + wanted.count].elementsEqual(wanted) {
      return utf8.index(startIndex, offsetBy: start + wanted.count)
    }
    return nil
  }
}
