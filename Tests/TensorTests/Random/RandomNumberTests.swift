import Tensor
import TestSupport
import Testing

/// After a seed, PyTorch's numbers.
@Suite struct RandomNumberTests {
  @Test func everyDistributionGivesPyTorchsNumbers() throws {
    for record in try Fixture.records("Tensor/Random/numbers.txt") {
      let generator = Generator(seed: 7)
      guard let drawn = try draw(record.name.split(separator: " ").map(String.init), generator) else { continue }
      // Two units in the last place of float32 after a logarithm, a root and a sine; small types are rounded from it.
      let isSmall = drawn.dtype == .float16 || drawn.dtype == .bfloat16
      let values = try drawn.doubles()
      let agrees = isClose(
        values, record.values, relative: isSmall ? 8e-3 : drawn.dtype == .float64 ? 1e-13 : 1e-6,
        absolute: drawn.dtype == .float64 ? 1e-15 : 2e-7)
      #expect(agrees, "\(record.name): \(values) is not \(record.values)")
      if !drawn.dtype.isFloatingPoint {
        #expect(try drawn.integers().map(String.init) == record.texts.map(String.init), "\(record.name)")
      }
    }
  }

  @Test func stateHasPyTorchsBytesAndContinues() throws {
    let fixture = try Fixture.table("Tensor/Random/numbers.txt")
    let generator = Generator(seed: 11)
    _ = try Tensor.randn([3], generator: generator)
    _ = try Tensor.rand([50], generator: generator)
    let state = try generator.state()
    let expected = try #require(fixture["state"])
    #expect(try state.doubles() == expected.values)

    let other = Generator()
    try other.setState(state)
    let next = try #require(fixture["after the state"])
    #expect(isClose(try Tensor.randn([3], generator: other).doubles(), next.values))
    #expect(other.initialSeed == 11)
  }

  @Test func aForkLeavesNoTrace() throws {
    let generator = Generator(seed: 1)
    let inside = try generator.fork { try Tensor.rand([5], generator: generator).doubles() }
    #expect(try Tensor.rand([5], generator: generator).doubles() == inside)
  }

  @Test func aWrongStateIsAnError() throws {
    let generator = Generator()
    #expect(throws: TensorError.self) { try generator.setState(try Tensor.zeros([3], dtype: .uint8)) }
    #expect(throws: TensorError.self) { try generator.setState(try Tensor.zeros([5056], dtype: .uint8)) }
    #expect(throws: TensorError.self) { try generator.setState(try Tensor.zeros([5056])) }
  }

  @Test func aBadDistributionIsAnErrorInPyTorchsWords() throws {
    let x = try Tensor.zeros([3])
    let integers = try Tensor.zeros([3], dtype: .int64)
    func message(_ body: () throws -> Tensor) -> String {
      do {
        _ = try body()
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message { try x.uniformInPlace(2, 1) }
        == "uniform_ expects to return a [from, to) range, but found from=2 > to=1")
    #expect(message { try integers.uniformInPlace() } == "\"check_uniform_bounds\" not implemented for 'Long'")
    #expect(message { try x.normalInPlace(mean: 0, deviation: -1) } == "normal expects std >= 0.0, but found std -1")
    #expect(message { try x.bernoulliInPlace(2) } == "bernoulli_ expects p to be in [0, 1], but got p=2")
    #expect(
      message { try Tensor.randint(5, 2, [3]) }
        == "random_ expects 'from' to be less than 'to', but got from=5 >= to=2")
    #expect(
      message { try Tensor.randint(0, 300, [3], dtype: .uint8) } == "to - 1 is out of bounds for unsigned char")
    #expect(
      message { try Tensor.zeros([3]).multinomial(1) } == "invalid multinomial distribution (sum of probabilities <= 0)"
    )
  }

  /// The draw that a record's name stands for; nil for records that other tests read.
  private func draw(_ words: [String], _ generator: Generator) throws -> Tensor? {
    let dtype = words.compactMap { word in DType.allCases.first { $0.name == word } }.first ?? .float32
    let numbers = words.compactMap { Int64($0) }
    func empty(_ count: Int) throws -> Tensor { try Tensor(empty: [count], dtype: dtype) }
    func tail(_ x: Tensor) throws -> Tensor { x.count < 50 ? x : try x.slice(0, x.count - 8) }
    switch words.filter({ word in Int64(word) == nil && word != dtype.name }).joined(separator: " ") {
    case "rand": return try tail(try Tensor.rand([Int(numbers[0])], dtype: dtype, generator: generator))
    case "randn": return try tail(try Tensor.randn([Int(numbers[0])], dtype: dtype, generator: generator))
    case "uniform": return try empty(20).uniformInPlace(-0.3, 0.7, generator: generator)
    case "normal": return try empty(20).normalInPlace(mean: 2, deviation: 0.5, generator: generator)
    case "strided uniform":
      return try Tensor.zeros([4, 6], dtype: dtype).t().slice(0, step: 2).uniformInPlace(generator: generator)
    case "strided normal":
      return try Tensor.zeros([4, 10], dtype: dtype).t().slice(0, step: 2).normalInPlace(generator: generator)
    case "exponential": return try empty(6).exponentialInPlace(1.5, generator: generator)
    case "geometric": return try empty(6).geometricInPlace(0.2, generator: generator)
    case "cauchy": return try empty(6).cauchyInPlace(median: 1, sigma: 2, generator: generator)
    case "log normal": return try empty(6).logNormalInPlace(mean: 0.5, deviation: 0.25, generator: generator)
    case "dropout": return try Tensor.ones([20], dtype: dtype).dropout(p: 0.3, generator: generator)
    case "bernoulli":
      let steps = try Tensor((0..<12).map { Double($0) / 11 }, dtype: .float64).to(dtype)
      return try steps.bernoulli(generator: generator)
    case "random" where numbers.isEmpty: return try empty(6).randomInPlace(generator: generator)
    case "random":
      let count = numbers == [0, 2] ? 12 : 20
      return try empty(count).randomInPlace(numbers[0], numbers[1], generator: generator)
    case "random full": return try empty(6).randomInPlace(.min, nil, generator: generator)
    case "chance": return try empty(12).bernoulliInPlace(0.4, generator: generator)
    case "randint": return try Tensor.randint(numbers[0], numbers[1], [6], dtype: dtype, generator: generator)
    case "randperm": return try Tensor.randperm(Int(numbers[0]), generator: generator)
    case "multinomial": return try weights().multinomial(Int(numbers[0]), generator: generator)
    case "multinomial replaced":
      return try weights().multinomial(Int(numbers[0]), replacement: true, generator: generator)
    case "normal of tensors":
      let means = try Tensor([0, 1, 2, 3, 4] as [Double])
      return try Tensor.normal(mean: means, deviation: try means.add(try Tensor.ones([])), generator: generator)
    case "normal of means":
      let means = try Tensor((0..<20).map(Double.init))
      return try Tensor.normal(mean: means, deviation: try Tensor([0.5]), generator: generator)
    case "feature dropout": return try Tensor.ones([3, 4, 2, 1]).featureDropout(generator: generator)
    case "alpha dropout": return try Tensor.ones([12]).alphaDropout(p: 0.4, training: true, generator: generator)
    default: return nil
    }
  }

  private func weights() throws -> Tensor {
    try Tensor([1, 2, 3, 4, 0, 0.5, 0, 0, 0.25, 9] as [Double], shape: [2, 5])
  }
}
