/// One number for each spatial dimension, up to three: a kernel's size, a stride, a padding.
public struct Spatial: Hashable, Sendable {
  /// How many spatial dimensions there are, one to three.
  public let count: Int
  private var lanes: SIMD4<Int>

  /// - Throws: `PrimitiveError` unless there are one to three values.
  public init(_ values: some Collection<Int>) throws {
    guard 1...3 ~= values.count else {
      throw PrimitiveError(
        primitive: "spatial dimensions", detail: "\(Array(values))", reason: .invalidArguments)
    }
    count = values.count
    lanes = .zero
    for (index, value) in values.enumerated() { lanes[index] = value }
  }

  /// The same number for each dimension, as many as `other` has.
  public init(repeating value: Int, like other: Spatial) {
    count = other.count
    lanes = .init(repeating: value)
    for index in other.count..<4 { lanes[index] = 0 }
  }

  func map(_ transform: (Int) -> Int) -> Spatial {
    var result = self
    for index in 0..<count { result.lanes[index] = transform(lanes[index]) }
    return result
  }
}

extension Spatial: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { count }
  public subscript(index: Int) -> Int { lanes[index] }
}

extension Spatial: CustomStringConvertible {
  public var description: String { map { String($0) }.joined(separator: "x") }
}
