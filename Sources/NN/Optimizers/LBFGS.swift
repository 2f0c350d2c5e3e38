import OrderedCollections
import Tensor

/// L-BFGS: a quasi-Newton method that estimates curvature from the last steps. Each ``step(_:)`` makes several iterations and
/// computes the loss anew in each.
///
/// It takes one group of parameters only.
///
/// Sources: https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html; Nocedal and Wright, "Numerical optimization",
/// 2006, algorithm 7.5.
public final class LBFGS: Optimizer {
  /// - Parameter lineSearch: `strong_wolfe`, or nil for steps of length `lr`: `line_search_fn`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1, maxIter: Int = 20, maxEval: Int? = nil, toleranceGrad: Double = 1e-7,
    toleranceChange: Double = 1e-9, historySize: Int = 100, lineSearch: String? = nil
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "max_iter": .integer(maxIter), "max_eval": maxEval.map(StateValue.integer) ?? .none,
        "tolerance_grad": .double(toleranceGrad), "tolerance_change": .double(toleranceChange),
        "history_size": .integer(historySize), "line_search_fn": lineSearch.map(StateValue.string) ?? .none,
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 1, "max_iter": 20, "max_eval": nil, "tolerance_grad": 1e-7, "tolerance_change": 1e-9, "history_size": 100,
      "line_search_fn": nil,
    ]
  }

  public override func completeOptions(_ options: inout StateDictionary) {
    if case .some(.none) = options["max_eval"], let iterations = options["max_iter"]?.integer {
      options["max_eval"] = .integer(iterations.multipliedReportingOverflow(by: 5).partialValue / 4)
    }
  }

  public override func validate(_ options: ParameterGroup) throws {
    try options.requireNotNegative("lr", "learning rate")
  }

  public override func add(_ group: ParameterGroup) throws {
    guard groups.isEmpty else {
      throw TensorError("LBFGS doesn't support per-parameter options (parameter groups)", kind: .value)
    }
    try super.add(group)
  }

  /// Makes up to `max_iter` iterations.
  ///
  /// - Parameter closure: clears the gradients, computes loss and gradients anew, and returns the loss. It must be given.
  /// - Returns: the loss before the first iteration.
  @discardableResult
  public override func step(_ closure: (() throws -> Double)? = nil) throws -> Double? {
    guard let closure else {
      throw TensorError("LBFGS.step() missing 1 required positional argument: 'closure'", kind: .type)
    }
    guard let group = groups.first, let owner = group.parameters.first else { return nil }
    return try GradMode.with(false) {
      var iteration = try LBFGSIteration(group, state(of: owner)) { try GradMode.with(true) { try closure() } }
      let loss = try iteration.run()
      states[ObjectIdentifier(owner)] = iteration.state
      return loss
    }
  }
}

/// The work of one call of ``LBFGS/step(_:)``.
private struct LBFGSIteration {
  private let parameters: [Tensor]
  private let closure: () throws -> Double
  private let lr: Double
  private let maximumIterations: Int
  private let maximumEvaluations: Int
  private let toleranceGrad: Double
  private let toleranceChange: Double
  private let historySize: Int
  private let lineSearch: String?

  // What goes on from call to call.
  private var evaluationCount: Int
  private var iterationCount: Int
  private var direction: Tensor?
  private var stepLength: Double
  /// Differences of gradients and of parameters, oldest first, and one over their products.
  private var gradientSteps: [Tensor]
  private var parameterSteps: [Tensor]
  private var inverseProducts: [Double]
  /// The scale of the first estimate of the inverse Hessian.
  private var hessianScale: Double
  private var previousGradient: Tensor?
  private var previousLoss: Double

  init(_ group: ParameterGroup, _ state: StateDictionary, _ closure: @escaping () throws -> Double) throws {
    parameters = group.parameters
    self.closure = closure
    lr = try group.learningRate()
    maximumIterations = Int(Int64(clampingTruncation: try group.number("max_iter")))
    maximumEvaluations = Int(Int64(clampingTruncation: try group.number("max_eval")))
    toleranceGrad = try group.number("tolerance_grad")
    toleranceChange = try group.number("tolerance_change")
    historySize = Int(Int64(clampingTruncation: try group.number("history_size")))
    lineSearch = group["line_search_fn"]?.string
    guard lineSearch == nil || lineSearch == "strong_wolfe" else {
      throw TensorError("only 'strong_wolfe' is supported")
    }
    evaluationCount = state["func_evals"]?.integer ?? 0
    iterationCount = state["n_iter"]?.integer ?? 0
    direction = state["d"]?.tensor
    stepLength = state["t"]?.number ?? 0
    gradientSteps = state["old_dirs"]?.elements?.compactMap(\.tensor) ?? []
    parameterSteps = state["old_stps"]?.elements?.compactMap(\.tensor) ?? []
    inverseProducts = state["ro"]?.numbers ?? []
    hessianScale = state["H_diag"]?.number ?? 1
    previousGradient = state["prev_flat_grad"]?.tensor
    previousLoss = state["prev_loss"]?.number ?? 0
    if gradientSteps.count != parameterSteps.count || gradientSteps.count != inverseProducts.count {
      throw TensorError("the state of LBFGS has histories of different lengths", kind: .value)
    }
  }

  /// What to remember, by PyTorch's names.
  var state: StateDictionary {
    var state: StateDictionary = ["func_evals": .integer(evaluationCount), "n_iter": .integer(iterationCount)]
    guard let direction, let previousGradient else { return state }
    state["d"] = .tensor(direction)
    state["t"] = .double(stepLength)
    state["old_dirs"] = .list(gradientSteps.map(StateValue.tensor))
    state["old_stps"] = .list(parameterSteps.map(StateValue.tensor))
    state["ro"] = StateValue(inverseProducts)
    state["H_diag"] = .double(hessianScale)
    state["prev_flat_grad"] = .tensor(previousGradient)
    state["prev_loss"] = .double(previousLoss)
    return state
  }

  /// Iterates, and returns the loss before.
  mutating func run() throws -> Double {
    let firstLoss = try closure()
    var loss = firstLoss
    var evaluations = 1
    evaluationCount &+= 1
    var gradient = try flatGradient()
    if try largest(gradient) <= toleranceGrad { return firstLoss }
    var iterations = 0
    while iterations < maximumIterations {
      iterations += 1
      iterationCount &+= 1
      let isFirst = iterationCount == 1 || direction == nil || previousGradient == nil
      let direction = try nextDirection(gradient, isFirst: isFirst)
      self.direction = direction
      previousGradient = gradient
      previousLoss = loss
      stepLength = isFirst ? min(1, 1 / (try gradient.abs().sum().item().double)) * lr : lr
      let slope = try gradient.dot(direction).item().double
      if slope > -toleranceChange { break }

      var newEvaluations = 0
      var isOptimal = false
      if lineSearch != nil {
        let found = try search(direction, loss, gradient, slope, maximumEvaluations &- evaluations)
        (loss, gradient, stepLength) = (found.best.loss, found.best.gradient, found.best.length)
        newEvaluations = found.evaluations
        try move(by: stepLength, direction)
        isOptimal = try largest(gradient) <= toleranceGrad
      } else {
        try move(by: stepLength, direction)
        if iterations != maximumIterations {
          loss = try closure()
          gradient = try flatGradient()
          isOptimal = try largest(gradient) <= toleranceGrad
          newEvaluations = 1
        }
      }
      evaluations += newEvaluations
      evaluationCount &+= newEvaluations
      if evaluations >= maximumEvaluations || isOptimal { break }
      if try largest(direction) * stepLength.magnitude <= toleranceChange { break }
      if (loss - previousLoss).magnitude < toleranceChange { break }
    }
    return firstLoss
  }

  /// Minus the gradient, multiplied by an estimate of the inverse Hessian.
  private mutating func nextDirection(_ gradient: Tensor, isFirst: Bool) throws -> Tensor {
    guard let direction, let previousGradient, !isFirst else {
      (gradientSteps, parameterSteps, inverseProducts) = ([], [], [])
      hessianScale = 1
      return try gradient.neg()
    }
    let gradientStep = try gradient.sub(previousGradient)
    let parameterStep = try direction.mul(Scalar.double(stepLength))
    let product = try gradientStep.dot(parameterStep).item().double
    if product > 1e-10 {
      if gradientSteps.count >= max(historySize, 1) {
        gradientSteps.removeFirst()
        parameterSteps.removeFirst()
        inverseProducts.removeFirst()
      }
      gradientSteps.append(gradientStep)
      parameterSteps.append(parameterStep)
      inverseProducts.append(1 / product)
      hessianScale = product / (try gradientStep.dot(gradientStep).item().double)
    }
    var result = try gradient.neg()
    var shares = [Double](repeating: 0, count: gradientSteps.count)
    for i in gradientSteps.indices.reversed() {
      shares[i] = try parameterSteps[i].dot(result).item().double * inverseProducts[i]
      try result.addInPlace(gradientSteps[i], alpha: .double(-shares[i]))
    }
    result = try result.mul(Scalar.double(hessianScale))
    for i in gradientSteps.indices {
      let share = try gradientSteps[i].dot(result).item().double * inverseProducts[i]
      try result.addInPlace(parameterSteps[i], alpha: .double(shares[i] - share))
    }
    return result
  }

  private func search(
    _ direction: Tensor, _ loss: Double, _ gradient: Tensor, _ slope: Double, _ maximumIterations: Int
  ) throws -> (best: StrongWolfeSearch.Point, evaluations: Int) {
    let origin = try parameters.map { try $0.clone() }
    let search = StrongWolfeSearch(
      start: StrongWolfeSearch.Point(length: 0, loss: loss, gradient: gradient, slope: slope),
      directionSize: try largest(direction), toleranceChange: toleranceChange, maximumIterations: maximumIterations
    ) { length in
      try move(by: length, direction)
      let loss = try closure()
      let gradient = try flatGradient()
      for (parameter, value) in zip(parameters, origin) { try parameter.copyInPlace(value) }
      return StrongWolfeSearch.Point(
        length: length, loss: loss, gradient: gradient, slope: try gradient.dot(direction).item().double)
    }
    return try search.run(from: stepLength)
  }

  /// The gradients of all parameters in one row; zeros where there is none.
  private func flatGradient() throws -> Tensor {
    try Tensor.cat(
      try parameters.map { parameter in
        guard let grad = parameter.grad else { return try Tensor.zeros([parameter.count], dtype: parameter.dtype) }
        return try grad.detach().reshape([parameter.count])
      })
  }

  private func move(by length: Double, _ direction: Tensor) throws {
    var offset = 0
    for parameter in parameters {
      let part = try direction.narrow(0, offset, parameter.count).reshape(parameter.shape)
      try parameter.addInPlace(part, alpha: .double(length))
      offset += parameter.count
    }
  }

  private func largest(_ x: Tensor) throws -> Double {
    x.count == 0 ? 0 : try x.abs().max().item().double
  }
}
