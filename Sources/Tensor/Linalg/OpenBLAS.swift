import Glibc

/// The library of linear algebra, which is loaded when something is first asked of it: that takes as long as all else
/// together that the program does to start.
enum OpenBLAS {
  private static let name = "libopenblas.so.0"
  private static let library = Library(handle: dlopen(name, RTLD_NOW | RTLD_LOCAL))

  /// The handle is only read.
  private struct Library: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer?
  }

  /// LAPACK's `info` where no routine was called.
  static let missing: Int32 = -1

  /// A routine by its name; nil without the library, which ``require()`` complains about.
  static func routine<Routine>(_ name: String, as type: Routine.Type) -> Routine? {
    guard let handle = library.handle, let address = dlsym(handle, name) else { return nil }
    return unsafeBitCast(address, to: type)
  }

  /// - Throws: ``TensorError`` where the library is not installed.
  static func require() throws {
    if library.handle == nil { throw TensorError("linear algebra needs \(name), which is not installed") }
  }
}
