import Lua
import Synchronization
import Tensor

/// What scripts set for the whole process beside types and printing: threads, devices, and what PyTorch lets one choose of its
/// arithmetic.
enum ProcessSettings {
  private static let isDeterministic = Atomic<Bool>(false)
  private static let precision = Mutex("highest")

  static var functions: [Function] { threads + devices + arithmetic }

  private static var threads: [Function] {
    [
      Function(
        "get_num_threads", "() -> int", help: "How many threads operators on large tensors use.",
        example: "torch.get_num_threads() >= 1 --> true"
      ) { _ in .integer(Parallel.threadCount) },
      Function(
        "set_num_threads", "(int: int)", help: "Sets how many threads operators on large tensors use.",
        example: "torch.set_num_threads(torch.get_num_threads())"
      ) { a in
        let count = try a.int(0)
        guard count > 0 else { throw TensorError("set_num_threads expects a positive integer") }
        Parallel.threadCount = count
        return .none
      },
    ]
  }

  private static var devices: [Function] {
    [
      Function(
        "get_default_device", "() -> Device", help: "Where new tensors lie: on the CPU.",
        example: "torch.get_default_device() --> cpu"
      ) { _ in .object(DeviceObject.cpu) },
      Function(
        "set_default_device", "(device: Device? = nil)",
        help: "Says where new tensors lie: the CPU, or an error, as there is no other device.",
        example: "torch.set_default_device('cpu')"
      ) { a in
        try a.checkDevice(0)
        return .none
      },
    ]
  }

  private static var arithmetic: [Function] {
    [
      Function(
        "use_deterministic_algorithms", "(mode: bool, *, warn_only: bool = false)",
        help: """
          Asks for operators that give the same numbers every time. All here do, so that nothing changes but what \
          are_deterministic_algorithms_enabled() says.
          """, example: "torch.use_deterministic_algorithms(false)"
      ) { a in
        isDeterministic.store(try a.bool(0), ordering: .relaxed)
        return .none
      },
      Function(
        "are_deterministic_algorithms_enabled", "() -> bool",
        help: "What use_deterministic_algorithms() was told last, false before.",
        example: "torch.are_deterministic_algorithms_enabled() --> false"
      ) { _ in .boolean(isDeterministic.load(ordering: .relaxed)) },
      Function(
        "set_float32_matmul_precision", "(precision: string)",
        help: """
          Says how exact products of float32 matrices have to be: 'highest', 'high' or 'medium'. They are always computed in \
          float32 here, so that nothing changes but what get_float32_matmul_precision() says.
          """, example: "torch.set_float32_matmul_precision('highest')"
      ) { a in
        let name = try a.string(0)
        guard ["highest", "high", "medium"].contains(name) else {
          throw TensorError(
            "\(name) is not one of 'highest', 'high', or 'medium'; the current setFloat32MatmulPrecision call has no effect.",
            kind: .value)
        }
        precision.withLock { $0 = name }
        return .none
      },
      Function(
        "get_float32_matmul_precision", "() -> string",
        help: "What set_float32_matmul_precision() was told last, 'highest' before.",
        example: "torch.get_float32_matmul_precision() --> \"highest\""
      ) { _ in .string(precision.withLock { $0 }) },
    ]
  }
}
