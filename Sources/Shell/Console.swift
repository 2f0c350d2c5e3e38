import CReadline

/// The standard output and error, as C's library buffers them: what Lua's own `io` and `print` write to.
public enum Console {
  /// Writes to the standard output, at once.
  public static func write(_ text: String) { write(text, to: standard_output()) }
  /// Writes to the standard error output, at once.
  public static func writeError(_ text: String) { write(text, to: standard_error()) }

  /// Ends a line that a script has begun with `io.write`: on a terminal, the library holds it back.
  static func startLine() {
    if __fpending(standard_output()) > 0 { write("\n") }
  }

  private static func write(_ text: String, to stream: UnsafeMutablePointer<FILE>?) {
    var text = text
    text.withUTF8 { _ = fwrite($0.baseAddress, 1, $0.count, stream) }
    fflush(stream)
  }
}
