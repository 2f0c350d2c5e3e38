import COneDNN
import Synchronization

/// How a convolution is computed.
public enum ConvolutionAlgorithm: Hashable, Sendable {
  /// What is fastest for the shapes at hand, as measured; Winograd's only while `isWinogradEnabled`.
  case automatic
  /// Multiply and add, as the formula says.
  case direct
  /// Winograd's minimal filtering: 3x3 kernels of stride 1 in float32, 2.25 to 4 times fewer multiplications.
  case winograd

  private static let winogradSwitch = Atomic<Bool>(true)

  /// Whether `automatic` may choose Winograd's algorithm.
  public static var isWinogradEnabled: Bool {
    get { winogradSwitch.load(ordering: .relaxed) }
    set { winogradSwitch.store(newValue, ordering: .relaxed) }
  }

  var raw: dnnl_alg_kind_t { self == .winograd ? dnnl_convolution_winograd : dnnl_convolution_direct }
}

/// The computations that a convolution takes part in.
enum ConvolutionDirection: Hashable, Sendable {
  case inference, training, backwardData, backwardWeights
}

extension ConvolutionProblem {
  /// Whether the library has Winograd kernels for these shapes: two spatial dimensions, 3x3, stride 1, one group, float32.
  var admitsWinograd: Bool {
    Processor.hasAVX512 && type == .float32 && destinationType == .float32 && groups == 1 && kernel.count == 2
      && kernel.allSatisfy { $0 == 3 } && stride.allSatisfy { $0 == 1 } && dilation.allSatisfy { $0 == 1 }
      && paddingLow.allSatisfy { $0 <= 1 } && paddingHigh.allSatisfy { $0 <= 1 }
  }

  /// The algorithm to try first for `requested`.
  func algorithm(_ requested: ConvolutionAlgorithm, _ direction: ConvolutionDirection) -> ConvolutionAlgorithm {
    guard requested == .automatic else { return requested }
    guard ConvolutionAlgorithm.isWinogradEnabled, admitsWinograd else { return .direct }
    return inputChannels >= 16 && outputChannels >= 16 ? .winograd : .direct
  }
}

/// Compiles with the algorithm that `requested` stands for, and with the direct one where the library declines a choice of
/// ours.
func withAlgorithm<Plan>(
  _ requested: ConvolutionAlgorithm, for problem: ConvolutionProblem, _ direction: ConvolutionDirection,
  _ compile: (ConvolutionAlgorithm) throws -> Plan
) throws -> Plan {
  let choice = problem.algorithm(requested, direction)
  do {
    return try compile(choice)
  } catch let error as PrimitiveError
    where error.reason == .unimplemented && requested == .automatic && choice != .direct
  {
    return try compile(.direct)
  }
}
