import COpenMP
import Synchronization

/// Compiled primitives by what they were compiled for. Bounded: the least recently used one goes first.
///
/// Kernels are compiled for a number of threads, which is part of what they are found by.
package final class PrimitiveCache<Key: Hashable & Sendable, Plan: AnyObject & Sendable>: Sendable {
  private struct State {
    var entries: [ThreadedKey: Entry] = [:]
    var clock: UInt64 = 0
    var generation = 0
  }

  private struct ThreadedKey: Hashable {
    let key: Key
    let threadCount: Int32
  }

  private final class Entry: @unchecked Sendable {
    let plan: Plan
    var lastUse: UInt64

    init(_ plan: Plan, lastUse: UInt64) {
      self.plan = plan
      self.lastUse = lastUse
    }
  }

  private let capacity: Int
  private let state = Mutex(State())

  package init(capacity: Int = 512) { self.capacity = capacity }

  /// The plan of `key`, made by `make` if there is none yet. Two threads that miss at once both make one; the first stays.
  ///
  /// - Parameter operations: how much work one run is, which decides on how many threads it runs.
  package func plan(
    for key: Key, operations: @autoclosure () -> Double = .infinity, make: () throws -> Plan
  ) rethrows -> Plan {
    let key = ThreadedKey(key: key, threadCount: omp_get_max_threads())
    if let plan = find(key) {
      PrimitiveCaches.hitCount.add(1, ordering: .relaxed)
      return plan
    }
    PrimitiveCaches.missCount.add(1, ordering: .relaxed)
    let plan = try ThreadLimit.with(operations: operations(), make)
    return state.withLock { state in
      if let entry = state.entries[key] { return entry.plan }
      if state.entries.count >= capacity, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        state.entries.removeValue(forKey: oldest.key)
      }
      state.clock &+= 1
      state.entries[key] = Entry(plan, lastUse: state.clock)
      return plan
    }
  }

  private func find(_ key: ThreadedKey) -> Plan? {
    let generation = PrimitiveCaches.generation.load(ordering: .relaxed)
    return state.withLock { state in
      if state.generation != generation {
        state.entries.removeAll()
        state.generation = generation
      }
      guard let entry = state.entries[key] else { return nil }
      state.clock &+= 1
      entry.lastUse = state.clock
      return entry.plan
    }
  }
}

/// All caches of compiled primitives together.
public enum PrimitiveCaches {
  static let hitCount = Atomic<Int>(0)
  static let missCount = Atomic<Int>(0)
  static let generation = Atomic<Int>(0)

  /// How often a compiled primitive was found, and how often one had to be compiled, since the start of the process.
  public static var statistics: (hits: Int, misses: Int) {
    (hitCount.load(ordering: .relaxed), missCount.load(ordering: .relaxed))
  }

  /// Forgets all compiled primitives and gives idle scratch memory back to the system. Whoever holds one keeps it.
  public static func removeAll() {
    generation.add(1, ordering: .relaxed)
    Scratchpad.release()
  }
}
