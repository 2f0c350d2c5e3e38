import Checkpoint
import OrderedCollections
import Tensor

/// Gives the floating point tensors of a checkpoint another type. Storages are converted as wholes, so that ties and views stay what
/// they are.
struct TypeConversion {
  let dtype: DType
  private var storages: [ObjectIdentifier: Storage] = [:]
  private var tensors: [ObjectIdentifier: Tensor] = [:]

  init(to dtype: DType) { self.dtype = dtype }

  mutating func convert(_ value: CheckpointValue) throws -> CheckpointValue {
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
    storages[ObjectIdentifier(storage)] = converted
    return converted
  }
}
