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
    ]
  }
}

extension Arguments {
  /// The options that a layer of a transformer takes, from `dim_feedforward` on.
  func transformerOptions(_ first: Int) throws -> TransformerLayer.Options {
    var options = TransformerLayer.Options()
    options.feedForwardSize = try int(first)
    options.dropout = try scalar(first + 1)
    options.activation = try transformerActivation(first + 2)
    options.normEps = try scalar(first + 3)
    options.batchFirst = try bool(first + 4)
    options.normFirst = try bool(first + 5)
    options.bias = try bool(first + 6)
    options.dtype = try factoryDType(first + 7)
    return options
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
