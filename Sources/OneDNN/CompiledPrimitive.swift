import COneDNN
import COpenMP
import Supervision
import Synchronization

/// A primitive that the library compiled for given shapes, with the memory objects that its arguments are passed in.
///
/// The memory objects are made once and pointed at new buffers for each run, under a lock, so a run allocates nothing.
final class CompiledPrimitive: @unchecked Sendable {
  private let handle: dnnl_primitive_t
  /// The arguments that the primitive uses, the scratchpad last if there is one.
  private let arguments: UnsafeMutablePointer<dnnl_exec_arg_t>
  private let argumentCount: Int
  /// For each argument that the creator named: its place in `arguments`, or -1 where the primitive does not use it.
  private let places: UnsafeMutablePointer<Int>
  private let placeCount: Int
  private let scratchpadByteCount: Int
  private let scratchpadMemory: dnnl_memory_t?
  private let engine: Engine
  private let name: String
  private let lock = Mutex<Void>(())
  /// The number of threads that it was compiled for.
  private let threadCount = omp_get_max_threads()

  /// Compiles an operation.
  /// - Parameters:
  ///   - operation: The library's descriptor of the operation.
  ///   - hint: The forward primitive that a backward one belongs to.
  ///   - arguments: The library's numbers (`DNNL_ARG_SRC` …) of all arguments that may occur; `execute` counts by them.
  convenience init<Operation>(
    _ name: String, _ operation: inout Operation, attributes: PrimitiveAttributes? = nil,
    hint: CompiledPrimitive? = nil, arguments: [Int32], detail: @autoclosure () -> String
  ) throws {
    let engine = try Engine.shared()
    let attributes = try attributes ?? PrimitiveAttributes.plain()
    var hintDescriptor: OpaquePointer?
    if let hint {
      try check(dnnl_primitive_get_primitive_desc(hint.handle, &hintDescriptor), name, detail())
    }
    var descriptor: dnnl_primitive_desc_t?
    let status = withUnsafeMutablePointer(to: &operation) {
      dnnl_primitive_desc_create(&descriptor, $0, attributes.handle, engine.handle, hintDescriptor)
    }
    try check(status, name, detail())
    try self.init(name, owning: descriptor, engine: engine, arguments: arguments, detail: detail())
  }

  /// Compiles what a primitive descriptor says, and destroys the descriptor.
  init(
    _ name: String, owning descriptor: dnnl_primitive_desc_t?, engine: Engine, arguments numbers: [Int32],
    detail: @autoclosure () -> String
  ) throws {
    defer { dnnl_primitive_desc_destroy(descriptor) }
    var primitive: dnnl_primitive_t?
    try check(dnnl_primitive_create(&primitive, descriptor), name, detail())
    guard let primitive else { throw PrimitiveError(primitive: name, detail: detail(), reason: .outOfMemory) }

    var used: [dnnl_exec_arg_t] = []
    func memory(_ md: UnsafePointer<dnnl_memory_desc_t>?) throws -> dnnl_memory_t? {
      guard let md, md.pointee.ndims > 0 else { return nil }
      var memory: dnnl_memory_t?
      try check(dnnl_memory_create(&memory, md, engine.handle, nil), name, "memory of an argument")
      return memory
    }
    do {
      var order: [Int] = []
      for number in numbers {
        guard let memory = try memory(dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, number)) else {
          order.append(-1)
          continue
        }
        order.append(used.count)
        used.append(dnnl_exec_arg_t(arg: number, memory: memory))
      }
      let scratchpad = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0)
      scratchpadByteCount = scratchpad.map { max(dnnl_memory_desc_get_size($0), 0) } ?? 0
      scratchpadMemory = scratchpadByteCount > 0 ? try memory(scratchpad) : nil
      if let scratchpadMemory {
        used.append(dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratchpadMemory))
      }
      places = .allocate(capacity: order.count)
      places.initialize(from: order, count: order.count)
      placeCount = order.count
    } catch {
      for argument in used { dnnl_memory_destroy(argument.memory) }
      dnnl_primitive_destroy(primitive)
      throw error
    }
    handle = primitive
    argumentCount = used.count
    arguments = .allocate(capacity: used.count)
    arguments.initialize(from: used, count: used.count)
    self.engine = engine
    self.name = name
  }

  deinit {
    for index in 0..<argumentCount { dnnl_memory_destroy(arguments[index].memory) }
    arguments.deallocate()
    places.deallocate()
    dnnl_primitive_destroy(handle)
  }

  /// Sets the buffers of one run; arguments count in the order that the creator named them in.
  struct Binding {
    fileprivate let arguments: UnsafeMutablePointer<dnnl_exec_arg_t>
    fileprivate let places: UnsafeMutablePointer<Int>
    fileprivate let count: Int

    subscript(index: Int) -> UnsafeRawPointer? {
      get { nil }
      nonmutating set {
        guard index < count, places[index] >= 0 else { return }
        dnnl_memory_set_data_handle(arguments[places[index]].memory, UnsafeMutableRawPointer(mutating: newValue))
      }
    }
  }

  /// Runs the primitive on the buffers that `bind` sets, and waits for it.
  /// - Throws: ``Interrupted`` if nothing should run any more; `PrimitiveError`.
  @inline(__always)
  func execute(_ bind: (Binding) -> Void) throws {
    try Interruption.check()
    try OperatorProfile.measure(name) { try run(bind) }
  }

  @inline(__always)
  private func run(_ bind: (Binding) -> Void) throws {
    let status = Scratchpad.withBuffer(byteCount: scratchpadByteCount) { scratchpad in
      lock.withLock { _ in
        bind(Binding(arguments: arguments, places: places, count: placeCount))
        if let scratchpadMemory { dnnl_memory_set_data_handle(scratchpadMemory, scratchpad) }
        return ThreadLimit.with(count: threadCount) {
          dnnl_primitive_execute(handle, engine.stream, Int32(argumentCount), arguments)
        }
      }
    }
    try check(status, name, "execution")
  }

  /// The layout of an argument, or nil if the primitive does not use it.
  func descriptor(_ number: Int32) -> MemoryDescriptor? {
    var descriptor: OpaquePointer?
    guard dnnl_primitive_get_primitive_desc(handle, &descriptor) == dnnl_success,
      let md = dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, number), md.pointee.ndims > 0
    else { return nil }
    return MemoryDescriptor(md)
  }

  /// The layout of an argument that the primitive is known to use.
  func requiredDescriptor(_ number: Int32) throws -> MemoryDescriptor {
    guard let descriptor = descriptor(number) else {
      throw PrimitiveError(primitive: name, detail: "argument \(number)", reason: .invalidArguments)
    }
    return descriptor
  }

  /// The name of the library's kernel, such as `jit:avx512_core`.
  var implementation: String {
    var descriptor: OpaquePointer?
    var text: UnsafePointer<CChar>?
    guard dnnl_primitive_get_primitive_desc(handle, &descriptor) == dnnl_success,
      dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, &text) == dnnl_success, let text
    else { return "unknown" }
    return String(cString: text)
  }
}
