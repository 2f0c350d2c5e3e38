import Tensor

/// Networks of Torch7's `nn` as state dicts with PyTorch's names: the modules in a container count from 0, so the weight of the first is
/// `0.weight`.
///
/// Weights come in the shapes of PyTorch's layers, which are not always Torch7's: see ``shaped(_:_:of:)``.
struct Torch7Modules {
  private let graph: Torch7Graph
  private var result = CheckpointDictionary([:], isOrderedDict: true)
  private var openModules: [Torch7Value] = []
  private var visitCount = 0
  private let visitLimit: Int

  /// In PyTorch's order: parameters, then buffers. `running_std` is what the first version of batch normalization had.
  private static let names = ["weight", "bias", "running_mean", "running_var", "running_std"]

  init(_ graph: Torch7Graph) {
    self.graph = graph
    // A module that is shared is visited once for each of its names; there can be exponentially many.
    visitLimit = 100_000 + 16 * graph.nodes.count
  }

  /// Whether an object is a module: of `nn` or `cudnn` by its name, or of a class of somebody's own by what all modules have.
  static func isModule(_ value: Torch7Value, in graph: Torch7Graph) -> Bool {
    guard case .object(let object) = graph.node(value) else { return false }
    let className = object.className
    if className.hasPrefix("nn.") || className.hasPrefix("cudnn.") { return true }
    return graph.field("gradInput", of: value) != nil && graph.field("output", of: value) != nil
  }

  mutating func stateDict(of module: Torch7Value) throws -> CheckpointDictionary {
    try collect(module, prefix: "")
    return result
  }

  private mutating func collect(_ module: Torch7Value, prefix: String) throws {
    visitCount += 1
    guard visitCount <= visitLimit else {
      throw CheckpointError.unsupported("the network unfolds to more than \(visitLimit) modules")
    }
    guard case .object(let object) = graph.node(module) else { return }
    guard !openModules.contains(module) else { throw CheckpointError.unsupported("a module contains itself") }
    guard openModules.count < Unfolding.depthLimit else {
      throw CheckpointError.unsupported("the network is nested more than \(Unfolding.depthLimit) levels deep")
    }
    openModules.append(module)
    defer { openModules.removeLast() }
    for name in Torch7Modules.names {
      guard let value = graph.field(name, of: module), case .tensor(let tensor) = graph.node(value), tensor.count > 0
      else { continue }
      if name == "running_std" {
        result[prefix + "running_var"] = .tensor(try variance(tensor, of: module))
      } else {
        result[prefix + name] = .tensor(try shaped(tensor, name, of: module, object.className))
      }
    }
    for (index, child) in children(of: module).enumerated() { try collect(child, prefix: "\(prefix)\(index).") }
  }

  /// The modules in a container, in order.
  private func children(of module: Torch7Value) -> [Torch7Value] {
    guard let modules = graph.field("modules", of: module), case .table(let entries) = graph.node(modules) else {
      return []
    }
    return Torch7Decoder.elements(entries) ?? []
  }

  // MARK: Shapes

  /// A tensor in the shape that PyTorch's layer has it.
  ///
  /// - `SpatialConvolutionMM`, and old files' `SpatialConvolution`: `[out, in·kH·kW]` becomes `[out, in, kH, kW]`.
  /// - `TemporalConvolution`: `[out, kW·in]` becomes Conv1d's `[out, in, kW]`.
  private func shaped(
    _ tensor: Tensor, _ name: String, of module: Torch7Value, _ className: String
  ) throws -> Tensor {
    guard name == "weight", tensor.rank == 2, tensor.isContiguous else { return tensor }
    let (outputs, rowSize) = (tensor.shape[0], tensor.shape[1])
    switch className.split(separator: ".").last {
    case "SpatialConvolution", "SpatialConvolutionMM":
      guard let height = size("kH", of: module), let width = size("kW", of: module), let area = product(height, width),
        area > 0, rowSize % area == 0
      else { return tensor }
      let shape = [outputs, rowSize / area, height, width]
      return try view(tensor, shape, strides: Shape.rowMajorStrides(shape))
    case "TemporalConvolution":
      guard let width = size("kW", of: module), width > 0, rowSize % width == 0 else { return tensor }
      let inputs = rowSize / width
      return try view(tensor, [outputs, inputs, width], strides: [rowSize, 1, inputs])
    default: return tensor
    }
  }

  private func view(_ tensor: Tensor, _ shape: [Int], strides: [Int]) throws -> Tensor {
    try TensorData.tensor(tensor.storage, dtype: tensor.dtype, shape: shape, strides: strides, offset: tensor.offset)
  }

  private func size(_ name: String, of module: Torch7Value) -> Int? {
    guard case .number(let number)? = graph.field(name, of: module) else { return nil }
    return Int(exactly: number)
  }

  private func product(_ a: Int, _ b: Int) -> Int? {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? nil : product
  }

  /// The variance of which batch normalization once kept 1 / sqrt(variance + eps).
  private func variance(_ inverse: Tensor, of module: Torch7Value) throws -> Tensor {
    guard inverse.byteCount <= inverse.storage.byteCount else {
      throw CheckpointError.malformed("a running_std shows elements of its storage more than once")
    }
    var epsilon = 1e-5
    if case .number(let number)? = graph.field("eps", of: module) { epsilon = number }
    return try inverse.pow(-2.0).sub(epsilon)
  }
}
