import Lua
import NN
import Tensor

extension Layers {
  static var attentions: [Function] {
    let options =
      "dim_feedforward: int = 2048, dropout: float = 0.1, activation: string|callable = 'relu', layer_norm_eps: float = 1e-05, batch_first: bool = false, norm_first: bool = false, bias: bool = true, \(factory)"
    return [
      layer(
        "MultiheadAttention",
        "(embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = true, add_bias_kv: bool = false, add_zero_attn: bool = false, kdim: int? = nil, vdim: int? = nil, batch_first: bool = false, \(factory))",
        """
        Attention with num_heads heads: query (L, N, E), key (S, N, kdim) and value (S, N, vdim) give the \
        output (L, N, E) and the weights (N, L, S), averaged over the heads. batch_first has (N, L, E). \
        Called with key_padding_mask, need_weights, attn_mask, average_attn_weights and is_causal as \
        keywords.
        """,
        """
        x = torch.ones(3, 1, 8)
        y, weights = nn.MultiheadAttention(8, 2)(x, x, x)
        y.shape --> torch.Size([3, 1, 8])
        """
      ) { a in
        try MultiheadAttention(
          a.int(0), a.int(1), dropout: a.scalar(2), bias: a.bool(3), addBiasKV: a.bool(4), addZeroAttention: a.bool(5),
          keyDim: a.optionalInt(6), valueDim: a.optionalInt(7), batchFirst: a.bool(8), dtype: a.factoryDType(9))
      },
      layer(
        "TransformerEncoderLayer", "(d_model: int, nhead: int, \(options))",
        "Self-attention and a network of two layers, each with a residual connection and layer normalization (before it with norm_first): (S, N, d_model), or (N, S, d_model) with batch_first.",
        "nn.TransformerEncoderLayer(8, 2)(torch.ones(3, 1, 8)).shape --> torch.Size([3, 1, 8])"
      ) { try TransformerEncoderLayer($0.int(0), $0.int(1), $0.transformerOptions(2)) },
      layer(
        "TransformerDecoderLayer", "(d_model: int, nhead: int, \(options))",
        "Self-attention, attention to an encoder's output, and a network of two layers, each with a residual connection and layer normalization: target (T, N, d_model) and memory (S, N, d_model) give (T, N, d_model).",
        "nn.TransformerDecoderLayer(8, 2)(torch.ones(3, 1, 8), torch.ones(5, 1, 8)).shape --> torch.Size([3, 1, 8])"
      ) { try TransformerDecoderLayer($0.int(0), $0.int(1), $0.transformerOptions(2)) },
      layer(
        "TransformerEncoder",
        "(encoder_layer: Module, num_layers: int, norm: Module? = nil, enable_nested_tensor: bool = true, mask_check: bool = true)",
        "num_layers copies of an encoder layer, one after the other, and norm after the last: (S, N, d_model), or (N, S, d_model) with batch_first. Called with mask, src_key_padding_mask and is_causal as keywords.",
        "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)(torch.ones(3, 1, 8)).shape --> torch.Size([3, 1, 8])"
      ) { try TransformerEncoder($0.transformerLayer(0), $0.int(1), norm: $0.optionalObject(2)) },
      layer(
        "TransformerDecoder", "(decoder_layer: Module, num_layers: int, norm: Module? = nil)",
        "num_layers copies of a decoder layer, one after the other, and norm after the last: target (T, N, d_model) and memory (S, N, d_model) give (T, N, d_model).",
        """
        decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2)
        decoder(torch.ones(3, 1, 8), torch.ones(5, 1, 8)).shape --> torch.Size([3, 1, 8])
        """
      ) { try TransformerDecoder($0.transformerLayer(0), $0.int(1), norm: $0.optionalObject(2)) },
    ]
  }

  /// The class `nn.Transformer`, which makes masks too.
  static var transformer: LuaClass {
    LuaClass(
      "Transformer", of: Transformer.self, parent: "Module",
      help:
        "An encoder, and a decoder that attends to what it gives: source (S, N, d_model) and target (T, N, d_model) give (T, N, d_model).",
      options: [.fields, .unique],
      constructor: Function(
        "Transformer",
        "(d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6, dim_feedforward: int = 2048, dropout: float = 0.1, activation: string|callable = 'relu', custom_encoder: Module? = nil, custom_decoder: Module? = nil, layer_norm_eps: float = 1e-05, batch_first: bool = false, norm_first: bool = false, bias: bool = true, \(factory)) -> Transformer",
        help: "",
        example:
          "nn.Transformer(8, 2, 1, 1, 16)(torch.randn(3, 1, 8), torch.randn(2, 1, 8)).shape --> torch.Size([2, 1, 8])"
      ) { a in
        try ContainerClasses.result(
          Transformer(
            a.int(0), a.int(1), encoderLayerCount: a.int(2), decoderLayerCount: a.int(3),
            a.transformerOptions(4, normEps: 9), encoder: a.optionalObject(7), decoder: a.optionalObject(8)), a)
      },
      statics: [
        Function(
          "generate_square_subsequent_mask", "(sz: int, \(factory)) -> Tensor",
          help: "A mask (sz, sz) by which a position sees none that follows: -inf above the diagonal, 0 elsewhere.",
          example: "nn.Transformer.generate_square_subsequent_mask(2) --> tensor([[0., -inf],\n-->         [0., 0.]])"
        ) { a in a.result(try Transformer.causalMask(a.int(0), dtype: a.factoryDType(1))) }
      ])
  }
}

extension Arguments {
  /// The options that a layer of a transformer takes, from `dim_feedforward` on.
  ///
  /// - Parameter normEps: where those from `layer_norm_eps` on begin; right after the first three by default.
  func transformerOptions(_ first: Int, normEps: Int? = nil) throws -> TransformerLayer.Options {
    let later = normEps ?? first + 3
    var options = TransformerLayer.Options()
    options.feedForwardSize = try int(first)
    options.dropout = try scalar(first + 1)
    options.activation = try transformerActivation(first + 2)
    options.normEps = try scalar(later)
    options.batchFirst = try bool(later + 1)
    options.normFirst = try bool(later + 2)
    options.bias = try bool(later + 3)
    options.dtype = try factoryDType(later + 4)
    return options
  }

  func transformerLayer(_ index: Int) throws -> TransformerLayer {
    let module = try module(index)
    guard let layer = module as? TransformerLayer else {
      throw TensorError("\(functionName)(): a \(module.typeName) cannot be copied", kind: .notImplemented)
    }
    return layer
  }

  private func transformerActivation(_ index: Int) throws -> TransformerLayer.Activation {
    if let module = self[index].object(as: Module.self) { return .module(module) }
    guard has(index), self[index].string == nil else { return try .init(named: string(index)) }
    let body = try function(index)
    return .function { input in
      let state = try body.reference.state()
      return try state.call(.function(body), [.same(input)]) { results in
        guard let tensor = results.first?.tensor else {
          throw TensorError("an activation must return a Tensor", kind: .type)
        }
        return tensor
      }
    }
  }
}
