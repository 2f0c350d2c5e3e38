import Testing

@testable import Tensor

/// Large buffers that come back make room for others of any size.
@Suite struct FreeMappingsTests {
  /// Addresses that nobody reads.
  private static func address(_ offset: Int) throws -> UnsafeMutableRawPointer {
    try #require(UnsafeMutableRawPointer(bitPattern: 0x10_0000 + offset))
  }

  private func sizes(_ mappings: FreeMappings) -> [Int] { mappings.pieces.map(\.byteCount) }

  @Test func neighboursBecomeOne() throws {
    var mappings = FreeMappings()
    mappings.put(try Self.address(0), 100, at: 1)
    mappings.put(try Self.address(300), 100, at: 2)
    #expect(sizes(mappings) == [100, 100])
    mappings.put(try Self.address(100), 200, at: 3)
    #expect(sizes(mappings) == [400])
    #expect(mappings.oldest?.lastUse == 3)
    let whole = mappings.take(400)
    #expect(whole == (try Self.address(0)))
    #expect(mappings.pieces.isEmpty && mappings.byteCount == 0)
  }

  @Test func theSmallestPieceThatIsLargeEnoughIsTaken() throws {
    var mappings = FreeMappings()
    for (offset, size) in [(0, 500), (1000, 200), (2000, 300), (3000, 200)] {
      mappings.put(try Self.address(offset), size, at: 1)
    }
    let (none, some) = (mappings.take(600), mappings.take(150))
    #expect(none == nil)
    #expect(some == (try Self.address(1000)))
    #expect(sizes(mappings) == [500, 50, 300, 200])
    #expect(mappings.byteCount == 1050)
  }

  @Test func whatIsGivenBackIsTheEndOfAPiece() throws {
    var mappings = FreeMappings()
    mappings.put(try Self.address(0), 500, at: 1)
    mappings.put(try Self.address(1000), 100, at: 2)
    let oldest = try #require(mappings.oldest)
    let removed = mappings.remove(200, of: oldest)
    #expect(removed?.pointer == (try Self.address(300)) && removed?.byteCount == 200)
    #expect(sizes(mappings) == [300, 100])
    let rest = mappings.remove(1000, of: oldest)
    #expect(rest?.byteCount == 300 && sizes(mappings) == [100])
    let nothing = mappings.remove(100, of: oldest)
    #expect(nothing == nil)
  }

  @Test func nothingIsLostOrGivenOutTwice() throws {
    var generator = SystemRandomNumberGenerator()
    var mappings = FreeMappings()
    mappings.put(try Self.address(0), 10_000, at: 0)
    var live: [(pointer: UnsafeMutableRawPointer, size: Int)] = []
    for time in 1...5000 {
      if Bool.random(using: &generator), let index = live.indices.randomElement(using: &generator) {
        let buffer = live.remove(at: index)
        mappings.put(buffer.pointer, buffer.size, at: time)
      } else {
        let size = Int.random(in: 1...1500, using: &generator)
        if let pointer = mappings.take(size) { live.append((pointer, size)) }
      }
      let all = (live.map { ($0.pointer, $0.size) } + mappings.pieces.map { ($0.pointer, $0.byteCount) })
        .sorted { $0.0 < $1.0 }
      let isWhole = zip(all, all.dropFirst()).allSatisfy { $0.0 + $0.1 == $1.0 }
      try #require(isWhole && all.reduce(0) { $0 + $1.1 } == 10_000)
      try #require(mappings.byteCount == mappings.pieces.reduce(0) { $0 + $1.byteCount })
    }
  }
}
