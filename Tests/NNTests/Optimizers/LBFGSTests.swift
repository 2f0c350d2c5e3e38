import NN
import Tensor
import TestSupport
import Testing

/// L-BFGS finds the minimum of Rosenbrock's function on PyTorch's way.
@Suite struct LBFGSTests {
  private struct Problem {
    let x: Tensor
    let y: Tensor
    let optimizer: LBFGS

    init(_ options: StateDictionary) throws {
      x = try parameter(try Tensor([-1.2], dtype: .float64))
      y = try parameter(try Tensor([1.0], shape: [1, 1], dtype: .float64))
      optimizer = try LBFGS([x, y], options: options)
    }

    func step() throws -> [Double] {
      let loss = try optimizer.step {
        try optimizer.zeroGrad()
        let (a, b) = (try x.item().double, try y.item().double)
        try x.setGrad(try Tensor([-400 * a * (b - a * a) - 2 * (1 - a)], dtype: .float64))
        try y.setGrad(try Tensor([200 * (b - a * a)], shape: [1, 1], dtype: .float64))
        return 100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a)
      }
      return [loss ?? .nan, try x.item().double, try y.item().double]
    }
  }

  @Test func everyStepIsPyTorchs() throws {
    for record in try Fixture.records("NN/Optimizers/lbfgs.txt") {
      let problem = try Problem(SampleOptimizer.options(record.name.split(separator: " ").map(String.init)))
      let values = try (0..<6).flatMap { _ in try problem.step() }
      #expect(isClose(values, record.values, relative: 1e-6), "\(record.name): \(values)")
    }
  }

  @Test func aLoadedStateGoesOn() throws {
    let first = try Problem(["line_search_fn": "strong_wolfe", "max_iter": 3])
    for _ in 0..<3 { _ = try first.step() }
    let second = try Problem(["max_iter": 3])
    try GradMode.with(false) {
      _ = try second.x.copyInPlace(first.x)
      _ = try second.y.copyInPlace(first.y)
    }
    try second.optimizer.loadStateDict(first.optimizer.stateDict())
    #expect(try second.step() == first.step())
  }
}
