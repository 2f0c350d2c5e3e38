import Glibc
import Lua

/// The names of files that a path may go on to.
enum FileNames {
  /// Paths that begin with `path`; folders end in '/'. Hidden files appear when asked for.
  static func completing(_ path: String) -> [String] {
    let end = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
    let folder = String(path[..<end])
    let prefix = path[end...]
    return list(folder.isEmpty ? "." : expanded(folder))
      .filter { $0.hasPrefix(prefix) && (prefix.hasPrefix(".") || !$0.hasPrefix(".")) }
      .map { folder + $0 }
  }

  /// The names in a folder, those of folders with '/'.
  static func list(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      names.append(isFolder(folder + "/" + name) ? name + "/" : name)
    }
    return names
  }

  /// The path with a leading '~' replaced by the home folder.
  static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = Environment.value("HOME") else { return path }
    return home + path.dropFirst()
  }

  static func isFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }
}

/// The names of modules that `require` would find.
struct ModuleNames {
  let state: LuaState

  var all: [String] {
    var names: Set<String> = []
    for field in ["loaded", "preload"] {
      let table = try? state.global("package").table?.get(field)
      if let table, let members = try? state.withStackValue(of: table, { try $0.members().fields }) {
        names.formUnion(members)
      }
    }
    for field in ["path", "cpath"] {
      guard let text = try? state.global("package").table?.get(field).string else { continue }
      for pattern in text.split(separator: ";") { names.formUnion(modules(matching: pattern)) }
    }
    return names.sorted()
  }

  /// The modules in the folder of a pattern such as `./?.lua` or `./?/init.lua`.
  private func modules(matching pattern: Substring) -> [String] {
    guard let mark = pattern.firstIndex(of: "?") else { return [] }
    let folder = String(pattern[..<mark])
    let ending = pattern[pattern.index(after: mark)...]
    return FileNames.list(folder.isEmpty ? "." : folder).compactMap { name in
      if ending.hasPrefix("/") {
        guard name.hasSuffix("/"), access(folder + name.dropLast() + ending, R_OK) == 0 else { return nil }
        return String(name.dropLast())
      }
      return name.hasSuffix(ending) && !name.hasSuffix("/") ? String(name.dropLast(ending.count)) : nil
    }
  }
}

/// Environment variables.
enum Environment {
  /// The value; nil when there is none or it is empty.
  static func value(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}
