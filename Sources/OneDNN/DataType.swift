import COneDNN

/// The types of elements that the library computes with.
public enum DataType: UInt8, Hashable, Sendable, CaseIterable {
  /// Floating point numbers of 32 and 16 bits, and integers, the last of which has no sign.
  case float32, bfloat16, float16, int32, int8, uint8

  /// The size of one element, in bytes.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .bfloat16, .float16: 2
    case .int8, .uint8: 1
    }
  }

  var raw: dnnl_data_type_t {
    switch self {
    case .float32: dnnl_f32
    case .bfloat16: dnnl_bf16
    case .float16: dnnl_f16
    case .int32: dnnl_s32
    case .int8: dnnl_s8
    case .uint8: dnnl_u8
    }
  }

  init?(_ raw: dnnl_data_type_t) {
    switch raw {
    case dnnl_f32: self = .float32
    case dnnl_bf16: self = .bfloat16
    case dnnl_f16: self = .float16
    case dnnl_s32: self = .int32
    case dnnl_s8: self = .int8
    case dnnl_u8: self = .uint8
    default: return nil
    }
  }
}
