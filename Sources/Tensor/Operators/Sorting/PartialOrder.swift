import Supervision

/// A lane's elements with their positions, of which a part is brought in order.
///
/// Which of several equal elements come first is not defined by PyTorch, but visible in the positions that it returns. The steps
/// here are those of the algorithms that it runs, so that ties fall the same way: quickselect with the median of three
/// (Numerical Recipes), and the C++ library's introselect and heap selection. All of them look at ``Interruption`` on their way.
struct PartialOrder<T: ComputeElement> {
  private var items: [(value: T, position: Int64)]
  private let precedes: (T, T) -> Bool

  /// - Parameter descending: larger elements first; NaN counts as the largest.
  init(_ lane: Lanes.Lane<T>, descending: Bool) throws {
    items = try Array(unsafeUninitializedCapacity: lane.count) { buffer, count in
      for part in lane.stretches {
        try Interruption.check()
        for i in part { buffer.initializeElement(at: i, to: (lane.input[i], Int64(i))) }
      }
      count = lane.count
    }
    if descending {
      precedes = { (a: T, b: T) -> Bool in a > b || (a != a && b == b) }
    } else {
      precedes = { (a: T, b: T) -> Bool in a < b || (b != b && a == a) }
    }
  }

  subscript(index: Int) -> (value: T, position: Int64) { items[index] }

  private func isBefore(_ a: Int, _ b: Int) -> Bool { precedes(items[a].value, items[b].value) }

  /// Brings the element that belongs at `k` there, smaller ones before it.
  mutating func quickselect(_ k: Int) throws {
    var (left, right) = (0, items.count - 1)
    while right > left {
      try Interruption.check()
      if right == left + 1 {
        if isBefore(right, left) { items.swapAt(left, right) }
        return
      }
      items.swapAt((left + right) / 2, left + 1)
      if isBefore(right, left + 1) { items.swapAt(left + 1, right) }
      if isBefore(right, left) { items.swapAt(left, right) }
      if isBefore(left, left + 1) { items.swapAt(left + 1, left) }
      var (i, j) = (left + 1, right)
      let pivot = items[left].value
      while true {
        repeat { i += 1 } while precedes(items[i].value, pivot)
        repeat { j -= 1 } while precedes(pivot, items[j].value)
        if j < i { break }
        items.swapAt(i, j)
      }
      items.swapAt(left, j)
      if j <= k { left = i }
      if j >= k { right = j - 1 }
    }
  }

  /// Brings the first `k` elements to the front, in order if `sorted`.
  mutating func moveFirst(_ k: Int, sorted: Bool) throws {
    guard k > 0 else { return }
    if k * 64 <= items.count {
      try heapSelect(k)
    } else {
      try introselect(k - 1)
      if sorted { try introsort(0, k - 1) }
    }
  }

  /// Brings all elements in order.
  mutating func sortAll() throws { try introsort(0, items.count) }

  // MARK: Introselect and introsort, as in libstdc++ (their fallback for bad pivots is left to heaps there, to chance here)

  private mutating func introselect(_ nth: Int) throws {
    var (first, last) = (0, items.count)
    while last - first > 3 {
      let cut = try partition(first, last)
      if cut <= nth { first = cut } else { last = cut }
    }
    try insertionSort(first, last)
  }

  private mutating func introsort(_ start: Int, _ end: Int) throws {
    var ranges = [(start, end)]
    while var (first, last) = ranges.popLast() {
      while last - first > 16 {
        let cut = try partition(first, last)
        ranges.append((cut, last))
        last = cut
      }
      first = last
    }
    try insertionSort(start, end)
  }

  private mutating func partition(_ first: Int, _ last: Int) throws -> Int {
    try Interruption.check()
    let (a, b, c) = (first + 1, first + (last - first) / 2, last - 1)
    // The median of three becomes the pivot at `first`.
    let median =
      isBefore(a, b) ? (isBefore(b, c) ? b : isBefore(a, c) ? c : a) : (isBefore(a, c) ? a : isBefore(b, c) ? c : b)
    items.swapAt(first, median)
    var (i, j) = (first + 1, last)
    while true {
      while isBefore(i, first) { i += 1 }
      j -= 1
      while isBefore(first, j) { j -= 1 }
      if i >= j { return i }
      items.swapAt(i, j)
      i += 1
    }
  }

  private mutating func insertionSort(_ first: Int, _ last: Int) throws {
    guard last - first > 1 else { return }
    for part in Interruption.stretches(of: first + 1..<last) {
      try Interruption.check()
      for i in part {
        let item = items[i]
        var hole = i
        while hole > first, precedes(item.value, items[hole - 1].value) {
          items[hole] = items[hole - 1]
          hole -= 1
        }
        items[hole] = item
      }
    }
  }

  // MARK: Heap selection, as in libstdc++

  private mutating func heapSelect(_ k: Int) throws {
    for parent in stride(from: (k - 2) / 2, through: 0, by: -1) where k > 1 {
      adjustHeap(parent, k, items[parent])
    }
    for part in Interruption.stretches(of: k..<items.count) {
      try Interruption.check()
      for i in part where isBefore(i, 0) {
        let item = items[i]
        items[i] = items[0]
        adjustHeap(0, k, item)
      }
    }
    for end in stride(from: k - 1, to: 0, by: -1) {
      let item = items[end]
      items[end] = items[0]
      adjustHeap(0, end, item)
    }
  }

  /// Lets the hole at `start` sink to the bottom, and `item` rise from there.
  private mutating func adjustHeap(_ start: Int, _ count: Int, _ item: (value: T, position: Int64)) {
    var hole = start
    var child = hole
    while child < (count - 1) / 2 {
      child = 2 * (child + 1)
      if isBefore(child, child - 1) { child -= 1 }
      items[hole] = items[child]
      hole = child
    }
    if count & 1 == 0 && child == (count - 2) / 2 {
      child = 2 * (child + 1)
      items[hole] = items[child - 1]
      hole = child - 1
    }
    while hole > start {
      let parent = (hole - 1) / 2
      guard precedes(items[parent].value, item.value) else { break }
      items[hole] = items[parent]
      hole = parent
    }
    items[hole] = item
  }
}
