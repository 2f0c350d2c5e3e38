import Glibc
import Tensor

/// Folders of the file system.
enum Folder {
  /// The names in a folder, sorted.
  static func entries(of path: String) throws -> [String] {
    guard let directory = opendir(path) else {
      throw TensorError("[Errno \(errno)] \(String(cString: strerror(errno))): '\(path)'")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { precedes($0, $1) }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The files in a folder and in those inside of it, folder by folder in the order of their paths.
  static func files(in path: String) throws -> [String] {
    try folders(in: path, depth: 64).sorted { precedes($0, $1) }.flatMap { folder in
      try entries(of: folder).map { "\(folder)/\($0)" }.filter { !isFolder($0) }
    }
  }

  /// A folder with all inside of it.
  ///
  /// - Parameter depth: how deep folders may be nested, as links may lead in circles.
  private static func folders(in path: String, depth: Int) throws -> [String] {
    guard depth > 0 else { return [] }
    let inside = try entries(of: path).map { "\(path)/\($0)" }.filter(isFolder)
    return try [path] + inside.flatMap { try folders(in: $0, depth: depth - 1) }
  }

  /// The order of Python's strings.
  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
  }
}
