import COpenMP

/// Loops over ranges on the threads that oneDNN uses too, so that two pools never compete for the cores.
public enum Parallel {
  /// Elements of simple work below which waking other threads costs more than it saves: microseconds on an idle machine, a time
  /// slice on a busy one.
  public static let grain = 131_072

  /// How many threads take part: `torch.get_num_threads()`.
  public static var threadCount: Int {
    get { Int(omp_get_max_threads()) }
    set { omp_set_num_threads(Int32(clamping: max(newValue, 1))) }
  }

  /// Calls `body` with consecutive parts of `0..<count` that together cover it, each of at least `grain` indices.
  ///
  /// `body` runs on several threads at once and must touch only what belongs to its part. Nested calls run inline.
  @inline(__always)
  public static func forEach(_ count: Int, grain: Int = Parallel.grain, _ body: (Range<Int>) -> Void) {
    if count <= grain {
      if count > 0 { body(0..<count) }
      return
    }
    spread(count, grain, body)
  }

  @inline(never)
  private static func spread(_ count: Int, _ grain: Int, _ body: (Range<Int>) -> Void) {
    let parts = min(threadCount, (count + grain - 1) / max(grain, 1))
    if parts <= 1 || omp_in_parallel() != 0 {
      body(0..<count)
      return
    }
    withoutActuallyEscaping(body) { body in
      var work = Work(count: count, body: body)
      withUnsafeMutablePointer(to: &work) { pointer in
        GOMP_parallel(
          { context in
            guard let context else { return }
            let work = context.assumingMemoryBound(to: Work.self)
            let parts = Int(omp_get_num_threads())
            let part = Int(omp_get_thread_num())
            let size = (work.pointee.count + parts - 1) / parts
            let start = min(part * size, work.pointee.count)
            let end = min(start + size, work.pointee.count)
            if start < end { work.pointee.body(start..<end) }
          }, pointer, UInt32(parts), 0)
      }
    }
  }

  private struct Work {
    let count: Int
    let body: (Range<Int>) -> Void
  }
}
