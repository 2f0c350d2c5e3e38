import Tensor

/// What stacks of a transformer's layers share: copies of one layer, and perhaps a normalization at the end.
open class TransformerStack: Module {
  /// How many layers were asked for.
  public let layerCount: Int

  /// - Parameter layer: of which each layer of the stack is a copy, with the same initial values.
  init(_ layer: TransformerLayer, _ layerCount: Int, norm: Module?) throws {
    self.layerCount = layerCount
    super.init()
    try register(child: "layers", ModuleList((0..<Swift.max(layerCount, 0)).map { _ in try layer.copy() }))
    if let norm { try register(child: "norm", norm) }
  }

  /// Runs all layers, each with what the one before gave in place of the first input.
  final func run(_ inputs: [Value]) throws -> [Value] {
    guard let layers = try requiredChild("layers") as? ModuleList else {
      throw TensorError("'layers' of \(typeName) is not a ModuleList", kind: .type)
    }
    var inputs = inputs
    for layer in layers.list { inputs[0] = .tensor(try layer.call(inputs).requiredTensor(0, "output", of: self)) }
    return try child("norm")?.call([inputs[0]]) ?? [inputs[0]]
  }

  open override var attributes: Attributes { [("num_layers", .int(layerCount))] }
}

/// A stack of encoder layers.
public final class TransformerEncoder: TransformerStack {
  public override init(_ layer: TransformerLayer, _ layerCount: Int, norm: Module? = nil) throws {
    try super.init(layer, layerCount, norm: norm)
  }

  public override var inputNames: [String]? { ["src", "mask", "src_key_padding_mask", "is_causal"] }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try run([.tensor(input)]).requiredTensor(0, "output", of: self)
  }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    _ = try inputs.requiredTensor(0, "src", of: self)
    return try run(inputs)
  }
}

/// A stack of decoder layers.
public final class TransformerDecoder: TransformerStack {
  public override init(_ layer: TransformerLayer, _ layerCount: Int, norm: Module? = nil) throws {
    try super.init(layer, layerCount, norm: norm)
  }

  public override var inputNames: [String]? {
    [
      "tgt", "memory", "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "tgt_is_causal",
      "memory_is_causal",
    ]
  }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    _ = (try inputs.requiredTensor(0, "tgt", of: self), try inputs.requiredTensor(1, "memory", of: self))
    return try run(inputs)
  }
}

/// An encoder, and a decoder that attends to what it gives.
///
/// Source: Vaswani et al., "Attention is all you need", 2017, https://arxiv.org/abs/1706.03762
public final class Transformer: Module {
  /// The size of a position's vector, in inputs and outputs: `d_model`.
  public let size: Int
  /// How many heads each attention has: `nhead`.
  public let headCount: Int
  /// Whether the batch is the first dimension of inputs and outputs rather than the second.
  public let batchFirst: Bool

  /// Stacks of layers of these sizes and options.
  public convenience init(
    _ size: Int = 512, _ headCount: Int = 8, encoderLayerCount: Int = 6, decoderLayerCount: Int = 6,
    _ options: TransformerLayer.Options = TransformerLayer.Options(), encoder: Module? = nil, decoder: Module? = nil
  ) throws {
    func norm() throws -> Module {
      try LayerNorm([size], eps: options.normEps, bias: options.bias, dtype: options.dtype)
    }
    let first =
      try encoder
      ?? {
        let layer = try TransformerEncoderLayer(size, headCount, options)
        return try TransformerEncoder(layer, encoderLayerCount, norm: norm())
      }()
    let second =
      try decoder
      ?? {
        let layer = try TransformerDecoderLayer(size, headCount, options)
        return try TransformerDecoder(layer, decoderLayerCount, norm: norm())
      }()
    try self.init(size, headCount, batchFirst: options.batchFirst, encoder: first, decoder: second)
  }

  private init(_ size: Int, _ headCount: Int, batchFirst: Bool, encoder: Module, decoder: Module) throws {
    (self.size, self.headCount, self.batchFirst) = (size, headCount, batchFirst)
    super.init()
    try register(child: "encoder", encoder)
    try register(child: "decoder", decoder)
    try resetParameters()
  }

  public override func resetParameters() throws {
    for parameter in parameters() where parameter.rank > 1 { try Init.xavierUniform(parameter) }
  }

  public override var inputNames: [String]? {
    [
      "src", "tgt", "src_mask", "tgt_mask", "memory_mask", "src_key_padding_mask", "tgt_key_padding_mask",
      "memory_key_padding_mask", "src_is_causal", "tgt_is_causal", "memory_is_causal",
    ]
  }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    let (source, target) = (
      try inputs.requiredTensor(0, "src", of: self), try inputs.requiredTensor(1, "tgt", of: self)
    )
    let batchDim = batchFirst ? 0 : 1
    if source.rank == 3, target.rank == 3, source.shape[batchDim] != target.shape[batchDim] {
      throw TensorError("the batch number of src and tgt must be equal")
    }
    guard source.shape.last == size, target.shape.last == size else {
      throw TensorError("the feature number of src and tgt must be equal to d_model")
    }
    func at(_ position: Int) -> Value { position < inputs.count ? inputs[position] : .none }
    let memory = try requiredChild("encoder").call([.tensor(source), at(2), at(5), at(8)])
    return try requiredChild("decoder").call([
      .tensor(target), .tensor(memory.requiredTensor(0, "memory", of: self)), at(3), at(4), at(6), at(7), at(9), at(10),
    ])
  }

  /// A mask by which a position sees none that follows: 0 on and below the diagonal, minus infinity above.
  public static func causalMask(_ size: Int, dtype: DType? = nil) throws -> Tensor {
    try Tensor.full([size, size], .double(-.infinity), dtype: dtype ?? DefaultDType.current).triu(1)
  }

  public override var attributes: Attributes {
    [("d_model", .int(size)), ("nhead", .int(headCount)), ("batch_first", .bool(batchFirst))]
  }
}
