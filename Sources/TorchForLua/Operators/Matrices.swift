import Lua
import Tensor

extension OperatorList {
  mutating func addMatrices() {
    let products: [(String, String, String, String, String, (Tensor, Tensor) throws -> Tensor)] = [
      (
        "matmul", "other",
        """
        The matrix product. Vectors count as a row on the left and a column on the right and lose that \
        dimension again; leading dimensions are a batch and broadcast: (..., n, m) by (..., m, p) gives \
        (..., n, p).
        """, "torch.tensor{{1., 2.}, {3., 4.}}, torch.tensor{1., 1.}",
        "tensor([3., 7.])", { try $0.matmul($1) }
      ),
      (
        "mm", "mat2", "The product of two matrices: (n, m) by (m, p) gives (n, p). No broadcasting; see matmul().",
        "torch.tensor{{1., 2.}}, torch.tensor{{3.}, {4.}}", "tensor([[11.]])", { try $0.mm($1) }
      ),
      (
        "bmm", "mat2",
        """
        The products of two batches of as many matrices: (b, n, m) by (b, m, p) gives (b, n, p). No \
        broadcasting.
        """, "torch.tensor{{{1., 2.}}}, torch.tensor{{{3.}, {4.}}}", "tensor([[[11.]]])", { try $0.bmm($1) }
      ),
      (
        "mv", "vec", "The product of a matrix and a vector: (n, m) by (m) gives (n).",
        "torch.tensor{{1., 2.}, {3., 4.}}, torch.tensor{1., 1.}", "tensor([3., 7.])", { try $0.mv($1) }
      ),
      (
        "dot", "tensor",
        "The sum of the products of the elements of two vectors of the same length: a tensor of no dimension.",
        "torch.tensor{1., 2.}, torch.tensor{3., 4.}", "tensor(11.)", { try $0.dot($1) }
      ),
      (
        "inner", "other", "Products summed along the last dimension of both: dot() of all pairs of rows.",
        "torch.tensor{1., 2.}, torch.tensor{3., 4.}", "tensor(11.)", { try $0.inner($1) }
      ),
      (
        "outer", "vec2", "All products of an element of input, a vector, and one of vec2: a matrix (n, m).",
        "torch.tensor{2., 5.}, torch.tensor{3., 4.}",
        "tensor([[ 6.,  8.],\n-->         [15., 20.]])", { try $0.outer($1) }
      ),
      (
        "kron", "other", "The Kronecker product: each element of input replaced by itself times other.",
        "torch.tensor{1., 2.}, torch.tensor{3., 4.}", "tensor([3., 4., 6., 8.])", { try $0.kron($1) }
      ),
    ]
    for (name, argument, help, example, result, product) in products {
      add(name, "(input: Tensor, \(argument): Tensor) -> Tensor", help, "torch.\(name)(\(example)) --> \(result)") {
        a in
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
    let kinds = [
      "addmm": "(mat1 @ mat2), the product of two matrices",
      "addmv": "(mat @ vec), the product of a matrix and a vector",
      "addr": "outer(vec1, vec2), all products of two vectors' elements",
      "baddbmm": "(batch1 @ batch2), the products of two batches of matrices",
      "addbmm": "the sum of (batch1 @ batch2), the products of two batches of matrices",
    ]
    for (name, first, second, example, sum) in sums {
      add(
        name, "(input: Tensor, \(first): Tensor, \(second): Tensor, *, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor",
        "beta * input + alpha * \(kinds[name] ?? ""), with input broadcast to the product's shape; it is not read where beta is 0.",
        "torch.\(name)(\(example))", inPlace: true
      ) { a in try sum(a.tensor(0), a.tensor(1), a.tensor(2), a.scalar(3), a.scalar(4)) }
    }
    add(
      "trace", "(input: Tensor) -> Tensor", "The sum of a matrix' diagonal: a tensor of no dimension.",
      "torch.trace(torch.tensor{{1, 2}, {3, 4}}) --> tensor(5)"
    ) { a in
      try a.tensor(0).trace()
    }
    add(
      "tensordot", "(a: Tensor, b: Tensor, dims: int|any[] = 2) -> Tensor",
      """
      Products summed over several dimensions: the last dims of a with the first dims of b, or the \
      dimensions that two tables name, {{1, 0}, {0, 1}}.
      """,
      "torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), 1) --> tensor([[3., 3.],\n-->         [3., 3.]])",
      placement: .function
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
      ],
      """
      Sums of products in Einstein's notation: a letter for each dimension of each operand; letters that the \
      result after -> lacks are summed over, ... stands for further dimensions. Without -> the letters that \
      appear once, in order, are the result's.
      """,
      "torch.einsum('ij,j->i', torch.tensor{{1., 2.}, {3., 4.}}, torch.tensor{1., 10.}) --> tensor([21., 43.])",
      placement: .function)
  }
}
