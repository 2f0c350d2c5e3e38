/// The input elements that each output of a pooling operator looks at, one list of windows a spatial dimension.
///
/// One description serves max, average and adaptive pooling in 1, 2 and 3 dimensions.
struct PoolingWindows: Hashable {
  struct Window: Hashable {
    /// The first input index inside of the input, and the one after the last.
    let start: Int
    let end: Int
    /// The length with the padding that counts in an average.
    let paddedLength: Int
  }

  /// What the windows were made from, where they are regular: what oneDNN can compute.
  struct Regular: Hashable {
    let kernel, stride, padding, dilation: [Int]
    let ceilMode: Bool
  }

  let input: [Int]
  let windows: [[Window]]
  /// From one element of a window to the next, for each dimension.
  let dilation: [Int]
  let regular: Regular?

  var output: [Int] { windows.map(\.count) }

  /// Windows of one size at equal distances.
  ///
  /// Source of the output size: https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
  /// - Throws: ``TensorError`` in PyTorch's words for parameters that do not fit.
  init(
    input: [Int], kernel: [Int], stride: [Int], padding: [Int], dilation: [Int], ceilMode: Bool, leading: [Int]
  ) throws {
    let rank = kernel.count
    for (name, values) in [("stride", stride), ("padding", padding), ("dilation", dilation)] where values.count != rank
    {
      throw TensorError("pool\(rank)d: \(name) must either be omitted, a single int, or a tuple of \(rank) ints")
    }
    try Self.checkParameters(kernel, stride, padding, dilation)
    var all: [[Window]] = []
    var counts: [Int] = []
    for d in 0..<rank {
      let (k, s, p, step) = (kernel[d], stride[d], padding[d], dilation[d])
      guard input[d] < Int.max / 8 else { throw TensorError("pooling input of size \(input[d]) is too large") }
      let span = (k - 1) &* step + 1
      let reach = input[d] + 2 * p - span
      var count = (reach >= 0 ? (reach + (ceilMode ? s - 1 : 0)) / s : (ceilMode && reach > -s ? 0 : -1)) + 1
      if ceilMode && (count - 1) * s >= input[d] + p { count -= 1 }
      counts.append(count)
      guard count >= 1 else { continue }
      try Self.checkListFits(count)
      all.append(
        (0..<count).map { o in
          var start = o * s - p
          let padded = min(start + k, input[d] + p) - start
          // Taps in the padding before the first element are left out, in whole steps.
          let taps = start < 0 ? (-start + step - 1) / step : 0
          let last = o * s - p + span
          start += taps * step
          return Window(start: min(start, input[d]), end: min(last, input[d]), paddedLength: padded)
        })
    }
    guard counts.allSatisfy({ $0 >= 1 }) else {
      // One dimension is computed as the second of two.
      let unit = rank == 1 ? [1] : []
      let (from, to) = (leading + unit + input, leading + unit + counts)
      throw TensorError(
        "Given input size: (\(from.map(String.init).joined(separator: "x"))). Calculated output size: (\(to.map(String.init).joined(separator: "x"))). Output size is too small"
      )
    }
    self.input = input
    self.dilation = dilation
    windows = all
    regular = Regular(kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  /// Windows of one size whose first elements are given along each dimension.
  init(input: [Int], kernel: [Int], starts: [[Int]]) {
    self.input = input
    windows = zip(starts, kernel).map { starts, size in
      starts.map { Window(start: $0, end: $0 + size, paddedLength: size) }
    }
    dilation = [Int](repeating: 1, count: input.count)
    regular = nil
  }

  /// - Throws: ``TensorError`` where a list of so many windows finds no memory, as that of a tensor without elements may.
  private static func checkListFits(_ count: Int) throws {
    try BufferPool.checkAvailable(try Shape.count([count, MemoryLayout<Window>.stride]))
  }

  /// - Throws: ``TensorError`` for sizes that make no windows.
  private static func checkParameters(_ kernel: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int]) throws {
    func named(_ names: [String], _ values: [Int]) -> String {
      // One dimension is computed as the second of two.
      let values = values.count == 1 ? [1] + values : values
      return zip(names.suffix(values.count), values).map { "\($0): \($1)" }.joined(separator: " ")
    }
    guard !stride.contains(0) else { throw TensorError("stride should not be zero") }
    for (p, (k, step)) in zip(padding, zip(kernel, dilation)) {
      guard p >= 0 else { throw TensorError("pad must be non-negative, but got pad: \(p)") }
      let limit = Int(Int32.max)
      guard (-limit..<limit).contains(k), p < limit, (-limit..<limit).contains(step) else {
        throw TensorError("pooling parameters are too large: kernel_size=\(k), padding=\(p), dilation=\(step)")
      }
      guard p <= ((k - 1) * step + 1) / 2 else {
        throw TensorError(
          "pad should be at most half of effective kernel size, but got pad=\(p), kernel_size=\(k) and dilation=\(step)"
        )
      }
    }
    guard kernel.allSatisfy({ $0 > 0 }) else {
      throw TensorError("kernel size should be greater than zero, but got \(named(["kT", "kH", "kW"], kernel))")
    }
    guard stride.allSatisfy({ $0 > 0 }) else {
      throw TensorError("stride should be greater than zero, but got \(named(["dT", "dH", "dW"], stride))")
    }
    guard stride.allSatisfy({ $0 < Int(Int32.max) }) else {
      throw TensorError("pooling parameters are too large: stride=\(Shape.text(stride))")
    }
    guard dilation.allSatisfy({ $0 > 0 }) else {
      throw TensorError(
        "dilation should be greater than zero, but got \(named(["dilationT", "dilationH", "dilationW"], dilation))")
    }
  }

  /// Windows that divide the input evenly into `output` parts, overlapping by an element where they must.
  ///
  /// - Throws: ``TensorError`` for a negative output size or an empty input.
  init(input: [Int], adaptiveOutput output: [Int], name: String, inputShape: [Int]) throws {
    guard output.allSatisfy({ $0 >= 0 && $0 < Int(Int32.max) }) else {
      // One dimension is computed as the second of two.
      let sizes = (output.count == 1 ? [1] : []) + output
      let list = sizes.prefix(2).map(String.init).joined(separator: ", ") + sizes.dropFirst(2).map { ",\($0)" }.joined()
      throw TensorError(
        "adaptive_avg_pool\(sizes.count)d: elements of output_size must be greater than or equal to 0 but received {\(list)}"
      )
    }
    let firstSpatial = inputShape.count - input.count
    for (d, size) in inputShape.enumerated()
    where size <= 0 && d >= (name.contains("max") || input.count == 3 ? 1 : firstSpatial)
      || d >= firstSpatial && size > Int.max / Int(Int32.max)
    {
      // One dimension is computed as the second of two.
      let isSecond = input.count == 1 && !name.contains("max")
      let sizes = isSecond ? inputShape.dropLast() + [1] + inputShape.suffix(1) : inputShape
      throw TensorError(
        "\(isSecond ? "adaptive_avg_pool2d()" : name): Expected input to have non-zero size for non-batch dimensions, but input has sizes \(Shape.text(sizes)) with dimension \(isSecond ? d + 1 : d) being empty"
      )
    }
    self.input = input
    for count in output { try Self.checkListFits(count) }
    windows = zip(input, output).map { size, count in
      (0..<count).map { o in
        let start = o * size / count
        let end = ((o + 1) * size + count - 1) / count
        return Window(start: start, end: end, paddedLength: end - start)
      }
    }
    dilation = [Int](repeating: 1, count: input.count)
    // Equal windows are those of a plain average pooling, which oneDNN computes in any layout.
    if zip(input, output).allSatisfy({ $1 > 0 && $0 % $1 == 0 }) {
      let kernel = zip(input, output).map { $0 / $1 }
      regular = Regular(
        kernel: kernel, stride: kernel, padding: [Int](repeating: 0, count: input.count), dilation: dilation,
        ceilMode: false)
    } else {
      regular = nil
    }
  }

  /// Calls `body` for every output position of one plane with the three windows it looks at.
  @inline(__always)
  func forEachOutput(_ body: (_ output: Int, _ z: Window, _ y: Window, _ x: Window) -> Void) {
    let single = [Window(start: 0, end: 1, paddedLength: 1)]
    let three = [[Window]](repeating: single, count: 3 - windows.count) + windows
    var position = 0
    for z in three[0] {
      for y in three[1] {
        for x in three[2] {
          body(position, z, y, x)
          position += 1
        }
      }
    }
  }
}
