import Glibc
import Supervision

/// A stream of random bits and the ways in which PyTorch turns them into numbers.
final class RandomEngine {
  private let words: UnsafeMutablePointer<UInt32>
  private var twister: MersenneTwister
  /// Normal numbers come in pairs: the second one of a pair that was half used.
  private(set) var spareNormal: Double?

  init(seed: UInt64) {
    words = .allocate(capacity: MersenneTwister.wordCount)
    twister = MersenneTwister(words: words, seed: seed)
  }

  /// A state saved before, as ``RandomState`` lays it out.
  init(_ state: RandomState) {
    words = .allocate(capacity: MersenneTwister.wordCount)
    words.initialize(from: state.words, count: MersenneTwister.wordCount)
    twister = MersenneTwister(words: words, left: state.left, next: state.next)
    spareNormal = state.spareNormal
  }

  deinit { words.deallocate() }

  /// Everything that decides what comes next.
  func state(seed: UInt64) -> RandomState {
    RandomState(
      seed: seed, left: twister.left, next: twister.next,
      words: Array(UnsafeBufferPointer(start: words, count: MersenneTwister.wordCount)), spareNormal: spareNormal)
  }

  func bits32() -> UInt32 { twister.output() }

  /// Two outputs, the first one above.
  func bits64() -> UInt64 {
    let high = UInt64(twister.output())
    return high << 32 | UInt64(twister.output())
  }

  /// Writes the next `count` outputs.
  ///
  /// - Throws: ``Interrupted``; the stream then stands somewhere in between, see ``restoringOnFailure(_:)``.
  func fill(_ outputs: UnsafeMutablePointer<UInt32>, _ count: Int) throws {
    var done = 0
    while done < count {
      try Interruption.check()
      let length = min(count - done, RandomEngine.outputsWithoutLook)
      twister.fill(outputs + done, length)
      done += length
    }
  }

  /// Outputs between two looks at ``Interruption``: some milliseconds.
  private static let outputsWithoutLook = 1 << 22

  /// Runs `body`, and brings the stream back to where it was if that throws.
  func restoringOnFailure<R>(_ body: () throws -> R) throws -> R {
    let saved = state(seed: 0)
    do { return try body() } catch {
      words.update(from: saved.words, count: MersenneTwister.wordCount)
      twister = MersenneTwister(words: words, left: saved.left, next: saved.next)
      spareNormal = saved.spareNormal
      throw error
    }
  }

  func skip(_ count: Int) { twister.skip(count) }

  /// Uniform in [0, 1) with 24 bits.
  func uniformFloat() -> Float { Float(bits32() & 0xFF_FFFF) * 0x1p-24 }

  /// Uniform in [0, 1) with 53 bits.
  func uniformDouble() -> Double { Double(bits64() & 0x1F_FFFF_FFFF_FFFF) * 0x1p-53 }

  /// Standard normal, by the Box-Muller transform, the second number of each pair kept for the next call.
  func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let first = uniformDouble()
    let second = uniformDouble()
    let radius = (-2 * log1p(-second)).squareRoot()
    let angle = 2 * Double.pi * first
    spareNormal = radius * sin(angle)
    return radius * cos(angle)
  }
}
