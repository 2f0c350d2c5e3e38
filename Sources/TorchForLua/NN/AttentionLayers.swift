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
        "What each query finds among keys, and the values that go with them.", "8, 2"
      ) { a in
        try MultiheadAttention(
          a.int(0), a.int(1), dropout: a.scalar(2), bias: a.bool(3), addBiasKV: a.bool(4), addZeroAttention: a.bool(5),
          keyDim: a.optionalInt(6), valueDim: a.optionalInt(7), batchFirst: a.bool(8), dtype: a.factoryDType(9))
      },
      layer(
        "TransformerEncoderLayer", "(d_model: int, nhead: int, \(options))", "Self-attention and a small network.",
        "8, 2"
      ) { try TransformerEncoderLayer($0.int(0), $0.int(1), $0.transformerOptions(2)) },
      layer(
        "TransformerDecoderLayer", "(d_model: int, nhead: int, \(options))",
        "Self-attention, attention to an encoder's output, and a small network.", "8, 2"
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
