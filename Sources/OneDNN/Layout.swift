import COneDNN

/// How a caller wants a tensor of a primitive to lie in memory.
public enum Layout: Hashable, Sendable {
  /// Whatever the primitive likes best; its descriptor tells afterwards.
  case any
  /// Row-major, without gaps.
  case rowMajor
  /// Channels innermost (`nhwc`), PyTorch's `channels_last`.
  case channelsLast
  /// Channels in blocks of `Processor.channelBlock`, the block innermost (`nChw16c`, `nChw8c`).
  case channelBlocked
  /// Just as this descriptor says.
  case exactly(MemoryDescriptor)

  /// The descriptor of a tensor of this shape (batch, channels, spatial dimensions …) and type in this layout.
  public func descriptor(_ dimensions: [Int], type: DataType) throws -> MemoryDescriptor {
    switch self {
    case .any: try MemoryDescriptor(dimensions, type: type, tag: dnnl_format_tag_any)
    case .rowMajor: try MemoryDescriptor(dimensions, type: type)
    case .channelsLast: try MemoryDescriptor(dimensions, strides: channelsLastStrides(dimensions), type: type)
    case .channelBlocked: try MemoryDescriptor(dimensions, type: type, tag: channelBlockedTag(rank: dimensions.count))
    case .exactly(let descriptor): descriptor
    }
  }
}

private func channelsLastStrides(_ dimensions: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: dimensions.count)
  guard dimensions.count > 2 else { return MemoryDescriptor.rowMajorStrides(dimensions) }
  var stride = max(dimensions[1], 1)
  for axis in (2..<dimensions.count).reversed() {
    strides[axis] = stride
    stride = stride &* max(dimensions[axis], 1)
  }
  strides[0] = stride
  return strides
}

private func channelBlockedTag(rank: Int) -> dnnl_format_tag_t {
  let wide = Processor.channelBlock == 16
  return switch rank {
  case 3: wide ? dnnl_aBc16b : dnnl_aBc8b
  case 4: wide ? dnnl_aBcd16b : dnnl_aBcd8b
  case 5: wide ? dnnl_aBcde16b : dnnl_aBcde8b
  default: dnnl_format_tag_undef
  }
}

extension MemoryDescriptor {
  /// The strides, in elements, of a row-major tensor without gaps.
  public static func rowMajorStrides(_ dimensions: [Int]) -> [Int] {
    var strides = dimensions
    var stride = 1
    for axis in dimensions.indices.reversed() {
      strides[axis] = stride
      stride = stride &* max(dimensions[axis], 1)
    }
    return strides
  }
}
