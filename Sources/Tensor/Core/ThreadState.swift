import Glibc

/// What PyTorch keeps per thread: whether gradients are recorded, and defaults.
///
/// A class behind a `pthread` key, as Swift has no thread-local variables; reading it costs a few nanoseconds.
public final class ThreadState {
  /// Whether operations on tensors that require gradients are recorded (`torch.is_grad_enabled()`).
  public var gradEnabled = true
  /// Whether tensors made now can never take part in autograd (`torch.is_inference_mode_enabled()`).
  public var inferenceMode = false
  /// What operations save of a tensor while an in-place operation is about to overwrite it.
  var inPlaceRescue: InPlaceRescue?
  /// The type that numbers without one get.
  public var defaultDType = DType.float32

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { pointer in
      guard let pointer else { return }
      Unmanaged<ThreadState>.fromOpaque(pointer).release()
    }
    return key
  }()

  /// The calling thread's state.
  public static var current: ThreadState {
    if let pointer = pthread_getspecific(key) {
      return Unmanaged<ThreadState>.fromOpaque(pointer).takeUnretainedValue()
    }
    let state = ThreadState()
    pthread_setspecific(key, Unmanaged.passRetained(state).toOpaque())
    return state
  }
}
