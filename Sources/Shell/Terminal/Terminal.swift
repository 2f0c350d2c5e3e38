import Glibc

/// What is known about the terminal.
enum Terminal {
  /// Whether somebody sits there: both ends are a terminal.
  static var isInteractive: Bool { isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0 }

  /// Whether to color: see https://no-color.org.
  static var isColored: Bool {
    isatty(STDOUT_FILENO) != 0 && Environment.value("NO_COLOR") == nil && Environment.value("TERM") != "dumb"
  }

  /// The columns of a line.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
