import Checkpoint
import Glibc
import Synchronization

/// The folder of downloaded weights that all programs of PyTorch share: what one has fetched, the others find.
///
/// ```swift
/// let path = try Hub.file(of: "https://download.pytorch.org/models/resnet34-b627a593.pth", checksHash: true)
/// let weights = try CheckpointFile(path).load()
/// ```
public enum Hub {
  private static let chosenFolder = Mutex<String?>(nil)

  /// The folder: the one that was set, or `$TORCH_HOME/hub`. `TORCH_HOME` is `$XDG_CACHE_HOME/torch` where it is not set, and
  /// `XDG_CACHE_HOME` is `~/.cache`.
  public static var folder: String {
    get {
      chosenFolder.withLock { $0 } ?? defaultFolder(variable)
    }
    set { chosenFolder.withLock { $0 = expanded(newValue) } }
  }

  /// - Parameter variable: gives the variables of the environment.
  static func defaultFolder(_ variable: (String) -> String?) -> String {
    let cache = variable("XDG_CACHE_HOME") ?? "~/.cache"
    return joined(expanded(variable("TORCH_HOME") ?? joined(cache, "torch"), variable), "hub")
  }

  /// Where weights are kept.
  public static var checkpointFolder: String { joined(folder, "checkpoints") }

  /// The file of an address, which is fetched if it is not there yet.
  ///
  /// - Parameters:
  ///   - folder: where it is kept; nil: with the other weights.
  ///   - fileName: what it is called there; nil: as in the address.
  ///   - checksHash: whether a name such as `resnet34-b627a593.pth` tells the hash of a file that is fetched.
  ///   - willDownload: told the file's path before it is fetched.
  /// - Returns: its path.
  /// - Throws: ``DownloadError``; `CheckpointError` where the file cannot be written; `Interrupted`.
  public static func file(
    of url: String, in folder: String? = nil, named fileName: String? = nil, checksHash: Bool = false,
    willDownload: (String) throws -> Void = { _ in }
  ) throws -> String {
    let folder = folder ?? checkpointFolder
    try makeFolder(folder)
    let name = fileName ?? self.fileName(of: url)
    guard !name.isEmpty else {
      try Download.checkProtocol(of: url)
      throw DownloadError(.badAddress, url, "the address ends in no file's name", advice: "file_name gives it one")
    }
    let path = joined(folder, name)
    if access(path, F_OK) != 0 {
      try willDownload(path)
      try Download(url, to: path, hashPrefix: checksHash ? hashPrefix(in: name) : nil).run()
    }
    return path
  }

  /// The last part of an address's path.
  static func fileName(of url: String) -> String {
    var rest = url[...]
    if let scheme = rest.firstRange(of: "://") {
      rest = rest[scheme.upperBound...].drop { !"/?#".contains($0) }
    }
    rest = rest.prefix { !"?#".contains($0) }
    let name = rest.lastIndex(of: "/").map { rest[rest.index(after: $0)...] } ?? rest
    return String(name.prefix { $0 != ";" })
  }

  /// What a file's name says of its hash: the hexadecimal digits between a hyphen and a dot. Nil if it says nothing.
  static func hashPrefix(in name: String) -> String? {
    for part in name.split(separator: "-", omittingEmptySubsequences: false).dropFirst() {
      let digits = part.prefix { "0123456789abcdef".contains($0) }
      if part[digits.endIndex...].hasPrefix(".") { return String(digits) }
    }
    return nil
  }

  // MARK: Names

  /// A path with the home folder in place of a leading `~`.
  public static func expanded(_ path: String) -> String { expanded(path, variable) }

  private static func expanded(_ path: String, _ variable: (String) -> String?) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    let home = variable("HOME") ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) }
    return home.map { ($0 == "/" ? "" : $0) + path.dropFirst() } ?? path
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static func joined(_ folder: String, _ name: String) -> String {
    if name.hasPrefix("/") || folder.isEmpty { return name }
    return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Makes a folder, and those that it lies in.
  private static func makeFolder(_ path: String) throws {
    var index = path.startIndex
    while index < path.endIndex {
      index = path[path.index(after: index)...].firstIndex(of: "/") ?? path.endIndex
      let part = String(path[..<index])
      if mkdir(part, 0o777) != 0, errno != EEXIST, access(part, F_OK) != 0 {
        throw CheckpointError.system(errno, file: part)
      }
    }
  }
}
