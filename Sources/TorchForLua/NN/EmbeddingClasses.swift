import Lua
import NN
import Tensor

/// Tables of vectors, which are made from tensors too.
enum EmbeddingClasses {
  static var all: [LuaClass] { [embedding, bag] }

  private static let options =
    "max_norm: float? = nil, norm_type: float = 2.0, scale_grad_by_freq: bool = false"

  private static var embedding: LuaClass {
    LuaClass(
      "Embedding", of: Embedding.self, parent: "Module",
      help:
        "A table of num_embeddings learnt vectors: integers of any shape (...) give (..., embedding_dim). The row padding_idx stays zero and gets no gradient; max_norm scales longer rows down.",
      options: [.fields, .unique],
      constructor: Function(
        "Embedding",
        "(num_embeddings: int, embedding_dim: int, padding_idx: int? = nil, \(options), sparse: bool = false, _weight: Tensor? = nil, _freeze: bool = false, \(Layers.factory)) -> Embedding",
        help: "", example: "nn.Embedding(10, 3)(torch.tensor{1, 2}).shape --> torch.Size([2, 3])"
      ) { a in
        .value(
          .same(
            try a.remembering(
              Embedding(
                a.int(0), a.int(1), paddingIndex: a.optionalInt(2), maxNorm: a.optionalScalar(3), normType: a.scalar(4),
                scaleGradByFreq: a.bool(5), sparse: a.bool(6), weight: a.optionalTensor(7), freeze: a.bool(8),
                dtype: a.factoryDType(9)))))
      },
      statics: [
        Function(
          "from_pretrained",
          "(embeddings: Tensor, freeze: bool = true, padding_idx: int? = nil, \(options), sparse: bool = false) -> Embedding",
          help:
            "An embedding whose table is there already, (num_embeddings, embedding_dim); freeze keeps it from being trained.",
          example: "nn.Embedding.from_pretrained(torch.eye(2))(torch.tensor{1}) --> tensor([[0., 1.]])"
        ) { a in
          let table = try pretrained(a)
          return .value(
            .same(
              try Embedding(
                table.shape[0], table.shape[1], paddingIndex: a.optionalInt(2), maxNorm: a.optionalScalar(3),
                normType: a.scalar(4), scaleGradByFreq: a.bool(5), sparse: a.bool(6), weight: table, freeze: a.bool(1))
            ))
        }
      ])
  }

  private static var bag: LuaClass {
    LuaClass(
      "EmbeddingBag", of: EmbeddingBag.self, parent: "Module",
      help:
        "Sums, means or maxima (mode 'sum', 'mean' or 'max') of a table's rows, bag by bag: indices (N, L) give (N, embedding_dim); indices (L) with offsets tell where each bag begins.",
      options: [.fields, .unique],
      constructor: Function(
        "EmbeddingBag",
        "(num_embeddings: int, embedding_dim: int, \(options), mode: string = 'mean', sparse: bool = false, _weight: Tensor? = nil, include_last_offset: bool = false, padding_idx: int? = nil, \(Layers.factory)) -> EmbeddingBag",
        help: "", example: "nn.EmbeddingBag(10, 3)(torch.tensor{{1, 2}}).shape --> torch.Size([1, 3])"
      ) { a in
        .value(
          .same(
            try a.remembering(
              EmbeddingBag(
                a.int(0), a.int(1), maxNorm: a.optionalScalar(2), normType: a.scalar(3), scaleGradByFreq: a.bool(4),
                mode: Tensor.BagMode(named: a.string(5)), sparse: a.bool(6), weight: a.optionalTensor(7),
                includeLastOffset: a.bool(8), paddingIndex: a.optionalInt(9), dtype: a.factoryDType(10)))))
      },
      statics: [
        Function(
          "from_pretrained",
          "(embeddings: Tensor, freeze: bool = true, \(options), mode: string = 'mean', sparse: bool = false, include_last_offset: bool = false, padding_idx: int? = nil) -> EmbeddingBag",
          help:
            "An embedding bag whose table is there already, (num_embeddings, embedding_dim); freeze keeps it from being trained.",
          example: "nn.EmbeddingBag.from_pretrained(torch.eye(2))(torch.tensor{{0, 1}}) --> tensor([[0.5000, 0.5000]])"
        ) { a in
          let table = try pretrained(a)
          return .value(
            .same(
              try EmbeddingBag(
                table.shape[0], table.shape[1], maxNorm: a.optionalScalar(2), normType: a.scalar(3),
                scaleGradByFreq: a.bool(4), mode: Tensor.BagMode(named: a.string(5)), sparse: a.bool(6), weight: table,
                freeze: a.bool(1), includeLastOffset: a.bool(7), paddingIndex: a.optionalInt(8))))
        }
      ])
  }

  private static func pretrained(_ a: Arguments) throws -> Tensor {
    let table = try a.tensor(0)
    guard table.rank == 2 else {
      throw TensorError("Embeddings parameter is expected to be 2-dimensional", kind: .assertion)
    }
    return table
  }
}
