import Supervision

/// An element whose order is that of an unsigned integer: what ``KeyOrder`` works with.
public protocol Keyed {
  associatedtype Key: FixedWidthInteger & UnsignedInteger
  /// Grows with the element. Equal elements have one key, and NaN has the largest.
  var key: Key { get }
}

extension Float: Keyed {
  @inlinable
  public var key: UInt32 {
    if isNaN { return .max }
    let bits = self == 0 ? 0 : bitPattern
    return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
  }
}

extension Double: Keyed {
  @inlinable
  public var key: UInt64 {
    if isNaN { return .max }
    let bits = self == 0 ? 0 : bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
  }
}

extension Int64: Keyed {
  @inlinable public var key: UInt64 { UInt64(bitPattern: self) ^ 1 << 63 }
}

/// The order of a lane's elements by their keys. Equal elements keep their order.
struct KeyOrder<T: ComputeElement> {
  private let elements: UnsafePointer<T>
  private let count: Int
  /// What turns keys around for an order that descends.
  private let mask: T.Key

  /// A lane's key and the position of its element.
  private struct Item {
    var key: T.Key
    var position: T.Key
  }

  /// Up to so many elements the steps of an insertion sort are fewer than those of counting.
  private static var shortLength: Int { 64 }

  /// - Throws: ``TensorError`` for more elements than their keys' type counts.
  init(_ lane: Lanes.Lane<T>, descending: Bool = false) throws {
    guard lane.count <= Int(clamping: T.Key.max) else {
      throw TensorError("sort: a dimension of \(lane.count) elements is too large")
    }
    elements = lane.input
    count = lane.count
    mask = descending ? .max : 0
  }

  private func key(_ index: Int) -> T.Key { elements[index].key ^ mask }

  /// Writes the positions of all elements in order.
  func sort(into positions: UnsafeMutablePointer<Int64>) throws {
    if count <= Self.shortLength { return insertionSort(into: positions) }
    try BufferPool.checkArray(of: Item.self, count: 2 * count)
    try withUnsafeTemporaryAllocation(of: Item.self, capacity: 2 * count) { memory in
      guard let start = memory.baseAddress else { return }
      var (items, others) = (start, start + count)
      for part in Interruption.stretches(of: 0..<count) {
        try Interruption.check()
        for i in part { (items + i).initialize(to: Item(key: key(i), position: T.Key(truncatingIfNeeded: i))) }
      }
      // From the last digit of the keys to the first, which keeps what the earlier ones have sorted.
      for shift in stride(from: 0, to: T.Key.bitWidth, by: 8) {
        if try distribute(items, to: others, by: shift) { swap(&items, &others) }
      }
      for i in 0..<count { positions[i] = Int64(truncatingIfNeeded: items[i].position) }
    }
  }

  /// Copies items in the order of one digit; false where all have the same, and nothing is to be done.
  private func distribute(
    _ items: UnsafeMutablePointer<Item>, to others: UnsafeMutablePointer<Item>, by shift: Int
  ) throws -> Bool {
    try withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { ends in
      ends.initialize(repeating: 0)
      for part in Interruption.stretches(of: 0..<count) {
        try Interruption.check()
        for i in part { ends[Self.digit(items[i].key, shift)] += 1 }
      }
      if ends[Self.digit(items[0].key, shift)] == count { return false }
      var sum = 0
      for digit in 0..<256 { (ends[digit], sum) = (sum, sum + ends[digit]) }
      for part in Interruption.stretches(of: 0..<count) {
        try Interruption.check()
        for i in part {
          let digit = Self.digit(items[i].key, shift)
          (others + ends[digit]).initialize(to: items[i])
          ends[digit] += 1
        }
      }
      return true
    }
  }

  @inline(__always)
  private static func digit(_ key: T.Key, _ shift: Int) -> Int { Int(truncatingIfNeeded: key >> T.Key(shift) & 255) }

  private func insertionSort(into positions: UnsafeMutablePointer<Int64>) {
    withUnsafeTemporaryAllocation(of: T.Key.self, capacity: Self.shortLength) { keys in
      for i in 0..<count {
        let key = key(i)
        var hole = i
        while hole > 0, keys[hole - 1] > key {
          keys[hole] = keys[hole - 1]
          positions[hole] = positions[hole - 1]
          hole -= 1
        }
        keys[hole] = key
        positions[hole] = Int64(i)
      }
    }
  }

  /// The position of the element that belongs at `rank`, counted from 0.
  func position(ofRank rank: Int) throws -> Int {
    try BufferPool.checkArray(of: T.Key.self, count: count)
    return try withUnsafeTemporaryAllocation(of: T.Key.self, capacity: count) { keys in
      for part in Interruption.stretches(of: 0..<count) {
        try Interruption.check()
        for i in part { keys.initializeElement(at: i, to: key(i)) }
      }
      let wanted = try Self.quickselect(keys, rank)
      var left = rank
      for i in 0..<count where key(i) < wanted { left -= 1 }
      // Of equal elements the one whose turn it is.
      for i in 0..<count where key(i) == wanted {
        if left == 0 { return i }
        left -= 1
      }
      return rank
    }
  }

  /// The key that belongs at `rank`; reorders the others.
  private static func quickselect(_ keys: UnsafeMutableBufferPointer<T.Key>, _ rank: Int) throws -> T.Key {
    var (low, high) = (0, keys.count - 1)
    while low < high {
      try Interruption.check()
      let (first, middle, last) = (keys[low], keys[(low + high) / 2], keys[high])
      let pivot = max(min(first, middle), min(max(first, middle), last))
      var (i, j) = (low, high)
      while i <= j {
        while keys[i] < pivot { i += 1 }
        while keys[j] > pivot { j -= 1 }
        if i <= j {
          keys.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if rank <= j { high = j } else if rank >= i { low = i } else { break }
    }
    return keys[rank]
  }
}
