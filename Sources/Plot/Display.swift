import Glibc

/// The terminal to which figures go, or the page.
public enum Display {
  /// Where figures go.
  public enum Target: Sendable {
    /// Figures are text for the terminal.
    case terminal
    /// A page made of the output: figures are elements of it, see ``PageElement``.
    case page
  }

  /// Changed only while nothing is shown.
  nonisolated(unsafe) public static var target = Target.terminal

  /// Columns and rows of the standard output's terminal; 80 by 24 elsewhere.
  static var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Whether text may be colored: see https://no-color.org.
  static var isColored: Bool {
    isatty(STDOUT_FILENO) != 0 && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
  }

  /// How images are shown: what `NNLUA_IMAGES` says (`kitty`, `sixel`, `blocks` or `shades`), or what the terminal is known for.
  static var images: TerminalImage.Method {
    if let wanted = variable("NNLUA_IMAGES").flatMap(TerminalImage.Method.init(rawValue:)) { return wanted }
    guard isatty(STDOUT_FILENO) != 0, variable("TERM") != "dumb" else { return .shades }
    let (term, program) = (variable("TERM") ?? "", variable("TERM_PROGRAM") ?? "")
    // A multiplexer passes no images on.
    let isDirect = variable("TMUX") == nil && !term.hasPrefix("screen") && !term.hasPrefix("tmux")
    if isDirect {
      if variable("KITTY_WINDOW_ID") != nil || term.contains("kitty") || term.contains("ghostty")
        || ["WezTerm", "ghostty"].contains(program)
      {
        return .kitty
      }
      if ["foot", "mlterm", "yaft", "contour"].contains(where: { term.hasPrefix($0) }) || term.contains("sixel") {
        return .sixel
      }
    }
    return isColored ? .blocks : .shades
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}
