import OrderedCollections
import Tensor

extension Sample {
  /// One batch of several samples: tensors and numbers are stacked, tuples and maps element by element; texts stay a list.
  /// `default_collate`.
  ///
  /// - Throws: ``TensorError`` for samples of different structure, or of what cannot be stacked.
  public static func collate(_ batch: [Sample]) throws -> Sample {
    guard let first = batch.first else { throw TensorError("an empty batch cannot be collated", kind: .index) }
    switch first {
    case .tensor:
      return .tensor(try GradMode.with(false) { try Tensor.stack(try batch.map { try $0.requireTensor() }) })
    case .scalar(.double):
      return .tensor(try Tensor(try numbers(batch).map(\.double), shape: [batch.count], dtype: .float64))
    case .scalar(let value):
      return .tensor(
        try Tensor(try numbers(batch).map(\.int), shape: [batch.count], dtype: value.isBool ? .bool : .int64))
    case .string: return .list(batch)
    case .tuple(let elements), .list(let elements):
      let rows = try batch.map { sample in
        guard let row = sample.elements else { throw mixed(first, sample) }
        guard row.count == elements.count else {
          throw TensorError("each element in list of batch should be of equal size")
        }
        return row
      }
      return .tuple(try elements.indices.map { column in try collate(rows.map { $0[column] }) })
    case .map(let pairs):
      let maps = try batch.map { sample in
        guard case .map(let pairs) = sample else { throw mixed(first, sample) }
        return OrderedDictionary(pairs.map { ($0.key, $0.value) }) { $1 }
      }
      return .map(
        try pairs.map { key, _ in
          (
            key,
            try collate(
              maps.map { map in
                guard let value = map[key] else { throw TensorError("'\(key)'", kind: .key) }
                return value
              })
          )
        })
    case .none, .object:
      throw TensorError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found \(first.typeName)",
        kind: .type)
    }
  }

  /// The elements of a tuple or list.
  var elements: [Sample]? {
    switch self {
    case .tuple(let elements), .list(let elements): elements
    default: nil
    }
  }

  private func requireTensor() throws -> Tensor {
    guard let tensor else {
      throw TensorError("expected Tensor as element of a batch, but got \(typeName)", kind: .type)
    }
    return tensor
  }

  private static func numbers(_ batch: [Sample]) throws -> [Scalar] {
    try batch.map { sample in
      guard case .scalar(let value) = sample else { throw mixed(batch[0], sample) }
      return value
    }
  }

  private static func mixed(_ first: Sample, _ other: Sample) -> TensorError {
    TensorError("a batch holds both \(first.typeName) and \(other.typeName)", kind: .type)
  }
}
