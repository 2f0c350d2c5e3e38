import Tensor
import Testing

/// What users can rely on at the edges: empty tensors, wrong arguments, integers that overflow. Nothing traps.
@Suite("Operators at the edges")
struct EdgeTests {
  private func message(_ body: () throws -> Any) -> String {
    do {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test("reduce empty tensors to their neutral elements")
  func emptyReductions() throws {
    let x = try Tensor.zeros([0, 3])
    #expect(try x.sum().item() == .double(0))
    #expect(try x.prod().item() == .double(1))
    #expect(try x.sum([0]).floats() == [0, 0, 0])
    #expect(try x.sum([1]).shape == [0])
    #expect(try x.all().item() == .bool(true))
    #expect(try x.any().item() == .bool(false))
    #expect(try x.mean().item().double.isNaN)
    #expect(message { try x.max() }.hasPrefix("max(): Expected reduction dim to be specified"))
    #expect(message { try x.amax([0]) } == "amax(): Expected reduction dim 0 to have non-zero size.")
  }

  @Test("sum in double precision over blocks")
  func accurateSums() throws {
    let x = try Tensor.full([3_000_001], 0.1, dtype: .float32)
    #expect(abs(try x.sum().item().double - 300_000.1) < 0.2)
    #expect(abs(try x.reshape([3_000_001, 1]).expand([3_000_001, 2]).sum([0]).doubles()[1] - 300_000.1) < 0.2)
  }

  @Test("reduce across dimensions of size 1 and in any order of memory")
  func reductionLayouts() throws {
    let x = try Tensor.arange(0, 24, dtype: .float32).reshape([2, 3, 4])
    #expect(try x.reshape([1, 6, 4]).sum([0, 2]).floats() == [6, 22, 38, 54, 70, 86])
    #expect(try x.permute([2, 0, 1]).sum([1]).floats() == x.sum([0]).t().contiguous().floats())
    #expect(try x.transpose(0, 2).amax([0, 1]).floats() == [11, 23])
  }

  @Test("wrap integers around and refuse to divide them by zero")
  func integers() throws {
    let x = try Tensor([Int64.min, -7, 7] as [Int64])
    #expect(try x.neg().integers()[0] == .min)
    #expect(try x.floorDivide(-1).integers()[0] == .min)
    #expect(try x.floorDivide(2).integers() == [Int64.min / 2, -4, 3])
    #expect(try x.remainder(4).integers() == [0, 1, 3])
    #expect(try x.fmod(4).integers() == [0, -3, 3])
    #expect(message { try x.floorDivide(0) } == "ZeroDivisionError")
    #expect(message { try x.pow(-1) } == "Integers to negative integer powers are not allowed.")
    #expect(try Tensor([200, 100] as [Int64], dtype: .uint8).add(100).integers() == [44, 200])
  }

  @Test("let NaN win in extremes and sort it to the end")
  func notANumber() throws {
    let x = try Tensor([1, .nan, 3] as [Double])
    #expect(try x.max().item().double.isNaN)
    #expect(try x.argmax().item() == .int(1))
    #expect(try x.sort().indices.integers() == [0, 2, 1])
    #expect(try x.nansum().item() == .double(4))
    #expect(try x.fmax(Tensor([2, 2, 2] as [Double])).floats() == [2, 2, 3])
  }

  @Test("name the sizes that do not fit")
  func wrongShapes() throws {
    let (a, b) = (try Tensor.zeros([2, 3]), try Tensor.zeros([4, 5]))
    #expect(
      message { try a.add(b) }
        == "The size of tensor a (3) must match the size of tensor b (5) at non-singleton dimension 1")
    #expect(message { try a.mm(b) } == "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)")
    #expect(
      message { try Tensor.cat([a, b]) }
        == "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 5 for tensor number 1 in the list."
    )
    #expect(
      message { try a.gather(0, Tensor([7] as [Int64], shape: [1, 1])) }
        == "index 7 is out of bounds for dimension 0 with size 2")
    #expect(message { try a.crossEntropy(Tensor([0, 9] as [Int64])) } == "Target 9 is out of bounds.")
    #expect(message { try a.softmax(5) }.hasPrefix("Dimension out of range"))
  }

  @Test("refuse singular and indefinite matrices")
  func singularMatrices() throws {
    let zero = try Tensor.zeros([2, 2])
    #expect(
      message { try zero.linalgInv() }
        == "linalg.inv: The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular."
    )
    #expect(
      message { try zero.linalgSolve(zero) }
        == "torch.linalg.solve: The solver failed because the input matrix is singular.")
    #expect(message { try Tensor.eye(2).neg().linalgCholesky() }.contains("not positive-definite"))
    #expect(try zero.linalgDet().item() == .double(0))
  }

  @Test("write through indices, the last of several values staying")
  func indexedWrites() throws {
    let x = try Tensor.zeros([4])
    try x.indexPutInPlace([Tensor([1, 3, 1] as [Int64])], Tensor([5, 6, 7] as [Double]))
    #expect(try x.floats() == [0, 7, 0, 6])
    #expect(
      try x.indexPut([Tensor([1, 1] as [Int64])], Tensor([1, 2] as [Double]), accumulate: true).floats() == [
        0, 10, 0, 6,
      ])
    #expect(
      try Tensor.zeros([3]).maskedScatter(Tensor([1, 0, 1] as [Int64], dtype: .bool), Tensor([8, 9] as [Double]))
        .floats() == [8, 0, 9])
  }

  @Test("multiply matrices of every rank")
  func matrixProducts() throws {
    let (a, b) = (try Tensor.arange(0, 6, dtype: .float32).reshape([2, 3]), try Tensor.ones([5, 3, 4]))
    #expect(try a.matmul(b).shape == [5, 2, 4])
    #expect(try a.matmul(b).floats().prefix(8) == [3, 3, 3, 3, 12, 12, 12, 12])
    #expect(try a.t().mm(a).floats() == [9, 12, 15, 12, 17, 22, 15, 22, 29])
    #expect(try a.to(.int64).matmul(Tensor([1, 1, 1] as [Int64])).integers() == [3, 12])
    #expect(try Tensor.zeros([2, 0]).mm(Tensor.zeros([0, 3])).floats() == [0, 0, 0, 0, 0, 0])
    #expect(
      try Tensor.einsum("...ik, ...j -> ij", [a.unsqueeze(0), Tensor([1, 10] as [Double])]).floats() == [
        3, 30, 12, 120,
      ])
  }
}
