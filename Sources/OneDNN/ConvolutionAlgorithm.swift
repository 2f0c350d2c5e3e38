import COneDNN
import COpenMP
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

  /// The algorithm that was fastest for such shapes when both were measured, in blocked layouts, from 16 to 512 channels and
  /// images of side 4 to 224 (Zen 5, oneDNN 2.6.3).
  ///
  /// Winograd's algorithm multiplies less, by up to four times, but transforms source, result and weights. The transforms of
  /// source and result pay from a few dozen channels on, as each transformed element then meets enough others. That of the
  /// weights is done ahead in inference; in training it is part of each run and pays once it serves enough tiles of 4x4
  /// results. The transformed weights are four times as large: from 128Ki pairs of channels on they no longer stay in the
  /// caches, and reading them pays only for enough tiles too.
  func fastestAlgorithm(_ direction: ConvolutionDirection) -> ConvolutionAlgorithm {
    guard admitsWinograd else { return .direct }
    let tiles = batch &* output.reduce(1) { $0 &* (($1 + 3) / 4) }
    let channelPairs = inputChannels &* outputChannels
    let pays =
      switch direction {
      case .inference: channelPairs >= 512 && (channelPairs < 131_072 || usesSmallTiles || tiles >= 32)
      case .training, .backwardData: channelPairs >= 1024 && tiles >= 40
      case .backwardWeights: channelPairs >= 1024 && tiles >= 24
      }
    return pays ? .winograd : .direct
  }

  /// Whether the library takes its kernel for tiles of 2x2, whose weights grow less, in inference with large weights.
  private var usesSmallTiles: Bool {
    batch <= Int(omp_get_max_threads()) && batch &* input.reduce(1, &*) <= 196
  }

  /// The algorithm to try first for `requested`.
  func algorithm(_ requested: ConvolutionAlgorithm, _ direction: ConvolutionDirection) -> ConvolutionAlgorithm {
    if requested != .automatic { return requested }
    return ConvolutionAlgorithm.isWinogradEnabled ? fastestAlgorithm(direction) : .direct
  }
}

/// Compiles with the algorithm that `requested` stands for, and with the direct one where the library declines a choice of
/// ours.
private func withAlgorithm<Plan>(
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

/// A convolution's cache key, whose layouts may be opened step by step.
protocol ConvolutionKey {
  var problem: ConvolutionProblem { get }
  var algorithm: ConvolutionAlgorithm { get }
  var direction: ConvolutionDirection { get }
  /// The same with the layout of the source, or of its gradient, left to the library.
  var withOpenSource: Self { get }
  /// The same with all layouts left to the library.
  var withOpenLayouts: Self { get }
}

/// A compiled convolution, whichever direction.
protocol ConvolutionPlan {
  /// The library's name of the kernel.
  var implementation: String { get }
}

extension ConvolutionPlan {
  /// Whether the kernel is the library's plain loops, which are hundreds of times slower than its generated code.
  fileprivate var isReference: Bool { implementation.hasPrefix("ref") }
}

/// Compiles a convolution; where the library has nothing but its reference loops for the layouts that were asked for, it
/// leaves first the source's and then all layouts to the library, as reordering costs far less than those loops.
func compileConvolution<Key: ConvolutionKey, Plan: ConvolutionPlan>(
  _ key: Key, _ compile: (Key, ConvolutionAlgorithm) throws -> Plan
) throws -> Plan {
  func plan(_ key: Key) throws -> Plan {
    try withAlgorithm(key.algorithm, for: key.problem, key.direction) { try compile(key, $0) }
  }
  let asked = try plan(key)
  guard asked.isReference else { return asked }
  for open in [key.withOpenSource, key.withOpenLayouts] {
    let plan = try plan(open)
    if !plan.isReference { return plan }
  }
  return asked
}
