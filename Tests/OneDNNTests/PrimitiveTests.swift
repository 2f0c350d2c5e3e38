import OneDNN
import Testing

@Suite struct PrimitiveTests {
  private func plain(_ dimensions: [Int], _ type: DataType = .float32) throws -> MemoryDescriptor {
    try MemoryDescriptor(dimensions, type: type)
  }

  @Test func reorderGoesThereAndBack() throws {
    let values = numbers(2 * 19 * 5 * 3)
    let layout = try plain([2, 19, 5, 3])
    for other in [Layout.channelBlocked, .channelsLast] {
      let there = try other.descriptor([2, 19, 5, 3], type: .float32)
      let moved = try reordered(values, from: layout, to: there)
      #expect(moved != values)
      #expect(try reordered(moved, from: there, to: layout) == values)
    }
  }

  @Test func reorderConvertsTypes() throws {
    let values: [Float] = [1, -2.5, 3.140625, 0]
    var half = [UInt16](repeating: 0, count: 4)
    try Reorder.prepare(from: plain([4]), to: plain([4], .bfloat16)).execute(source: values, destination: &half)
    #expect(half == [0x3F80, 0xC020, 0x4049, 0])
  }

  @Test func descriptorsTellTheirLayout() throws {
    let rowMajor = try plain([2, 3, 4])
    #expect(rowMajor.isRowMajor && rowMajor.isStrided && rowMajor.strides == [12, 4, 1] && rowMajor.byteCount == 96)
    let same = try MemoryDescriptor([2, 3, 4], strides: [12, 4, 1], type: .float32)
    #expect(rowMajor == same && rowMajor.hashValue == same.hashValue)
    #expect(try rowMajor != MemoryDescriptor([2, 3, 4], strides: [1, 2, 6], type: .float32))
    let blocked = try Layout.channelBlocked.descriptor([1, 20, 2, 2], type: .float32)
    #expect(blocked.channelBlock == Processor.channelBlock && !blocked.isStrided && !blocked.isRowMajor)
    #expect(blocked.byteCount == (Processor.channelBlock == 16 ? 32 : 24) * 4 * 4)
    #expect(try Layout.any.descriptor([1, 2], type: .float32).isOpen)
    #expect(try MemoryDescriptor([4, 3], strides: [0, 1], type: .float32).strides == [0, 1])
  }

  @Test func primitivesAreCompiledOnce() throws {
    let first = try Reorder.prepare(from: plain([7, 11]), to: plain([7, 11], .bfloat16))
    let second = try Reorder.prepare(from: plain([7, 11]), to: plain([7, 11], .bfloat16))
    #expect(first === second)
    #expect(try Reorder.prepare(from: plain([7, 12]), to: plain([7, 12], .bfloat16)) !== first)
  }

  @Test func cacheForgetsTheLeastRecentlyUsed() {
    final class Value: Sendable {}
    let cache = PrimitiveCache<Int, Value>(capacity: 2)
    var made: [Int] = []
    for key in [1, 2, 1, 3, 1, 2] {
      _ = cache.plan(for: key) {
        made.append(key)
        return Value()
      }
    }
    #expect(made == [1, 2, 3, 2])
  }
}
