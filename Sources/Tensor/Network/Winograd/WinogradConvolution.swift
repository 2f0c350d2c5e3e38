import OneDNN
import Synchronization
import WinogradKernels

/// A convolution by Winograd's minimal filtering F(4x4, 3x3), which multiplies a quarter as often as the formula says.
///
/// For kernels of 3x3 with stride 1 in float32. Images are blocked by channels, `nChw16c` or `nChw8c`, as oneDNN's own direct
/// kernels like them; weights stay as PyTorch has them and are transformed as they are used, which costs less than
/// reading transformed ones, four times as large, from memory.
struct WinogradConvolution {
  /// Whether the algorithm may be used, for the whole process.
  static let isEnabled = Atomic<Bool>(true)

  let shape: WinogradShape
  /// The layouts that the images must have.
  let source, result: MemoryDescriptor

  /// Nil where the algorithm does not apply, is switched off, or would not pay.
  init?(_ problem: ConvolutionProblem) throws {
    guard Self.isEnabled.load(ordering: .relaxed), let shape = WinogradShape(problem) else { return nil }
    self.shape = shape
    source = try Layout.channelBlocked.descriptor(problem.sourceDimensions, type: .float32)
    result = try Layout.channelBlocked.descriptor(problem.destinationDimensions, type: .float32)
  }

  /// `result = epilogue(convolution(source, weights))`
  ///
  /// - Parameter weights: `[outputs, inputs, 3, 3]`, row-major.
  func forward(
    source: UnsafePointer<Float>, weights: UnsafePointer<Float>, epilogue: ChannelEpilogue,
    result: UnsafeMutablePointer<Float>
  ) throws {
    let pass = WinogradPass(
      shape: shape, tiling: shape.results, from: shape.source, to: shape.result, depth: shape.inputs,
      width: shape.outputs,
      weights: .init(
        start: weights, step: WinogradShape.taps, lane: WinogradShape.taps * shape.inputs, isFlipped: false))
    try pass.run(source, epilogue, result)
  }

  /// The gradient with respect to the source: a convolution with the weights turned round.
  func backwardData(
    gradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, sourceGradient: UnsafeMutablePointer<Float>
  ) throws {
    let pass = WinogradPass(
      shape: shape, tiling: shape.sources, from: shape.gradient, to: shape.sourceGradient, depth: shape.outputs,
      width: shape.inputs,
      weights: .init(start: weights, step: WinogradShape.taps * shape.inputs, lane: WinogradShape.taps, isFlipped: true)
    )
    try pass.run(gradient, ChannelEpilogue(), sourceGradient)
  }
}

/// What is done to each result of a convolution: `max(result * scale[c] + shift[c] + addend, 0)`.
struct ChannelEpilogue {
  /// Of whole blocks of channels, those that do not exist 0.
  var scale, shift: UnsafePointer<Float>?
  /// As large as the result, in the same layout; it may be the result.
  var addend: UnsafePointer<Float>?
  var hasReLU = false
}

/// The sizes of a convolution as the algorithm sees them.
struct WinogradShape {
  static let taps = 9
  static let elements = winograd_elements

  let kernels: winograd_kernels
  let batch, inputs, outputs: Int
  /// The tiles of the results, and those of the source where its gradient is the result.
  let results, sources: WinogradTiling
  /// Where patches lie in the source, and tiles in the result.
  let source, result: winograd_grid
  /// The same for the gradient with respect to the source: patches of the result's gradient.
  let gradient, sourceGradient: winograd_grid

  /// Channels below which oneDNN's direct kernel is faster: most of a block would be padding.
  private static let fewestChannels = 8
  /// Results that are computed directly, nine multiplications each, in the time that transforming the weights takes.
  private static let resultsForWeights = 28

  init?(_ problem: ConvolutionProblem) {
    guard problem.type == .float32, problem.destinationType == .float32, problem.groups == 1,
      problem.kernel.count == 2, problem.kernel.allSatisfy({ $0 == 3 }), problem.stride.allSatisfy({ $0 == 1 }),
      problem.dilation.allSatisfy({ $0 == 1 }), problem.paddingLow.allSatisfy({ $0 <= 2 }),
      min(problem.inputChannels, problem.outputChannels) >= Self.fewestChannels,
      let kernels = winograd_kernels_for(Processor.channelBlock)
    else { return nil }
    self.kernels = kernels.pointee
    batch = problem.batch
    inputs = problem.inputChannels
    outputs = problem.outputChannels
    results = WinogradTiling(batch: batch, height: problem.output[0], width: problem.output[1])
    sources = WinogradTiling(batch: batch, height: problem.input[0], width: problem.input[1])
    let direct = Self.taps * (batch * problem.output.reduce(1, *) - Self.resultsForWeights)
    guard direct > results.products else { return nil }
    func grid(_ size: Spatial, _ offset: (Int) -> Int) -> winograd_grid {
      winograd_grid(height: size[0], width: size[1], offset_down: offset(0), offset_across: offset(1))
    }
    source = grid(problem.input) { -problem.paddingLow[$0] }
    result = grid(problem.output) { _ in 0 }
    gradient = grid(problem.output) { problem.paddingLow[$0] - 2 }
    sourceGradient = grid(problem.input) { _ in 0 }
  }

  var lanes: Int { kernels.lanes }

  func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }
}

extension winograd_grid {
  var pixels: Int { height * width }
}
