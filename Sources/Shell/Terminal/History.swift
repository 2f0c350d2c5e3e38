import Glibc

/// What was typed in earlier sessions: a file to which all running shells append.
struct History {
  private let path: String
  /// How many entries are kept.
  private let limit: Int

  /// - Parameter path: the file; its folder is made if need be.
  init(path: String, limit: Int = 5_000) {
    self.path = path
    self.limit = limit
    Folders.make(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
  }

  /// The file in the user's folder for state.
  static var usual: History? { Folders.state.map { History(path: $0 + "/history") } }

  /// The entries, oldest first. A file that has grown to twice the limit is cut.
  func load() -> [String] {
    locked { file in
      let entries = Self.entries(in: file)
      if entries.count > 2 * limit, ftruncate(file, 0) == 0 {
        _ = TextFile.writeAll(entries.suffix(limit).map(Self.line).joined(), to: file)
      }
      return entries.suffix(limit)
    } ?? []
  }

  func append(_ entry: String) {
    _ = locked { file in TextFile.writeAll(Self.line(entry), to: file) }
  }

  /// Runs `body` with the file, while no other shell touches it.
  private func locked<R>(_ body: (Int32) -> R) -> R? {
    let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard flock(file, LOCK_EX) == 0 else { return nil }
    return body(file)
  }

  private static func entries(in file: Int32) -> [String] {
    (TextFile.read(from: file) ?? "").utf8.split(separator: UInt8(ascii: "\n")).map(entry)
  }

  /// An entry on a line of its own.
  private static func line(_ entry: String) -> String {
    entry.map { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : String($0) }.joined() + "\n"
  }

  /// Works on bytes: all entries are read before the first prompt.
  private static func entry(_ line: Substring.UTF8View) -> String {
    let escape = UInt8(ascii: "\\")
    guard line.contains(escape) else { return String(Substring(line)) }
    var entry: [UInt8] = []
    var isEscaped = false
    for byte in line {
      if isEscaped {
        entry.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
        isEscaped = false
      } else if byte == escape {
        isEscaped = true
      } else {
        entry.append(byte)
      }
    }
    return String(decoding: entry, as: UTF8.self)
  }
}

/// The user's folders, as the XDG specification names them.
enum Folders {
  static var state: String? { folder("XDG_STATE_HOME", usual: ".local/state") }
  static var configuration: String? { folder("XDG_CONFIG_HOME", usual: ".config") }

  private static func folder(_ variable: String, usual: String) -> String? {
    if let folder = Environment.value(variable), folder.hasPrefix("/") { return folder + "/nnlua" }
    return Environment.value("HOME").map { "\($0)/\(usual)/nnlua" }
  }

  /// Makes a folder and those above it.
  static func make(_ path: String) {
    guard !path.isEmpty, !FileNames.isFolder(path) else { return }
    make(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    mkdir(path, 0o700)
  }
}
