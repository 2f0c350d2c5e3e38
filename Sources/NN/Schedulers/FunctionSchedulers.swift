import OrderedCollections
import Tensor

/// Sets the learning rate to the initial one times a function of the epoch, one for all groups or one for each.
public final class LambdaLR: LRScheduler {
  private let functions: [(Int) throws -> Double]

  /// Functions are no data: the state says of each only that there is one.
  override var configuration: StateDictionary {
    get { ["lr_lambdas": .list(functions.map { _ in .none })] }
    set {}
  }

  /// - Parameters:
  ///   - functions: of the epoch, from 0; one for all groups, or one for each.
  ///   - lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` for another number of functions, and what a function throws.
  public init(_ optimizer: Optimizer, _ functions: [(Int) throws -> Double], lastEpoch: Int = -1) throws {
    self.functions = try expanded(functions, optimizer)
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    try zip(baseRates, functions).map { base, function in base * (try function(lastEpoch)) }
  }
}

/// Multiplies the learning rate by a function of the epoch, from the second epoch on.
public final class MultiplicativeLR: LRScheduler {
  private let functions: [(Int) throws -> Double]

  /// Functions are no data: the state says of each only that there is one.
  override var configuration: StateDictionary {
    get { ["lr_lambdas": .list(functions.map { _ in .none })] }
    set {}
  }

  /// - Parameters:
  ///   - functions: of the epoch, from 1; one for all groups, or one for each.
  ///   - lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` for another number of functions.
  public init(_ optimizer: Optimizer, _ functions: [(Int) throws -> Double], lastEpoch: Int = -1) throws {
    self.functions = try expanded(functions, optimizer)
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    let rates = try currentRates()
    return isInitial ? rates : try zip(rates, functions).map { rate, function in rate * (try function(lastEpoch)) }
  }
}

/// A function for each group, the same one where there is but one.
private func expanded(
  _ functions: [(Int) throws -> Double], _ optimizer: Optimizer
) throws -> [(Int) throws -> Double] {
  let count = optimizer.groups.count
  if functions.count == 1, let function = functions.first { return Array(repeating: function, count: count) }
  guard functions.count == count else {
    throw TensorError("Expected \(count) lr_lambdas, but got \(functions.count)", kind: .value)
  }
  return functions
}
