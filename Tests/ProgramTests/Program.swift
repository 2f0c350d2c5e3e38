import Glibc

/// The built program, which lies beside the tests.
enum Program {
  static let path: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/nnlua"
  }()

  /// What a run left.
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  struct CannotRun: Error {
    let code: Int32
  }

  /// The path of a file in the folder of the tests.
  static func testFile(_ path: String, from file: String = #filePath) -> String {
    "/" + file.split(separator: "/").dropLast(2).joined(separator: "/") + "/" + path
  }

  /// Runs the program to its end.
  ///
  /// - Parameter memoryLimit: how many KiB of addresses the process may have.
  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], memoryLimit: Int? = nil
  ) throws -> Result {
    if let memoryLimit {
      let shell = ["-c", "ulimit -v \(memoryLimit); exec \"$0\" \"$@\"", path]
      return try run(executable: "/bin/sh", shell + arguments, input: input, environment: environment)
    }
    return try run(executable: path, arguments, input: input, environment: environment)
  }

  private static func run(
    executable: String, _ arguments: [String], input: String, environment: [String: String]
  ) throws -> Result {
    var input = input
    let files = try [input, "", ""].map { _ in try temporaryFile() }
    defer { for file in files { close(file) } }
    input.withUTF8 { _ = write(files[0], $0.baseAddress, $0.count) }
    lseek(files[0], 0, SEEK_SET)
    let process = try spawn(executable: executable, arguments, environment: environment) { actions in
      for (descriptor, file) in files.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, file, Int32(descriptor))
      }
    }
    let status = wait(for: process)
    return Result(status: status, output: contents(of: files[1]), errors: contents(of: files[2]))
  }

  /// Starts the program.
  static func spawn(
    executable: String = path, _ arguments: [String], environment: [String: String], inNewSession: Bool = false,
    _ prepare: (inout posix_spawn_file_actions_t) -> Void
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    prepare(&actions)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The tests' threads block signals, which the program would inherit.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // POSIX_SPAWN_SETSID, which the headers hide.
    let session: Int32 = inNewSession ? 0x80 : 0
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | session))
    var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"]
    variables.merge(environment) { $1 }
    var process = pid_t()
    let code = withStrings([executable] + arguments) { arguments in
      withStrings(variables.map { "\($0)=\($1)" }) { variables in
        posix_spawn(&process, executable, &actions, &attributes, arguments, variables)
      }
    }
    guard code == 0 else { throw CannotRun(code: code) }
    return process
  }

  /// The exit code; 128 and more for a signal.
  static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }

  private static func withStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }

  private static func temporaryFile() throws -> Int32 {
    var name = Array("/tmp/nnlua-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else { throw CannotRun(code: errno) }
    unlink(name)
    return file
  }

  private static func contents(of file: Int32) -> String {
    lseek(file, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(file, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
