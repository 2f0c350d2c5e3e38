import Glibc
import Lua

/// The module `path`: names of files, as Python's `os.path` has them.
enum PathModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "path", help: "Names of files and folders, as Python's os.path.",
      example: "require('path').basename('data/a.pth') --> \"a.pth\"", functions: names + questions)
  }

  private static var names: [Function] {
    [
      Function(
        "join", "(first: string, others: any...) -> string",
        help: "Names joined by slashes; one that begins with a slash starts anew.",
        example: "require('path').join('data', 'train') --> \"data/train\""
      ) { a in
        var result = try a.string(0)
        for part in a.rest(from: 1) {
          guard let name = part.string else {
            throw LuaError("join(): every argument must be string, not \(part.typeName)")
          }
          if name.hasPrefix("/") || result.isEmpty {
            result = name
          } else {
            result += result.hasSuffix("/") ? name : "/" + name
          }
        }
        return .string(result)
      },
      Function(
        "dirname", "(path: string) -> string", help: "All before the last slash; '.' if there is none.",
        example: "require('path').dirname('data/train.lua') --> \"data\""
      ) { a in
        let path = try a.string(0)
        guard let slash = path.lastIndex(of: "/") else { return .string(".") }
        let folder = path[..<slash]
        return .string(folder.isEmpty ? "/" : String(folder))
      },
      Function(
        "basename", "(path: string) -> string", help: "All after the last slash.",
        example: "require('path').basename('data/a.pth') --> \"a.pth\""
      ) { a in .string(base(try a.string(0))) },
      Function(
        "splitext", "(path: string) -> string, string",
        help: """
          A name without its extension, and the extension with its dot: two strings. A leading dot begins no \
          extension.
          """,
        example: "require('path').splitext('weights.pth') --> \"weights\"  \".pth\""
      ) { a in
        let path = try a.string(0)
        let name = base(path)
        guard let dot = name.lastIndex(of: "."), name[..<dot].contains(where: { $0 != "." }) else {
          return [.string(path), .string("")]
        }
        let ending = String(name[dot...])
        return [.string(String(path.dropLast(ending.count))), .string(ending)]
      },
      Function(
        "abspath", "(path: string) -> string", help: "The name from the root folder, without '.' and '..'.",
        example: "require('path').abspath('/data/../tmp/.') --> \"/tmp\""
      ) { a in .string(try absolute(try a.string(0))) },
      Function(
        "expanduser", "(path: string) -> string", help: "The name with a leading '~' replaced by the home folder.",
        example: "require('path').expanduser('data') --> \"data\""
      ) { a in
        let path = try a.string(0)
        guard path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") else { return .string(path) }
        return .string(String(cString: home) + path.dropFirst())
      },
      Function(
        "executable", "() -> string", help: "The running program's own file.",
        example: "require('path').basename(require('path').executable()) ~= '' --> true"
      ) {
        _ in
        .string(try linkTarget("/proc/self/exe"))
      },
    ]
  }

  private static var questions: [Function] {
    [
      Function(
        "exists", "(path: string) -> bool", help: "Whether there is a file or folder of that name.",
        example: "require('path').exists('/no/such/file') --> false"
      ) { a in .boolean(access(try a.string(0), F_OK) == 0) },
      Function(
        "isfile", "(path: string) -> bool", help: "Whether there is a file of that name.",
        example: "require('path').isfile('/') --> false"
      ) {
        a in .boolean(mode(try a.string(0)) == S_IFREG)
      },
      Function(
        "isdir", "(path: string) -> bool", help: "Whether there is a folder of that name.",
        example: "require('path').isdir('/') --> true"
      ) { a in
        .boolean(mode(try a.string(0)) == S_IFDIR)
      },
      Function(
        "getsize", "(path: string) -> int", help: "The file's size in bytes.",
        example: "require('path').getsize('/dev/null') --> 0"
      ) { a in
        let path = try a.string(0)
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(path) }
        return .integer(Int64(status.st_size))
      },
      Function(
        "listdir", "(path: string = '.') -> list[string]",
        help: "The names in a folder, sorted, as a table without '.' and '..'.",
        example: "#require('path').listdir('/') > 0 --> true"
      ) { a in .value(.strings(try entries(try a.string(0)))) },
      Function(
        "makedirs", "(path: string)",
        help: "Makes a folder and those that it lies in, as far as they are not there yet.",
        example: "require('path').makedirs('/tmp')"
      ) { a in
        let path = try a.string(0)
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
          made += part + "/"
          guard mkdir(made, 0o777) == 0 || errno == EEXIST else { throw failure(path) }
        }
        return .none
      },
    ]
  }

  private static func base(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  private static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  private static func entries(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw failure(path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func absolute(_ path: String) throws -> String {
    var parts: [Substring] = []
    var whole = path
    if !path.hasPrefix("/") {
      guard let current = getcwd(nil, 0) else { throw failure(".") }
      defer { free(current) }
      whole = String(cString: current) + "/" + path
    }
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func linkTarget(_ path: String) throws -> String {
    guard let target = realpath(path, nil) else { throw failure(path) }
    defer { free(target) }
    return String(cString: target)
  }

  private static func failure(_ path: String) -> LuaError { LuaError("\(path): \(String(cString: strerror(errno)))") }
}
