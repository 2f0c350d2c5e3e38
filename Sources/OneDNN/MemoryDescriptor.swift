import COneDNN

/// The shape, type and layout of a tensor in memory, as the library describes it. Immutable.
///
/// A layout is strided (PyTorch's strides, in elements), blocked (such as `nChw16c`: channels in groups of 16, innermost),
/// or opaque (a convolution's transformed weights). `Layout.any` yields a descriptor that leaves the choice to a primitive.
public final class MemoryDescriptor: @unchecked Sendable {
  let raw: dnnl_memory_desc_t
  private let hash: Int
  /// The number of bytes that a buffer of this layout takes, padding included; 0 where the layout is left open.
  public let byteCount: Int

  /// The most dimensions that a descriptor can have.
  public static let maximumRank = Int(DNNL_MAX_NDIMS)

  /// Copies a descriptor that the library filled in.
  init(_ raw: UnsafePointer<dnnl_memory_desc_t>) {
    self.raw = raw.pointee
    hash = raw.pointee.contentHash
    byteCount = max(dnnl_memory_desc_get_size(raw), 0)
  }

  /// The descriptor as an argument of a C call: an array lives until the call returns, which a pointer into an object need
  /// not.
  var argument: [dnnl_memory_desc_t] { [raw] }

  /// A strided layout, with PyTorch's strides in elements (0 repeats a value along a dimension).
  /// - Throws: `PrimitiveError` if there are too many dimensions, a size is negative or overflows, or if elements overlap
  ///   in a way that the library cannot describe.
  public convenience init(_ dimensions: some Collection<Int>, strides: some Collection<Int>, type: DataType) throws {
    var raw = dnnl_memory_desc_t()
    let status = try withDims(dimensions) { dims in
      try withDims(strides) { strides in
        dnnl_memory_desc_init_by_strides(&raw, Int32(dimensions.count), dims, type.raw, strides)
      }
    }
    try Self.check(status, dimensions, type)
    self.init(&raw)
  }

  /// A row-major layout without gaps.
  public convenience init(_ dimensions: some Collection<Int>, type: DataType) throws {
    var raw = dnnl_memory_desc_t()
    let status = try withDims(dimensions) { dims in
      dnnl_memory_desc_init_by_strides(&raw, Int32(dimensions.count), dims, type.raw, nil)
    }
    try Self.check(status, dimensions, type)
    self.init(&raw)
  }

  convenience init(_ dimensions: some Collection<Int>, type: DataType, tag: dnnl_format_tag_t) throws {
    var raw = dnnl_memory_desc_t()
    let status = try withDims(dimensions) { dims in
      dnnl_memory_desc_init_by_tag(&raw, Int32(dimensions.count), dims, type.raw, tag)
    }
    try Self.check(status, dimensions, type)
    self.init(&raw)
  }

  private static func check(
    _ status: dnnl_status_t, _ dimensions: some Collection<Int>, _ type: DataType
  ) throws {
    try OneDNN.check(status, "memory descriptor", "\(Array(dimensions)), \(type)")
    var bytes = type.byteCount
    for dimension in dimensions where dimension > 1 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      if overflow { try OneDNN.check(dnnl_invalid_arguments, "memory descriptor", "\(Array(dimensions)), \(type)") }
      bytes = product
    }
  }
}

extension MemoryDescriptor {
  /// The number of dimensions.
  public var rank: Int { Int(raw.ndims) }

  /// The logical shape, padding not counted.
  public var dimensions: [Int] { raw.withDimensions { Array($0) } }

  /// The type of the elements; nil for one that the library has and this module has not.
  public var type: DataType? { DataType(raw.data_type) }

  /// The number of elements, padding not counted.
  public var elementCount: Int { raw.withDimensions { $0.reduce(1, &*) } }

  /// Whether the choice of the layout is left to a primitive.
  public var isOpen: Bool { raw.format_kind == dnnl_format_kind_any }

  /// Whether the layout is that of PyTorch's strided tensors: no blocks, nothing opaque.
  public var isStrided: Bool {
    raw.format_kind == dnnl_blocked && raw.format_desc.blocking.inner_nblks == 0
  }

  /// The strides in elements, if the layout is strided.
  public var strides: [Int]? {
    isStrided ? raw.withStrides { Array($0) } : nil
  }

  /// Whether the elements lie in row-major order without gaps.
  public var isRowMajor: Bool {
    guard isStrided else { return false }
    return raw.withDimensions { dims in
      raw.withStrides { strides in
        var expected = 1
        for axis in dims.indices.reversed() {
          if dims[axis] == 0 { return true }
          if dims[axis] != 1, strides[axis] != expected { return false }
          expected = expected &* dims[axis]
        }
        return true
      }
    }
  }

  /// The number of channels (dimension 1) in a block, if the layout is blocked along channels alone, as `nChw16c` is.
  public var channelBlock: Int? {
    guard raw.format_kind == dnnl_blocked else { return nil }
    let blocking = raw.format_desc.blocking
    return blocking.inner_nblks == 1 && blocking.inner_idxs.0 == 1 ? Int(blocking.inner_blks.0) : nil
  }
}

extension MemoryDescriptor: Hashable {
  public static func == (a: MemoryDescriptor, b: MemoryDescriptor) -> Bool {
    if a === b { return true }
    guard a.hash == b.hash else { return false }
    return withUnsafePointer(to: a.raw) { a in
      withUnsafePointer(to: b.raw) { b in dnnl_memory_desc_equal(a, b) != 0 }
    }
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

extension MemoryDescriptor: CustomStringConvertible {
  /// Shape, type and layout, such as `[8, 64, 56, 56] float32 strides [3211264, 16, 896, 16] blocks [16 of dimension 1]`.
  public var description: String {
    var text = "\(dimensions)"
    if let type { text += " \(type)" }
    switch raw.format_kind {
    case dnnl_format_kind_any: return text + " any layout"
    case dnnl_blocked: break
    default: return text + " opaque"
    }
    if isRowMajor { return text }
    text += " strides \(raw.withStrides { Array($0) })"
    let blocking = raw.format_desc.blocking
    if blocking.inner_nblks == 0 { return text }
    let count = Int(blocking.inner_nblks)
    let sizes = withUnsafeBytes(of: blocking.inner_blks) { Array($0.assumingMemoryBound(to: Int.self).prefix(count)) }
    let axes = withUnsafeBytes(of: blocking.inner_idxs) { Array($0.assumingMemoryBound(to: Int.self).prefix(count)) }
    return text + " blocks \(zip(sizes, axes).map { "\($0) of dimension \($1)" })"
  }
}

extension MemoryDescriptor? {
  /// As `MemoryDescriptor.argument`; the library takes an empty descriptor for none.
  var argument: [dnnl_memory_desc_t] { [self?.raw ?? dnnl_memory_desc_t()] }
}

extension dnnl_memory_desc_t {
  func withDimensions<Result>(_ body: (UnsafeBufferPointer<Int>) -> Result) -> Result {
    withUnsafeBytes(of: dims) {
      body(UnsafeBufferPointer(rebasing: $0.assumingMemoryBound(to: Int.self).prefix(Int(ndims))))
    }
  }

  /// The strides of a blocked layout; they come first in the union of layouts.
  func withStrides<Result>(_ body: (UnsafeBufferPointer<Int>) -> Result) -> Result {
    withUnsafeBytes(of: format_desc) {
      body(UnsafeBufferPointer(rebasing: $0.assumingMemoryBound(to: Int.self).prefix(Int(ndims))))
    }
  }

  /// A hash of what tells layouts apart in practice; equality compares the rest.
  var contentHash: Int {
    var state = UInt(ndims) &<< 16 | UInt(data_type.rawValue) &<< 8 | UInt(format_kind.rawValue)
    func mix(_ value: Int) {
      state = (state ^ UInt(bitPattern: value)) &* 0x9E37_79B9_7F4A_7C15
      state ^= state &>> 29
    }
    withDimensions { for dimension in $0 { mix(dimension) } }
    if format_kind == dnnl_blocked {
      withStrides { for stride in $0 { mix(stride) } }
    }
    return Int(bitPattern: state)
  }
}

/// Runs `body` with the values laid out as the library's array of dimensions.
/// - Throws: `PrimitiveError` if there are more than the library can take.
func withDims<Result>(
  _ values: some Collection<Int>, _ body: (UnsafePointer<dnnl_dim_t>) throws -> Result
) throws -> Result {
  guard values.count <= MemoryDescriptor.maximumRank else {
    throw PrimitiveError(primitive: "dimensions", detail: "\(values.count) of them", reason: .invalidArguments)
  }
  return try withUnsafeTemporaryAllocation(of: dnnl_dim_t.self, capacity: MemoryDescriptor.maximumRank) { dims in
    dims.initialize(repeating: 0)
    for (index, value) in values.enumerated() { dims[index] = dnnl_dim_t(value) }
    guard let base = dims.baseAddress else {
      throw PrimitiveError(primitive: "dimensions", detail: "", reason: .outOfMemory)
    }
    return try body(UnsafePointer(base))
  }
}
