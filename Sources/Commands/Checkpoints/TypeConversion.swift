import Checkpoint
import OrderedCollections
import Supervision
import Tensor

/// Gives the floating point tensors of a checkpoint another type. Storages are converted as wholes, so that ties and views stay what
/// they are.
struct TypeConversion {
  private let dtype: DType
  private let progress: Progress
  private var storages: [ObjectIdentifier: Storage] = [:]
  private var tensors: [ObjectIdentifier: Tensor] = [:]

  private init(to dtype: DType, _ progress: Progress) {
    self.dtype = dtype
    self.progress = progress
  }

  /// A checkpoint with floating point tensors of another type.
  static func convert(_ value: CheckpointValue, to dtype: DType) throws -> CheckpointValue {
    let storages = CheckpointLeaf.leaves(of: value).compactMap(\.value.tensor)
      .filter { $0.dtype.isFloatingPoint && $0.dtype != dtype }
      .map { (ObjectIdentifier($0.storage), $0.storage.byteCount) }
    let byteCount = Dictionary(storages) { first, _ in first }.values.reduce(0, +)
    return try Progress.reporting("converting", of: byteCount) { progress in
      var conversion = TypeConversion(to: dtype, progress)
      return try conversion.convert(value)
    }
  }

  private mutating func convert(_ value: CheckpointValue) throws -> CheckpointValue {
    switch value {
    case .tensor(let tensor): return .tensor(try convert(tensor))
    case .list(let elements): return .list(try convert(elements))
    case .tuple(let elements): return .tuple(try convert(elements))
    case .dictionary(var dictionary):
      var entries = OrderedDictionary<CheckpointValue, CheckpointValue>(minimumCapacity: dictionary.count)
      for (key, value) in dictionary.entries { entries[key] = try convert(value) }
      dictionary.entries = entries
      return .dictionary(dictionary)
    default: return value
    }
  }

  private mutating func convert(_ elements: [CheckpointValue]) throws -> [CheckpointValue] {
    var result: [CheckpointValue] = []
    for element in elements { result.append(try convert(element)) }
    return result
  }

  private mutating func convert(_ tensor: Tensor) throws -> Tensor {
    guard tensor.dtype.isFloatingPoint, tensor.dtype != dtype else { return tensor }
    if let known = tensors[ObjectIdentifier(tensor)] { return known }
    let converted = try Tensor(
      storage: try convert(tensor.storage, of: tensor.dtype), dtype: dtype, shape: tensor.shape,
      strides: tensor.strides,
      offset: tensor.offset)
    converted.isParameter = tensor.isParameter
    if tensor.requiresGrad { try converted.setRequiresGrad(true) }
    tensors[ObjectIdentifier(tensor)] = converted
    return converted
  }

  private mutating func convert(_ storage: Storage, of source: DType) throws -> Storage {
    if let known = storages[ObjectIdentifier(storage)] { return known }
    let whole = try Tensor(
      storage: storage, dtype: source, shape: [storage.byteCount / source.size], strides: [1])
    let converted = try whole.to(dtype).storage
    storage.giveBackPages()
    progress.advance(by: storage.byteCount)
    storages[ObjectIdentifier(storage)] = converted
    return converted
  }
}
