import NN
import Tensor

/// The parameters, gradients and optimizers that `scripts/fixtures.py` makes too.
struct SampleOptimizer {
  let parameters: [Tensor]
  let optimizer: Optimizer

  /// - Parameter words: the class's name, then options such as `lr=0.1` or `betas=0.8,0.9`.
  init(_ words: [String], _ dtype: DType) throws {
    parameters = try SampleOptimizer.parameters(dtype)
    let options = SampleOptimizer.options(Array(words.dropFirst()))
    let kind = SampleOptimizer.kinds[words[0]] ?? Optimizer.self
    let rate = options["lr"]?.number ?? 0
    optimizer = try kind.init(
      groups: [ParameterGroup([parameters[0]]), ParameterGroup([parameters[1]], options: ["lr": .double(rate / 2)])],
      options: options)
  }

  /// A matrix and a vector.
  static func parameters(_ dtype: DType) throws -> [Tensor] {
    let matrix = (0..<12).map { Double(($0 * 7 + 3) % 11) / 5 - 1 }
    let vector = (0..<5).map { Double(($0 * 5 + 1) % 7) / 3 - 1 }
    return [
      try parameter(try Tensor(matrix, shape: [3, 4], dtype: .float64).to(dtype)),
      try parameter(try Tensor(vector, dtype: .float64).to(dtype)),
    ]
  }

  static func options(_ words: [String]) -> StateDictionary {
    var options: StateDictionary = [:]
    for word in words {
      let parts = word.split(separator: "=").map(String.init)
      options[.string(parts[0])] = value(parts[1])
    }
    return options
  }

  private static func value(_ text: String) -> StateValue {
    let numbers = text.split(separator: ",").compactMap { Double($0) }
    if numbers.count == 2 { return .tuple(numbers.map(StateValue.double)) }
    if let integer = Int64(text) { return .int(integer) }
    if let number = numbers.first { return .double(number) }
    return text == "True" || text == "False" ? .bool(text == "True") : .string(text)
  }

  /// Sets gradients that pull to zero, with something else added that changes from step to step.
  func setGradients(_ step: Int) throws {
    for parameter in parameters {
      let values = try parameter.doubles().enumerated().map { index, value in
        0.3 * value + Double((index * 3 + step) % 5 - 2) * 0.05
      }
      try parameter.setGrad(try Tensor(values, shape: parameter.shape, dtype: .float64).to(parameter.dtype))
    }
  }

  func run(_ steps: ClosedRange<Int>) throws {
    for step in steps {
      try setGradients(step)
      try optimizer.step()
    }
  }

  func values() throws -> [Double] { try parameters.flatMap { try $0.doubles() } }

  private static let kinds: [String: Optimizer.Type] = [
    "SGD": SGD.self, "Adam": Adam.self, "AdamW": AdamW.self, "RMSprop": RMSprop.self, "Adagrad": Adagrad.self,
    "Adadelta": Adadelta.self, "NAdam": NAdam.self, "RAdam": RAdam.self, "LBFGS": LBFGS.self,
  ]
}
