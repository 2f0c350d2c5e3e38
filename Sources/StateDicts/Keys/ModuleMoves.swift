/// Where the modules of a state dict went when its keys were renamed: what is noted under their paths follows them.
///
/// A key's module is its path without the last name. The modules around it follow as long as the last names of old and new
/// path agree, and modules without a key of their own follow the nearest one around them.
public struct ModuleMoves {
  private var paths: [String: String] = [:]
  /// The old paths of all keys that were not renamed.
  private var staying: Set<String> = []

  init(_ keys: some Sequence<(old: String, new: String)>) {
    for (old, new) in keys {
      guard old != new else {
        staying.insert(ModulePath.parent(of: old))
        continue
      }
      var (oldPath, newPath) = (ModulePath.parent(of: old), ModulePath.parent(of: new))
      while paths[oldPath] == nil {
        paths[oldPath] = newPath
        guard !oldPath.isEmpty, !newPath.isEmpty,
          ModulePath.lastName(of: oldPath) == ModulePath.lastName(of: newPath)
        else { break }
        (oldPath, newPath) = (ModulePath.parent(of: oldPath), ModulePath.parent(of: newPath))
      }
    }
  }

  /// The new path of the module at `path`.
  public func newPath(of path: String) -> String {
    if staying.contains(path) { return path }
    if let moved = paths[path] { return moved }
    var (around, rest) = (path, "")
    while !around.isEmpty {
      let name = ModulePath.lastName(of: around)
      rest = rest.isEmpty ? name : name + "." + rest
      around = ModulePath.parent(of: around)
      if let moved = paths[around] { return ModulePath.joined(moved, rest) }
    }
    return path
  }
}

/// Paths of modules and keys: names with dots between.
enum ModulePath {
  /// The path without its last name; empty for a single name.
  static func parent(of path: String) -> String { path.lastIndex(of: ".").map { String(path[..<$0]) } ?? "" }

  /// The modules that a path goes through, outermost first, without the whole path.
  static func ancestors(of path: String) -> [String] {
    path.indices.filter { path[$0] == "." }.map { String(path[..<$0]) }
  }

  static func lastName(of path: String) -> String {
    path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path
  }

  static func joined(_ path: String, _ rest: String) -> String {
    path.isEmpty ? rest : rest.isEmpty ? path : path + "." + rest
  }

  /// `path` as the beginning of keys inside it: with a dot at its end, unless it is empty.
  static func prefix(_ path: String) -> String { path.isEmpty || path.hasSuffix(".") ? path : path + "." }
}
