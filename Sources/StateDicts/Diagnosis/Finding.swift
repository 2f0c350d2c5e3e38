import Tensor

extension StateDictDiagnosis {
  /// One reason why a state dict does not fit.
  public enum Finding: Equatable {
    /// There is nothing in it.
    case empty
    /// It belongs to an optimizer.
    case optimizer
    /// The state dict is inside, under these keys.
    case nested([String])
    /// What is under these keys is no tensor.
    case notTensors([String])
    /// Its keys begin with a path that the network's do not have.
    case prefixed(String)
    /// The network's keys begin with a path that its keys do not have.
    case unprefixed(String)
    /// Its keys begin with one path, the network's with another.
    case moved(from: String, to: String)
    /// What matches a pattern has other names in the network, see ``KeyReplacement``.
    case renamed(String, to: String)
    /// The shapes are the network's, in its order, under names that have nothing in common.
    case sameOrder
    /// A layer has other outputs, such as classes, than in the network; `found` is nil where the layer has another name.
    case head(module: String, found: Int, expected: Int)
    /// Parts that only the state dict has, as patterns for their keys, and parts that only the network has: the heads, mostly.
    case otherLayers(given: [String], expected: [String])
    /// A first convolution takes another number of channels.
    case channels(key: String, found: Int, expected: Int)
    /// Another number of position embeddings.
    case positions(key: String, found: Int, expected: Int, prefixTokens: Int)
    /// A weight that lies the other way round.
    case transposed(key: String)
    /// All keys and shapes are those of a network known by name, with so many classes.
    case architecture(String, classes: Int)
    /// The counts of batches are missing, which no file of PyTorch 0.4.0 or older has.
    case uncounted
    /// Some fits, and nothing that is known explains why the rest does not.
    case partial
    /// Nothing that is known explains it.
    case unrelated

    /// What was found, as a clause.
    public var text: String {
      switch self {
      case .empty: "the state dict is empty"
      case .optimizer: "this is the state dict of an optimizer, not of a network"
      case .nested(let path): "the state dict is inside, under '\(path.joined(separator: "' and '"))'"
      case .notTensors(let keys):
        keys.count == 1
          ? "'\(keys[0])' is no tensor"
          : "\(Finding.list(Array(keys.prefix(2))))\(keys.count > 2 ? " and \(keys.count - 2) more" : "") are no tensors"
      case .prefixed(let prefix):
        "its keys begin with '\(prefix).', which the network's do not" + Finding.origin(of: prefix)
      case .unprefixed(let prefix): "the network's keys begin with '\(prefix).', which its keys do not"
      case .moved(let from, let to): "its keys begin with '\(from).', the network's with '\(to).'"
      case .renamed(let pattern, let replacement): "'\(pattern)' is '\(replacement)' in the network"
      case .sameOrder: "the shapes are the network's, in its order, under other names"
      case .head(let module, let found, let expected):
        "another head: '\(module)' has \(found) outputs in the state dict and \(expected) in the network"
      case .otherLayers(let patterns, let expected):
        switch (patterns.map(Finding.module), expected) {
        case ([], _): "the state dict has no \(Finding.list(expected))"
        case (let given, []): "the network has no \(Finding.list(given))"
        case (let given, _): "the state dict has \(Finding.list(given)) and the network \(Finding.list(expected))"
        }
      case .channels(let key, let found, let expected):
        "'\(key)' takes \(Finding.count(found, "channel")) in the state dict and \(expected) in the network"
      case .positions(let key, let found, let expected, _):
        "'\(key)' has \(found) positions in the state dict and \(expected) in the network"
      case .transposed(let key): "'\(key)' lies the other way round"
      case .architecture(let name, _): "these keys are \(name)'s"
      case .uncounted: "the state dict has no 'num_batches_tracked', which only counts what the statistics are of"
      case .partial: "the two have a part in common"
      case .unrelated: "the two have little in common"
      }
    }

    private static func origin(of prefix: String) -> String {
      switch prefix {
      case "module": " (nn.DataParallel saves so)"
      case "_orig_mod": " (torch.compile saves so)"
      default: ""
      }
    }

    /// What is inside of a module is named by it.
    private static func module(_ pattern: String) -> String {
      pattern.hasSuffix(".*") ? String(pattern.dropLast(2)) : pattern
    }

    private static func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: " and ") }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
  }

  /// One thing to do to a state dict, in the order in which it is to be done.
  public enum Step: Equatable {
    /// Go on with what is under a key.
    case entry(String)
    /// Leave out what is no tensor.
    case keepTensors
    /// Take a path off the names, see ``NamedTensors/strippingPrefix(_:)``.
    case stripPrefix(String)
    /// Put the names inside a path, see ``NamedTensors/addingPrefix(_:)``.
    case addPrefix(String)
    /// Rename what a pattern matches, see ``NamedTensors/renaming(_:to:)``.
    case rename(String, to: String)
    /// Give the keys the network's names in order.
    case renameInOrder
    /// Leave out what a pattern matches, see ``NamedTensors/dropping(_:)-(KeyPattern...)``.
    case drop(String)
    /// Make a first convolution take so many channels, see ``NamedTensors/adaptingInputConvolution(_:channels:)``.
    case adaptInputChannels(key: String, channels: Int)
    /// Bring position embeddings to a grid of rows and columns, see ``NamedTensors/resizingPositions(_:to:_:)``.
    case resizePositions(key: String, size: [Int], prefixTokens: Int)
    /// Transpose a matrix.
    case transpose(key: String)
  }
}

extension StateDictDiagnosis.Finding {
  /// What mends it; none where nothing can be done to the state dict.
  var steps: [StateDictDiagnosis.Step] {
    switch self {
    case .empty, .optimizer, .architecture, .uncounted, .partial, .unrelated: []
    case .nested(let path): path.map { .entry($0) }
    case .notTensors: [.keepTensors]
    case .prefixed(let prefix): [.stripPrefix(prefix)]
    case .unprefixed(let prefix): [.addPrefix(prefix)]
    case .moved(let from, let to): [.rename(from + ".*", to: to + ".*")]
    case .renamed(let pattern, let replacement): [.rename(pattern, to: replacement)]
    case .sameOrder: [.renameInOrder]
    case .head(let module, _, _): [.drop(module + ".*")]
    case .otherLayers(let patterns, _): patterns.map { .drop($0) }
    case .channels(let key, _, let expected): [.adaptInputChannels(key: key, channels: expected)]
    case .positions(let key, _, let expected, let prefixTokens):
      Int.squareRoot(expected - prefixTokens).map {
        [.resizePositions(key: key, size: [$0, $0], prefixTokens: prefixTokens)]
      } ?? []
    case .transposed(let key): [.transpose(key: key)]
    }
  }
}

extension Int {
  /// The whole number whose square this is.
  static func squareRoot(_ number: Int) -> Int? {
    guard number > 0 else { return nil }
    let root = Int(Double(number).squareRoot().rounded())
    return root * root == number ? root : nil
  }
}
