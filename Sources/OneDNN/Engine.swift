import COneDNN

/// The processor as the library sees it: the engine that primitives are compiled for and the stream they run on.
///
/// Created on first use, so that a program which computes nothing pays nothing. A stream of the CPU engine holds no state,
/// and scratch memory is handed in at each call, so threads may share it.
final class Engine: @unchecked Sendable {
  let handle: dnnl_engine_t
  let stream: dnnl_stream_t

  private static let instance = Result { try Engine() }

  static func shared() throws -> Engine { try instance.get() }

  private init() throws {
    var engine: dnnl_engine_t?
    try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "engine", "cpu")
    var stream: dnnl_stream_t?
    try check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue), "stream", "cpu")
    guard let engine, let stream else { throw PrimitiveError(primitive: "engine", detail: "cpu", reason: .outOfMemory) }
    self.handle = engine
    self.stream = stream
  }
}

/// Facts about the processor and the library.
public enum Processor {
  /// Whether the library may use AVX-512 here: the processor has it and `ONEDNN_MAX_CPU_ISA` allows it.
  public static let hasAVX512 =
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core.rawValue
    == dnnl_cpu_isa_avx512_core.rawValue

  /// The number of channels in a block of the layouts that convolutions are fastest in: 16 with AVX-512, else 8.
  public static let channelBlock = hasAVX512 ? 16 : 8
}
