/// The state of a generator, and its form as the bytes that PyTorch's `get_rng_state` gives.
struct RandomState {
  /// Bytes of the form: an old structure of C, padding included, and the spare normal number in float32 that follows it.
  static let byteCount = 5056
  private static let wordsOffset = 24
  private static let spareOffset = wordsOffset + MersenneTwister.wordCount * 8 + 8
  private static let hasSpareOffset = spareOffset + 16

  var seed: UInt64
  var left: Int
  var next: Int
  var words: [UInt32]
  var spareNormal: Double?

  init(seed: UInt64, left: Int, next: Int, words: [UInt32], spareNormal: Double?) {
    self.seed = seed
    self.left = left
    self.next = next
    self.words = words
    self.spareNormal = spareNormal
  }

  /// - Throws: ``TensorError`` in PyTorch's words where the bytes are no state.
  init(bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count == RandomState.byteCount else {
      throw TensorError(
        "Expected a CPUGeneratorImplState of size \(RandomState.byteCount) but found the input RNG state size to be \(bytes.count)"
      )
    }
    seed = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
    left = Int(bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self))
    let isSeeded = bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self) != 0
    let next = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    self.next = Int(truncatingIfNeeded: next)
    words = (0..<MersenneTwister.wordCount).map { i in
      bytes.loadUnaligned(fromByteOffset: RandomState.wordsOffset + i * 8, as: UInt32.self)
    }
    let hasSpare = bytes.loadUnaligned(fromByteOffset: RandomState.hasSpareOffset, as: Int32.self) != 0
    spareNormal = hasSpare ? bytes.loadUnaligned(fromByteOffset: RandomState.spareOffset, as: Double.self) : nil
    // What has been given out and what is left must add up, or an output would lie outside of the words.
    let total = UInt64(MersenneTwister.wordCount)
    guard isSeeded, left >= 1, left <= MersenneTwister.wordCount, next <= total, next + UInt64(left) <= total + 1 else {
      throw TensorError("Invalid mt19937 state")
    }
  }

  func write(to bytes: UnsafeMutableRawPointer) {
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: RandomState.byteCount)
    bytes.storeBytes(of: seed, toByteOffset: 0, as: UInt64.self)
    bytes.storeBytes(of: Int32(truncatingIfNeeded: left), toByteOffset: 8, as: Int32.self)
    bytes.storeBytes(of: 1, toByteOffset: 12, as: Int32.self)
    bytes.storeBytes(of: UInt64(next), toByteOffset: 16, as: UInt64.self)
    for (i, word) in words.enumerated() {
      bytes.storeBytes(of: UInt64(word), toByteOffset: RandomState.wordsOffset + i * 8, as: UInt64.self)
    }
    guard let spareNormal else { return }
    bytes.storeBytes(of: spareNormal, toByteOffset: RandomState.spareOffset, as: Double.self)
    bytes.storeBytes(of: 1, toByteOffset: RandomState.hasSpareOffset, as: Int32.self)
  }
}
