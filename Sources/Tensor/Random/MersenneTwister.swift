/// The 32-bit Mersenne twister, MT19937, with the words and counters that PyTorch keeps, so that a state moves between both.
///
/// Source: Matsumoto and Nishimura, "Mersenne twister: a 623-dimensionally equidistributed uniform pseudo-random number
/// generator", 1998, https://doi.org/10.1145/272991.272995
struct MersenneTwister {
  static let wordCount = 624
  private static let shift = 397

  /// 624 words, of which the first `next` have been given out.
  private let words: UnsafeMutablePointer<UInt32>
  /// One more than the number of words not given out yet; at 1 the words are renewed before the next output.
  private(set) var left = 1
  private(set) var next = 0

  /// - Parameter words: memory for the words, which the caller owns.
  init(words: UnsafeMutablePointer<UInt32>, seed: UInt64) {
    self.words = words
    words[0] = UInt32(truncatingIfNeeded: seed)
    for i in 1..<MersenneTwister.wordCount {
      let previous = words[i - 1]
      words[i] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(truncatingIfNeeded: i)
    }
  }

  /// A state saved before.
  init(words: UnsafeMutablePointer<UInt32>, left: Int, next: Int) {
    self.words = words
    self.left = left
    self.next = next
  }

  /// The next 32 bits.
  mutating func output() -> UInt32 {
    if left == 1 { renew() }
    left -= 1
    let word = words[next]
    next += 1
    return MersenneTwister.temper(word)
  }

  /// Writes the next `count` outputs.
  mutating func fill(_ outputs: UnsafeMutablePointer<UInt32>, _ count: Int) {
    var done = 0
    while done < count {
      if left == 1 { renew() }
      let part = min(count - done, left - 1)
      let source = words + next
      let target = outputs + done
      for i in 0..<part { target[i] = MersenneTwister.temper(source[i]) }
      left -= part
      next += part
      done += part
    }
  }

  /// Passes over the next `count` outputs.
  mutating func skip(_ count: Int) {
    var rest = count
    while rest > 0 {
      if left == 1 { renew() }
      let part = min(rest, left - 1)
      left -= part
      next += part
      rest -= part
    }
  }

  @inline(__always)
  private static func temper(_ word: UInt32) -> UInt32 {
    var y = word
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    return y ^ (y >> 18)
  }

  @inline(__always)
  private static func twist(_ upper: UInt32, _ lower: UInt32) -> UInt32 {
    let mixed = (upper & 0x8000_0000) | (lower & 0x7FFF_FFFF)
    // The matrix is added where the lower word is odd, without a branch.
    return (mixed >> 1) ^ ((0 &- (lower & 1)) & 0x9908_B0DF)
  }

  private mutating func renew() {
    let (count, shift) = (MersenneTwister.wordCount, MersenneTwister.shift)
    let words = self.words
    for i in 0..<(count - shift) { words[i] = words[i + shift] ^ MersenneTwister.twist(words[i], words[i + 1]) }
    for i in (count - shift)..<(count - 1) {
      words[i] = words[i + shift - count] ^ MersenneTwister.twist(words[i], words[i + 1])
    }
    words[count - 1] = words[shift - 1] ^ MersenneTwister.twist(words[count - 1], words[0])
    left = count + 1
    next = 0
  }
}
