import NN
import Tensor
import TestSupport
import Testing

extension DefaultGeneratorTests {
  /// Initial values are PyTorch's, number by number.
  @Suite(.serialized) struct InitTests {
    @Test func everyFunctionGivesPyTorchsValues() throws {
      let functions: [(String, [Int], (Tensor, Generator) throws -> Tensor)] = [
        ("uniform", [6, 4, 3], { try Init.uniform($0, -2, 3, generator: $1) }),
        ("normal", [6, 4, 3], { try Init.normal($0, mean: 1, deviation: 2, generator: $1) }),
        ("xavier_uniform", [6, 4, 3], { try Init.xavierUniform($0, gain: 2, generator: $1) }),
        ("xavier_normal", [6, 4, 3], { try Init.xavierNormal($0, generator: $1) }),
        ("kaiming_uniform", [6, 4, 3], { try Init.kaimingUniform($0, slope: 0.2, mode: .fanOut, generator: $1) }),
        (
          "kaiming_normal", [6, 4, 3],
          { try Init.kaimingNormal($0, mode: .fanOut, nonlinearity: "relu", generator: $1) }
        ),
        ("trunc_normal", [6, 4, 3], { try Init.truncatedNormal($0, deviation: 0.02, generator: $1) }),
        (
          "trunc_normal redrawn", [6, 4, 3],
          { try Init.truncatedNormal($0, mean: 0.5, low: -0.5, high: 1, generator: $1) }
        ),
        ("trunc_normal rejected", [6, 4, 3], { try Init.truncatedNormal($0, low: 1, high: 2, generator: $1) }),
        ("orthogonal wide", [3, 7], { try Init.orthogonal($0, gain: 2, generator: $1) }),
        ("orthogonal tall", [8, 3], { try Init.orthogonal($0, generator: $1) }),
        ("eye", [4, 5], { tensor, _ in try Init.eye(tensor) }),
        ("dirac", [4, 2, 3], { tensor, _ in try Init.dirac(tensor, groups: 2) }),
      ]
      let fixture = try Fixture.table("NN/initialization.txt")
      for (name, shape, change) in functions {
        let tensor = try parameter(try Tensor.zeros(shape))
        let values = try change(tensor, Generator(seed: 4)).detach().doubles()
        let record = try #require(fixture[name])
        let agrees = isClose(Array(values.prefix(24)), record.values, relative: 2e-6, absolute: 1e-6)
        #expect(agrees, "\(name): \(values.prefix(24)) is not \(record.values)")
      }
    }

    @Test func sparseColumnsAreChosenByTheDefaultGenerator() throws {
      Generator.default.manualSeed(4)
      let tensor = try Init.sparse(try Tensor.zeros([6, 4]), sparsity: 0.5)
      let record = try #require(try Fixture.table("NN/initialization.txt")["sparse"])
      #expect(isClose(try tensor.doubles(), record.values))
    }

    @Test func whatCannotBeInitializedIsAnError() throws {
      #expect(throws: TensorError.self) { try Init.kaimingNormal(try Tensor.zeros([3])) }
      #expect(throws: TensorError.self) { try Init.eye(try Tensor.zeros([3])) }
      #expect(throws: TensorError.self) { try Init.dirac(try Tensor.zeros([3, 2, 1]), groups: 2) }
      #expect(throws: TensorError.self) { try Init.gain("unknown") }
    }
  }
}
