import Lua
import Tensor

extension OperatorList {
  mutating func addMatrices() {
    let products: [(String, String, String, String, (Tensor, Tensor) throws -> Tensor)] = [
      (
        "matmul", "other", "The matrix product; of batches, with broadcasting.", "torch.eye(2), torch.ones(2, 3)",
        { try $0.matmul($1) }
      ),
      ("mm", "mat2", "The product of two matrices.", "torch.eye(2), torch.ones(2, 3)", { try $0.mm($1) }),
      (
        "bmm", "mat2", "Products of two batches of matrices.", "torch.ones(1, 2, 2), torch.ones(1, 2, 3)",
        { try $0.bmm($1) }
      ),
      ("mv", "vec", "The product of a matrix and a vector.", "torch.eye(2), torch.ones(2)", { try $0.mv($1) }),
      ("dot", "tensor", "The product of two vectors.", "torch.ones(2), torch.ones(2)", { try $0.dot($1) }),
      ("inner", "other", "Products along the last dimension.", "torch.ones(2), torch.ones(2)", { try $0.inner($1) }),
      (
        "outer", "vec2", "All products of elements of two vectors.", "torch.ones(2), torch.ones(3)",
        { try $0.outer($1) }
      ),
      ("kron", "other", "The Kronecker product.", "torch.eye(2), torch.ones(2, 2)", { try $0.kron($1) }),
    ]
    for (name, argument, help, example, product) in products {
      add(name, "(input: Tensor, \(argument): Tensor) -> Tensor", help, "torch.\(name)(\(example))") { a in
        try product(a.tensor(0), a.tensor(1))
      }
    }
    alias("ger", of: "outer")
    alias("vdot", of: "dot")
    typealias Sum = (Tensor, Tensor, Tensor, Scalar, Scalar) throws -> Tensor
    let sums: [(String, String, String, String, Sum)] = [
      (
        "addmm", "mat1", "mat2", "torch.zeros(2, 2), torch.eye(2), torch.eye(2)",
        { try $0.addmm($1, $2, beta: $3, alpha: $4) }
      ),
      (
        "addmv", "mat", "vec", "torch.zeros(2), torch.eye(2), torch.ones(2)",
        { try $0.addmv($1, $2, beta: $3, alpha: $4) }
      ),
      (
        "addr", "vec1", "vec2", "torch.zeros(2, 2), torch.ones(2), torch.ones(2)",
        { try $0.addr($1, $2, beta: $3, alpha: $4) }
      ),
      (
        "baddbmm", "batch1", "batch2", "torch.zeros(1, 2, 2), torch.ones(1, 2, 2), torch.ones(1, 2, 2)",
        { try $0.baddbmm($1, $2, beta: $3, alpha: $4) }
      ),
      (
        "addbmm", "batch1", "batch2", "torch.zeros(2, 2), torch.ones(1, 2, 2), torch.ones(1, 2, 2)",
        { try $0.addbmm($1, $2, beta: $3, alpha: $4) }
      ),
    ]
    for (name, first, second, example, sum) in sums {
      add(
        name, "(input: Tensor, \(first): Tensor, \(second): Tensor, *, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor",
        "beta * input + alpha * (\(first) @ \(second)).", "torch.\(name)(\(example))", inPlace: true
      ) { a in try sum(a.tensor(0), a.tensor(1), a.tensor(2), a.scalar(3), a.scalar(4)) }
    }
    add("trace", "(input: Tensor) -> Tensor", "The sum of the diagonal.", "torch.trace(torch.eye(3))") { a in
      try a.tensor(0).trace()
    }
    add(
      "tensordot", "(a: Tensor, b: Tensor, dims: int|any[] = 2) -> Tensor", "Products summed over several dimensions.",
      "torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), 1)", placement: .function
    ) { a in
      guard let table = a[2].table else { return try Tensor.tensordot(a.tensor(0), a.tensor(1), dims: a.int(2)) }
      let lists = try (1...2).map { position in
        try table.withElement(position) { list in
          if let dim = list.integer { return [Int(dim)] }
          var dims: [Int] = []
          try list.table?.forEachElement { if let dim = $0.integer { dims.append(Int(dim)) } }
          return dims
        }
      }
      return try Tensor.tensordot(a.tensor(0), a.tensor(1), lists[0], lists[1])
    }
    add(
      "einsum",
      [
        ("(equation: string, operands: Tensor...) -> Tensor", { a in try Tensor.einsum(a.string(0), a.tensors(1)) }),
        ("(operands: Tensor[], equation: string) -> Tensor", { a in try Tensor.einsum(a.string(1), a.tensors(0)) }),
      ], "Sums of products in Einstein's notation.", "torch.einsum('ij,jk->ik', torch.eye(2), torch.ones(2, 2))",
      placement: .function)
  }
}
