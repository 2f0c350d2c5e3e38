/// Which elements of a tensor its text shows.
struct PrintedElements {
  private let tensor: Tensor
  private let edgeItems: Int
  /// Whether dimensions of more than twice ``PrintOptions/edgeItems`` show only their edges.
  let isSummary: Bool

  init(_ tensor: Tensor, _ options: PrintOptions) {
    self.tensor = tensor
    edgeItems = max(options.edgeItems, 0)
    isSummary = Double(tensor.count) > options.threshold
  }

  /// Whether indices of dimension `dim` are left out.
  func isCut(_ dim: Int) -> Bool { isSummary && edgeItems <= (tensor.shape[dim] - 1) / 2 }

  /// The indices of dimension `dim` that are shown.
  func indices(_ dim: Int) -> [Range<Int>] {
    let size = tensor.shape[dim]
    return isCut(dim) ? [0..<edgeItems, (size - edgeItems)..<size] : [0..<size]
  }

  /// The texts of the shown elements.
  func texts(_ options: PrintOptions) throws -> ElementTexts {
    switch tensor.dtype {
    case .bool:
      return ElementTexts(aligning: try values(Int64.self).map { $0 != 0 ? "True" : "False" })
    case .uint64:
      return ElementTexts(aligning: try values(Int64.self).map { String(UInt64(bitPattern: $0)) })
    case .complex32, .complex64, .complex128:
      return ElementTexts(
        real: try ElementTexts(values(Double.self), options),
        imaginary: try ElementTexts(values(Double.self, imaginary: true), options))
    case let type where type.isFloatingPoint:
      return try ElementTexts(values(Double.self), options)
    default:
      return ElementTexts(aligning: try values(Int64.self).map { String($0) })
    }
  }

  /// The shown elements in row-major order; of complex numbers one of the parts.
  private func values<T: ComputeElement>(_ type: T.Type, imaginary: Bool = false) throws -> [T] {
    var values: [T] = []
    try append(to: &values, 0, try tensor.pointer(), imaginary)
    return values
  }

  private func append<T: ComputeElement>(
    to values: inout [T], _ dim: Int, _ start: UnsafeMutableRawPointer, _ imaginary: Bool
  ) throws {
    let size = tensor.dtype.size
    guard dim < tensor.rank - 1 else {
      let isScalar = tensor.rank == 0
      let stride = isScalar ? 1 : tensor.strides[dim]
      for part in isScalar ? [0..<1] : indices(dim) {
        var row = Row(pointer: start + part.lowerBound * stride * size, dtype: tensor.dtype, stride: stride)
        if imaginary {
          let type: DType = tensor.dtype == .complex32 ? .float16 : tensor.dtype == .complex64 ? .float32 : .float64
          row = Row(pointer: row.pointer + type.size, dtype: type, stride: stride * 2)
        }
        values += [T](unsafeUninitializedCapacity: part.count) { buffer, count in
          if let base = buffer.baseAddress { T.load(row, part.count, into: base) }
          count = part.count
        }
      }
      return
    }
    for part in indices(dim) {
      for index in part { try append(to: &values, dim + 1, start + index * tensor.strides[dim] * size, imaginary) }
    }
  }
}
