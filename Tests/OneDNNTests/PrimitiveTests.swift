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
    let layout = try plain([7, 11])
    let first = try ElementwiseForward.prepare(.tanh, data: layout)
    let second = try ElementwiseForward.prepare(.tanh, data: plain([7, 11]))
    #expect(first === second)
    #expect(try ElementwiseForward.prepare(.exp, data: layout) !== first)
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

  @Test func elementwiseFunctionsAndTheirGradients() throws {
    let values: [Float] = [-2, -0.5, 0.25, 3]
    let layout = try plain([4])
    func apply(_ function: ElementwiseFunction) throws -> [Float] {
      var result = [Float](repeating: 0, count: 4)
      try ElementwiseForward.prepare(function, data: layout).execute(source: values, destination: &result)
      return result
    }
    #expect(try apply(.relu()) == [0, 0, 0.25, 3])
    #expect(try apply(.relu(negativeSlope: 0.5)) == [-1, -0.25, 0.25, 3])
    #expect(try apply(.clip(minimum: -1, maximum: 1)) == [-1, -0.5, 0.25, 1])
    #expect(difference(try apply(.gelu), [-0.0455003, -0.1542688, 0.1496766, 2.9959502]) < 1e-5)
    #expect(difference(try apply(.swish()), [-0.2384058, -0.1887703, 0.1405441, 2.8577224]) < 1e-5)
    var gradient = [Float](repeating: 0, count: 4)
    try ElementwiseBackward.prepare(.relu(), data: layout, gradient: layout)
      .execute(source: values, gradient: [1, 2, 3, 4] as [Float], sourceGradient: &gradient)
    #expect(gradient == [0, 0, 3, 4])
  }

  @Test func binaryRepeatsDimensionsOfSizeOne() throws {
    var result = [Float](repeating: 0, count: 6)
    try Binary.prepare(.add, left: plain([2, 3]), right: plain([1, 3]))
      .execute(left: [1, 2, 3, 4, 5, 6] as [Float], right: [10, 20, 30] as [Float], destination: &result)
    #expect(result == [11, 22, 33, 14, 25, 36])
  }

  @Test func sumAddsTensorsOfDifferentLayouts() throws {
    let blocked = try Layout.channelBlocked.descriptor([1, 16, 2, 2], type: .float32)
    let layout = try plain([1, 16, 2, 2])
    let a = numbers(64, seed: 1)
    let b = numbers(64, seed: 2)
    let sum = try Sum.prepare([blocked, layout], scales: [1, 2], destination: .rowMajor)
    var result = buffer(sum.destination)
    let moved = try reordered(a, from: layout, to: blocked)
    try moved.withUnsafeBytes { first in
      try b.withUnsafeBytes { second in
        try sum.execute(
          [#require(first.baseAddress), #require(second.baseAddress)], destination: &result)
      }
    }
    #expect(difference(result, zip(a, b).map { $0 + 2 * $1 }) < 1e-6)
  }

  @Test func reductionsAlongADimension() throws {
    var result = [Float](repeating: 0, count: 2)
    try Reduction.prepare(.mean, source: plain([2, 3]), destination: plain([2, 1]))
      .execute(source: [1, 2, 3, 4, 5, 9] as [Float], destination: &result)
    #expect(result == [2, 6])
  }

  @Test func localResponseNormalizationFollowsTheFormula() throws {
    let values: [Float] = [1, 2, 3]
    var result = [Float](repeating: 0, count: 3)
    try LocalResponseNormalization.prepare(data: plain([1, 3, 1, 1]), size: 3, alpha: 3, beta: 1, k: 1)
      .execute(source: values, destination: &result)
    #expect(difference(result, [1 / 6, 2 / 15, 3 / 14]) < 1e-5)
  }
}
