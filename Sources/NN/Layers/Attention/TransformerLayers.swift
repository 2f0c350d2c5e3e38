import Tensor

/// What the layers of encoders and decoders share: attention and a small network, each with a residual connection, dropout and
/// normalization.
open class TransformerLayer: Module {
  /// Whether normalization comes before each part rather than after its residual connection.
  public let normFirst: Bool
  private let function: Activation
  private let size: Int
  private let headCount: Int
  private let options: Options

  /// The function between the two maps of the small network.
  public enum Activation {
    /// The rectifier, and GELU without approximation.
    case relu, gelu
    /// A module, which becomes part of the layer.
    case module(Module)
    /// A function, which the layer keeps but a state dict does not.
    case function((Tensor) throws -> Tensor)

    /// - Throws: ``TensorError`` for another name.
    public init(named name: String) throws {
      switch name {
      case "relu": self = .relu
      case "gelu": self = .gelu
      default: throw TensorError("activation should be relu/gelu, not \(name)")
      }
    }
  }

  /// The sizes and options of a layer.
  public struct Options {
    /// The size between the two maps of the small network: `dim_feedforward`.
    public var feedForwardSize = 2048
    /// The probability with which elements are dropped in training.
    public var dropout: Scalar = 0.1
    /// The function between the two maps of the small network.
    public var activation = Activation.relu
    /// What keeps the normalizations from dividing by 0: `layer_norm_eps`.
    public var normEps: Scalar = 1e-5
    /// Whether the batch is the first dimension rather than the second.
    public var batchFirst = false
    /// Whether normalization comes before each part rather than after its residual connection.
    public var normFirst = false
    /// Whether maps and normalizations have a bias.
    public var bias = true
    /// The type of the parameters; the default type if nil.
    public var dtype: DType?

    /// PyTorch's defaults.
    public init() {}
  }

  /// The names of the attentions.
  class var attentions: [String] { [] }

  /// - Parameters:
  ///   - size: of a position's vector: `d_model`.
  ///   - headCount: of each attention: `nhead`; it must divide `size`.
  /// - Throws: ``TensorError`` for sizes that make no sense, or a dropout outside of 0 to 1.
  public required init(_ size: Int, _ headCount: Int, _ options: Options = Options()) throws {
    (self.size, self.headCount, self.options) = (size, headCount, options)
    normFirst = options.normFirst
    function = options.activation
    let attentions = Self.attentions
    super.init()
    for name in attentions {
      try register(
        child: name,
        MultiheadAttention(
          size, headCount, dropout: options.dropout, bias: options.bias, batchFirst: options.batchFirst,
          dtype: options.dtype))
    }
    let (inner, dtype) = (options.feedForwardSize, options.dtype)
    try register(child: "linear1", Linear(size, inner, bias: options.bias, dtype: dtype))
    try register(child: "dropout", Dropout(options.dropout))
    try register(child: "linear2", Linear(inner, size, bias: options.bias, dtype: dtype))
    for part in 1...attentions.count + 1 {
      try register(
        child: "norm\(part)", LayerNorm([size], eps: options.normEps, bias: options.bias, dtype: dtype))
    }
    for part in 1...attentions.count + 1 { try register(child: "dropout\(part)", Dropout(options.dropout)) }
    if case .module(let module) = options.activation { try register(child: "activation", module) }
  }

  /// Another layer of the same options and values. Its own initial values take no number from the default generator.
  final func copy() throws -> TransformerLayer {
    let copy = try Generator.default.aside { try type(of: self).init(size, headCount, options) }
    try copy.loadStateDict(stateDict())
    return copy.train(isTraining)
  }

  /// The masks of one attention.
  struct Masks {
    var mask: Tensor?
    var padding: Tensor?
    var isCausal: Bool
  }

  /// One part: what `body` makes of `x`, with dropout, added to `x`, and normalized before or after.
  final func residual(_ x: Tensor, part: Int, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
    let (norm, dropout) = (try requiredChild("norm\(part)"), try requiredChild("dropout\(part)"))
    guard normFirst else { return try norm(x.add(dropout(body(x)))) }
    return try x.add(dropout(body(norm(x))))
  }

  /// Attention without its weights. `memory` is where keys and values come from: the queries themselves by default.
  final func attend(_ name: String, _ x: Tensor, to memory: Tensor? = nil, _ masks: Masks) throws -> Tensor {
    let keys = Value.tensor(memory ?? x)
    return try requiredChild(name).call([
      .tensor(x), keys, keys, Value(masks.padding), .scalar(.bool(false)), Value(masks.mask), .none,
      .scalar(.bool(masks.isCausal)),
    ]).requiredTensor(0, "output", of: self)
  }

  final func feedForward(_ x: Tensor) throws -> Tensor {
    let inner = try requiredChild("linear1")(x)
    let active: Tensor =
      switch function {
      case .relu: try inner.relu()
      case .gelu: try inner.gelu()
      case .module: try requiredChild("activation")(inner)
      case .function(let function): try function(inner)
      }
    return try requiredChild("linear2")(requiredChild("dropout")(active))
  }

  open override var attributes: Attributes { [("norm_first", .bool(normFirst))] }
}

extension [Value] {
  /// The masks at three positions.
  func masks(_ mask: Int, _ padding: Int, _ causal: Int, of module: Module) throws -> TransformerLayer.Masks {
    TransformerLayer.Masks(
      mask: tensor(mask), padding: tensor(padding),
      isCausal: try bool(causal, "is_causal", default: false, of: module))
  }
}

/// Self-attention and a small network.
///
/// Source: Vaswani et al., "Attention is all you need", 2017, https://arxiv.org/abs/1706.03762
public final class TransformerEncoderLayer: TransformerLayer {
  override class var attentions: [String] { ["self_attn"] }

  public override var inputNames: [String]? { ["src", "src_mask", "src_key_padding_mask", "is_causal"] }

  public override func forward(_ input: Tensor) throws -> Tensor { try run(input, Masks(isCausal: false)) }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    [.tensor(try run(inputs.requiredTensor(0, "src", of: self), inputs.masks(1, 2, 3, of: self)))]
  }

  private func run(_ source: Tensor, _ masks: Masks) throws -> Tensor {
    let x = try residual(source, part: 1) { try attend("self_attn", $0, masks) }
    return try residual(x, part: 2) { try feedForward($0) }
  }
}

/// Self-attention, attention to an encoder's output, and a small network.
public final class TransformerDecoderLayer: TransformerLayer {
  override class var attentions: [String] { ["self_attn", "multihead_attn"] }

  public override var inputNames: [String]? {
    [
      "tgt", "memory", "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "tgt_is_causal",
      "memory_is_causal",
    ]
  }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    let (target, memory) = (
      try inputs.requiredTensor(0, "tgt", of: self), try inputs.requiredTensor(1, "memory", of: self)
    )
    let (own, others) = (try inputs.masks(2, 4, 6, of: self), try inputs.masks(3, 5, 7, of: self))
    var x = try residual(target, part: 1) { try attend("self_attn", $0, own) }
    x = try residual(x, part: 2) { try attend("multihead_attn", $0, to: memory, others) }
    return [.tensor(try residual(x, part: 3) { try feedForward($0) })]
  }
}
