import COpenMP

/// How many threads a primitive is compiled for and runs on.
///
/// Waking a thread and waiting for it costs microseconds on an idle machine and milliseconds on a busy one, so small work stays on
/// the caller's thread.
enum ThreadLimit {
  /// Operations (multiplications, or elements times what is done with each) below which one thread does all.
  static let smallestShared = 3e6
  /// What reading and writing an element counts in operations.
  static let operationsPerElement = 40.0

  /// Runs `body` with as many threads as `operations` are worth.
  @inline(__always)
  static func with<Result>(operations: Double, _ body: () throws -> Result) rethrows -> Result {
    operations < smallestShared ? try with(count: 1, body) : try body()
  }

  /// Runs `body` with `count` threads.
  @inline(__always)
  static func with<Result>(count: Int32, _ body: () throws -> Result) rethrows -> Result {
    let usual = omp_get_max_threads()
    if usual == count { return try body() }
    omp_set_num_threads(count)
    defer { omp_set_num_threads(usual) }
    return try body()
  }
}

extension MemoryDescriptor {
  /// What one pass over the elements counts in operations.
  var passOperations: Double { Double(elementCount) * ThreadLimit.operationsPerElement }
}
