import Tensor

/// Samples that are found by position, counted from 0: `torch.utils.data.Dataset`.
///
/// ```swift
/// final class Squares: Dataset {
///   override func count() throws -> Int { 10 }
///   override func sample(at index: Int) throws -> Sample { .tuple([.scalar(.int(Int64(index * index)))]) }
/// }
/// ```
open class Dataset {
  /// For subclasses: by itself a dataset has neither count nor samples.
  public init() {}

  /// The number of samples.
  open func count() throws -> Int {
    throw TensorError("object of type '\(Self.self)' has no len()", kind: .type)
  }

  /// The sample at a position from 0 to the count.
  open func sample(at index: Int) throws -> Sample {
    throw TensorError("Subclasses of Dataset should implement __getitem__.", kind: .notImplemented)
  }

  /// The sample at a position, negative ones counted from the end.
  public subscript(index: Int) -> Sample {
    get throws {
      let count = try count()
      guard index >= -count, index < count else {
        throw TensorError("index \(index) is out of bounds for a dataset of \(count) samples", kind: .index)
      }
      return try sample(at: index < 0 ? index + count : index)
    }
  }
}

/// What a dataset holds at a position, and what a loader makes of several.
public indirect enum Sample {
  /// Python's `None`.
  case none
  /// A tensor; a loader stacks those of a batch.
  case tensor(Tensor)
  /// A number or truth value; a loader makes one tensor of those of a batch.
  case scalar(Scalar)
  /// A text; a loader makes a list of those of a batch.
  case string(String)
  /// Several values that belong together, such as an image and its label.
  case tuple([Sample])
  /// A list of values, whose lengths must be alike in a batch.
  case list([Sample])
  /// Values by name, in the order of the names.
  case map([(key: String, value: Sample)])
  /// Anything that only the dataset and its user understand.
  case object(AnyObject)

  /// The tensor, if this is one.
  public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

  /// The name of the type, for errors.
  var typeName: String {
    switch self {
    case .none: "NoneType"
    case .tensor: "Tensor"
    case .scalar(.bool): "bool"
    case .scalar(.int): "int"
    case .scalar(.double): "float"
    case .string: "str"
    case .tuple: "tuple"
    case .list: "list"
    case .map: "dict"
    case .object(let object): "\(type(of: object))"
    }
  }
}

/// Tensors whose rows belong together: sample i is row i of each.
public final class TensorDataset: Dataset {
  /// The tensors, each with a row for each sample.
  public let tensors: [Tensor]

  /// - Throws: ``TensorError`` for tensors with different numbers of rows.
  public init(_ tensors: [Tensor]) throws {
    guard let count = try tensors.first?.size(0), try tensors.allSatisfy({ try $0.size(0) == count }) else {
      throw TensorError("Size mismatch between tensors")
    }
    self.tensors = tensors
  }

  public override func count() throws -> Int { try tensors[0].size(0) }

  public override func sample(at index: Int) throws -> Sample {
    .tuple(try tensors.map { .tensor(try $0.select(0, index)) })
  }
}

/// Some samples of another dataset, in an order of their own.
public final class Subset: Dataset {
  /// Whose samples these are.
  public let dataset: Dataset
  /// The positions of the samples in ``dataset``; negative ones count from its end.
  public let indices: [Int]

  /// - Parameter indices: positions in `dataset`, which are looked up when their samples are asked for.
  public init(_ dataset: Dataset, _ indices: [Int]) {
    self.dataset = dataset
    self.indices = indices
  }

  public override func count() throws -> Int { indices.count }
  public override func sample(at index: Int) throws -> Sample { try dataset[indices[index]] }
}

/// Datasets one after the other.
public final class ConcatDataset: Dataset {
  /// The datasets, in order.
  public let datasets: [Dataset]
  /// Where each dataset ends.
  public let cumulativeSizes: [Int]

  /// - Throws: ``TensorError`` without datasets; what a dataset's count throws.
  public init(_ datasets: [Dataset]) throws {
    guard !datasets.isEmpty else { throw TensorError("datasets should not be an empty iterable") }
    self.datasets = datasets
    var total = 0
    cumulativeSizes = try datasets.map {
      total += try $0.count()
      return total
    }
  }

  public override func count() throws -> Int { cumulativeSizes.last ?? 0 }

  public override func sample(at index: Int) throws -> Sample {
    let which = cumulativeSizes.firstIndex { index < $0 } ?? 0
    return try datasets[which].sample(at: which == 0 ? index : index - cumulativeSizes[which - 1])
  }
}

extension Dataset {
  /// Parts of the dataset that share no sample, drawn at random: `random_split`.
  ///
  /// - Parameter lengths: the sizes of the parts, or fractions that add up to 1.
  /// - Throws: ``TensorError`` for lengths that do not fit the dataset.
  public func randomSplit(_ lengths: [Double], generator: Generator? = nil) throws -> [Subset] {
    let count = try count()
    let total = lengths.reduce(0, +)
    var sizes: [Int]
    if abs(total - 1) <= 1e-9 * max(abs(total), 1), total <= 1 {
      sizes = try lengths.enumerated().map { index, fraction in
        guard fraction >= 0, fraction <= 1 else {
          throw TensorError("Fraction at index \(index) is not between 0 and 1", kind: .value)
        }
        return Int(Double(count) * fraction)
      }
      for extra in 0..<max(0, count - sizes.reduce(0, +)) { sizes[extra % sizes.count] += 1 }
    } else {
      guard total == Double(count), lengths.allSatisfy({ $0 >= 0 && $0 == $0.rounded() }) else {
        throw TensorError("Sum of input lengths does not equal the length of the input dataset!", kind: .value)
      }
      sizes = lengths.map { Int($0) }
    }
    let order = try Tensor.randperm(count, generator: generator).integers().map { Int($0) }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return Subset(self, Array(order[start..<start + size]))
    }
  }
}
