import OrderedCollections
import Tensor

/// What of a state dict fits a network, key by key, and why the rest does not.
///
/// ```swift
/// let comparison = try net.compare(with: state, architectures: Models.architectures)
/// print(comparison)              // a table
/// if !comparison.fits { print(comparison.diagnosis) }
/// ```
public struct StateDictComparison {
  /// A key on both sides whose tensors have different shapes, or that is no tensor in the state dict.
  public struct Mismatch {
    /// The key on both sides.
    public let key: String
    /// The shape in the network.
    public let expected: [Int]
    /// What the state dict has there.
    public let found: Found

    /// What a state dict has in place of a tensor that fits.
    public enum Found: Equatable {
      /// A tensor of another shape.
      case shape([Int])
      /// Something else, with what Python calls its type.
      case noTensor(typeName: String)
    }
  }

  /// A key that loads, but whose elements are converted to the network's type.
  public struct Conversion {
    /// The key on both sides.
    public let key: String
    /// The type in the network.
    public let expected: DType
    /// The type in the state dict.
    public let found: DType
  }

  /// What the network has: its own state dict.
  public let expected: StateDict
  /// What was compared with it.
  public let given: StateDict
  /// Keys that would load, in the network's order.
  public private(set) var matched: [String] = []
  /// Keys of the network that the state dict lacks.
  public private(set) var missingKeys: [String] = []
  /// Keys of the state dict that the network does not know.
  public private(set) var unexpectedKeys: [String] = []
  /// Keys on both sides that do not load, in the network's order.
  public private(set) var mismatched: [Mismatch] = []
  /// Those of the matched keys whose types differ.
  public private(set) var converted: [Conversion] = []
  /// How many numbers the network's parameters have together.
  public private(set) var parameterCount = 0
  /// How many of them would be loaded.
  public private(set) var loadedParameterCount = 0
  /// How many numbers the tensors of the state dict have together, and how many of them would be used.
  public private(set) var givenCount = 0
  /// How many numbers of the state dict's tensors would be used.
  public private(set) var usedCount = 0
  /// The networks whose keys are known.
  let architectures: [KnownArchitecture]

  /// Compares two state dicts, no tensor's elements of which are read.
  ///
  /// - Parameters:
  ///   - expected: the network's.
  ///   - given: the one to load.
  ///   - supplied: keys that the network supplies itself where an old state dict lacks them.
  ///   - architectures: whose keys the diagnosis knows.
  public init(
    expected: StateDict, given: StateDict, supplied: Set<String> = [], architectures: [KnownArchitecture] = []
  ) {
    self.expected = expected
    self.given = given
    self.architectures = architectures
    let hasParameters = expected.entries.values.contains { $0.tensor?.isParameter == true }
    for (key, entry) in expected.entries {
      guard let tensor = entry.tensor else { continue }
      let counts = tensor.isParameter || !hasParameters
      if counts { parameterCount = [parameterCount, tensor.count].saturatingSum() }
      switch given.entries[key] {
      case nil where supplied.contains(key): continue
      case nil: missingKeys.append(key)
      case .tensor(let found)? where found.loads(into: tensor.shape):
        matched.append(key)
        usedCount = [usedCount, found.count].saturatingSum()
        if counts { loadedParameterCount = [loadedParameterCount, tensor.count].saturatingSum() }
        if found.dtype != tensor.dtype {
          converted.append(Conversion(key: key, expected: tensor.dtype, found: found.dtype))
        }
      case .tensor(let found)?:
        mismatched.append(Mismatch(key: key, expected: tensor.shape, found: .shape(found.shape)))
      case let other?:
        mismatched.append(Mismatch(key: key, expected: tensor.shape, found: .noTensor(typeName: other.typeName)))
      }
    }
    unexpectedKeys = given.keys.filter { expected.entries[$0] == nil }
    givenCount = given.entries.values.compactMap { $0.tensor?.count }.saturatingSum()
  }

  /// The share of the network's parameters that would be loaded, 0 to 1, by the number of their elements.
  public var share: Double {
    parameterCount == 0 ? (missingKeys.isEmpty ? 1 : 0) : Double(loadedParameterCount) / Double(parameterCount)
  }

  /// Whether it loads with `strict` on.
  public var fits: Bool { missingKeys.isEmpty && unexpectedKeys.isEmpty && mismatched.isEmpty }

  /// Whether so little is loaded with `strict` off that it cannot be what was meant: nothing, or nearly nothing of the network
  /// from a small part of the state dict.
  public var loadsLittle: Bool {
    matched.isEmpty && !expected.entries.isEmpty || share < 0.1 && usedCount < givenCount - usedCount
  }
}

extension Tensor {
  /// Whether a module with a tensor of `shape` takes this one. Files of PyTorch 0.3 have no zero-dim tensors.
  func loads(into shape: [Int]) -> Bool { self.shape.loads(into: shape) }
}
