extension Tensor {
  /// The sums of products over pairs of dimensions.
  public static func tensordot(_ a: Tensor, _ b: Tensor, _ dimsA: [Int], _ dimsB: [Int]) throws -> Tensor {
    guard dimsA.count == dimsB.count else {
      throw TensorError("both dimension lists should have same length")
    }
    guard a.dtype == b.dtype else {
      throw TensorError("both inputs should have same dtype")
    }
    let (first, second) = (try wrapDimensions(dimsA, rank: a.rank), try wrapDimensions(dimsB, rank: b.rank))
    // A size of 1 is broadcast: the other operand is summed first.
    var (a, b) = (a, b)
    for ((x, y), given) in zip(zip(first, second), zip(dimsA, dimsB))
    where x < a.rank && y < b.rank && a.shape[x] != b.shape[y] {
      if a.shape[x] == 1 {
        b = try b.sum([y], keepDim: true, dtype: b.dtype)
        continue
      }
      if b.shape[y] == 1 {
        a = try a.sum([x], keepDim: true, dtype: a.dtype)
        continue
      }
      throw TensorError(
        "contracted dimensions need to match, but first has size \(a.shape[x]) in dim \(given.0) and second has size \(b.shape[y]) in dim \(given.1)"
      )
    }
    let freeA = a.shape.indices.filter { !first.contains($0) }
    let freeB = b.shape.indices.filter { !second.contains($0) }
    let contracted = try Shape.count(first.filter { $0 < a.rank }.map { a.shape[$0] })
    let rows = try Shape.count(freeA.map { a.shape[$0] })
    let columns = try Shape.count(freeB.map { b.shape[$0] })
    let left = try (a.rank == 0 ? a : a.permute(freeA + first)).reshape([rows, contracted])
    let right = try (b.rank == 0 ? b : b.permute(second + freeB)).reshape([contracted, columns])
    if freeA.isEmpty && freeB.isEmpty && a.dtype == .bool { throw notImplemented("dot", a.dtype) }
    return try left.mm(right).reshape(freeA.map { a.shape[$0] } + freeB.map { b.shape[$0] })
  }

  /// The sums of products over the last `dims` dimensions of `a` and the first of `b`.
  public static func tensordot(_ a: Tensor, _ b: Tensor, dims: Int = 2) throws -> Tensor {
    guard dims >= 0 else { throw TensorError("tensordot expects dims >= 0, but got dims=\(dims)") }
    guard dims <= a.rank, dims <= b.rank else {
      throw TensorError("tensordot expects dims < ndim_a or ndim_b, but got dims=\(dims)")
    }
    return try tensordot(a, b, Array(-dims..<0), Array(0..<dims))
  }

  /// The Kronecker product.
  public func kron(_ other: Tensor) throws -> Tensor {
    let size = Swift.max(rank, other.rank)
    let a = [Int](repeating: 1, count: size - rank) + shape
    let b = [Int](repeating: 1, count: size - other.rank) + other.shape
    return try reshape(a.flatMap { [$0, 1] }).mul(other.reshape(b.flatMap { [1, $0] }))
      .reshape(zip(a, b).map { $0 &* $1 })
  }

  /// The product of a chain of matrices, in the order of least work.
  public static func multiDot(_ matrices: [Tensor]) throws -> Tensor {
    guard matrices.count >= 2, let first = matrices.first, let last = matrices.last else {
      throw TensorError("multi_dot(): expected at least 2 tensors but got \(matrices.count)")
    }
    for (end, tensor) in [("first", first), ("last", last)] where tensor.rank != 1 && tensor.rank != 2 {
      throw TensorError("multi_dot(): the \(end) tensor must be 1D or 2D but got \(tensor.rank)D")
    }
    for (index, tensor) in matrices.enumerated().dropFirst().dropLast() where tensor.rank != 2 {
      throw TensorError("multi_dot(): tensor \(index) must be 2D but got \(tensor.rank)D")
    }
    for (index, tensor) in matrices.enumerated() where tensor.dtype != first.dtype {
      throw TensorError(
        "multi_dot(): all tensors must have be the same dtype but tensor 0 is \(first.dtype.mangledTypeName) and tensor \(index) \(tensor.dtype.mangledTypeName)"
      )
    }
    var chain = matrices
    if first.rank == 1 { chain[0] = try first.unsqueeze(0) }
    if last.rank == 1 { chain[chain.count - 1] = try last.unsqueeze(1) }
    for index in chain.indices.dropLast() where chain[index].shape[1] != chain[index + 1].shape[0] {
      throw TensorError(
        "multi_dot(): tensors \(index) and \(index + 1) with shapes \(Shape.text(chain[index].shape)) and \(Shape.text(chain[index + 1].shape)) cannot be multiplied"
      )
    }
    var result = try product(chain, splits: bestSplits(chain), 0, chain.count - 1)
    if first.rank == 1 { result = try result.squeeze([0]) }
    return last.rank == 1 ? try result.squeeze([-1]) : result
  }

  /// For every part of a chain where its last product is best made.
  /// Source: Cormen et al., Introduction to Algorithms, matrix-chain multiplication.
  private static func bestSplits(_ chain: [Tensor]) -> [[Int]] {
    let count = chain.count
    var cost = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var split = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    for length in 1..<count {
      for i in 0..<(count - length) {
        let j = i + length
        cost[i][j] = .infinity
        for k in i..<j {
          let work = Double(chain[i].shape[0]) * Double(chain[k].shape[1]) * Double(chain[j].shape[1])
          let total = cost[i][k] + cost[k + 1][j] + work
          if total < cost[i][j] {
            cost[i][j] = total
            split[i][j] = k
          }
        }
      }
    }
    return split
  }

  private static func product(_ chain: [Tensor], splits: [[Int]], _ i: Int, _ j: Int) throws -> Tensor {
    if i == j { return chain[i] }
    let k = splits[i][j]
    return try product(chain, splits: splits, i, k).mm(product(chain, splits: splits, k + 1, j))
  }

  /// Sums of products of elements named by letters: `torch.einsum("bij,bjk->bik", a, b)`.
  public static func einsum(_ equation: String, _ operands: [Tensor]) throws -> Tensor {
    let subscripts = try EinsumEquation(equation, operands)
    var remaining = operands.indices.makeIterator()
    guard let first = remaining.next() else { throw EinsumEquation.noOperands }
    var (result, labels) = try subscripts.prepared(first)
    var position = first
    while let next = remaining.next() {
      position = next
      let (operand, operandLabels) = try subscripts.prepared(next)
      let later = subscripts.labelsNeeded(after: position)
      (result, labels) = try contract(result, labels, operand, operandLabels, keeping: later)
    }
    let summed = labels.indices.filter { !subscripts.output.contains(labels[$0]) }
    if !summed.isEmpty {
      // A single operand is summed as sum() does, a product in its own type.
      result = try result.sum(summed, dtype: operands.count == 1 ? nil : result.dtype)
      labels = labels.filter { subscripts.output.contains($0) }
    }
    let order = subscripts.output.compactMap { labels.firstIndex(of: $0) }
    return order == Array(labels.indices) ? result : try result.permute(order)
  }

  /// The product of two operands, summed over the labels that nobody needs any more.
  private static func contract(
    _ a: Tensor, _ labelsA: [Int], _ b: Tensor, _ labelsB: [Int], keeping: Set<Int>
  ) throws -> (Tensor, [Int]) {
    var (a, labelsA, b, labelsB) = (a, labelsA, b, labelsB)
    // What only one operand has and nobody needs is summed first.
    (a, labelsA) = try sumAway(a, labelsA) { !labelsB.contains($0) && !keeping.contains($0) }
    (b, labelsB) = try sumAway(b, labelsB) { !labelsA.contains($0) && !keeping.contains($0) }
    let shared = labelsA.filter { labelsB.contains($0) }
    let batch = shared.filter { keeping.contains($0) }
    let contracted = shared.filter { !keeping.contains($0) }
    let freeA = labelsA.filter { !shared.contains($0) }
    let freeB = labelsB.filter { !shared.contains($0) }
    func size(_ label: Int) -> Int {
      let sizeA = labelsA.firstIndex(of: label).map { a.shape[$0] } ?? 1
      let sizeB = labelsB.firstIndex(of: label).map { b.shape[$0] } ?? 1
      return sizeA == 1 ? sizeB : sizeA
    }
    func arranged(_ x: Tensor, _ labels: [Int], _ groups: [[Int]]) throws -> Tensor {
      let order = groups.flatMap { $0 }
      let permuted = try x.permute(order.compactMap { labels.firstIndex(of: $0) })
      let sizes = groups.map { $0.map(size) }
      return try permuted.expand(sizes.flatMap { $0 }).reshape(sizes.map { try Shape.count($0) })
    }
    let left = try arranged(a, labelsA, [batch, freeA, contracted])
    let right = try arranged(b, labelsB, [batch, contracted, freeB])
    let product = contracted.isEmpty && a.dtype == .bool ? try left.mul(right) : try left.bmm(right)
    let labels = batch + freeA + freeB
    return (try product.reshape(labels.map(size)), labels)
  }

  private static func sumAway(
    _ x: Tensor, _ labels: [Int], _ isUnneeded: (Int) -> Bool
  ) throws -> (Tensor, [Int]) {
    let dims = labels.indices.filter { isUnneeded(labels[$0]) }
    if dims.isEmpty { return (x, labels) }
    return (try x.sum(dims, dtype: x.dtype), labels.filter { !isUnneeded($0) })
  }
}

/// The subscripts of an `einsum`, each letter and each dimension of the ellipsis a number.
private struct EinsumEquation {
  private(set) var output: [Int] = []
  private var inputs: [[Int]] = []
  private let operands: [Tensor]
  /// Numbers from here on stand for the ellipsis' dimensions, counted from the last one.
  private static let ellipsis = 1000

  static let noOperands = TensorError(
    "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list",
    kind: .value)

  init(_ equation: String, _ operands: [Tensor]) throws {
    guard !operands.isEmpty else { throw EinsumEquation.noOperands }
    self.operands = operands
    let text = Array(equation.unicodeScalars.filter { $0 != " " })
    var (left, right) = (text, nil as [Unicode.Scalar]?)
    if let arrow = text.indices.first(where: { text[$0] == "-" && $0 + 1 < text.count && text[$0 + 1] == ">" }) {
      left = Array(text[..<arrow])
      right = Array(text[(arrow + 2)...])
    }
    let terms = left.split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == operands.count else {
      throw TensorError(
        terms.count < operands.count
          ? "einsum(): more operands were provided than specified in the equation"
          : "einsum(): fewer operands were provided than specified in the equation")
    }
    var widest = 0
    for (term, operand) in zip(terms, operands) {
      let labels = try EinsumEquation.labels(Array(term), of: "operand \(inputs.count)") { letters in
        let width = operand.rank - letters
        guard width >= 0 else { return 0 }
        widest = max(widest, width)
        return width
      }
      guard labels.count == operand.rank else {
        let isLonger = labels.count > operand.rank && term.contains(".")
        throw TensorError(
          "einsum(): the number of subscripts in the equation (\(labels.count)) \(isLonger ? "is more than" : "does not match") the number of dimensions (\(operand.rank)) for operand \(inputs.count)\(isLonger ? "" : " and no ellipsis was given")"
        )
      }
      inputs.append(labels)
    }
    if let right {
      output = try EinsumEquation.labels(right, of: "output") { _ in widest }
      for label in output where !inputs.contains(where: { $0.contains(label) }) {
        throw TensorError(
          "einsum(): output subscript \(EinsumEquation.name(label)) does not appear in the equation for any input operand"
        )
      }
      if let twice = output.first(where: { label in output.count(where: { $0 == label }) > 1 }) {
        throw TensorError(
          "einsum(): output subscript \(EinsumEquation.name(twice)) appears more than once in the output")
      }
    } else {
      var counts: [Int: Int] = [:]
      for label in inputs.joined() { counts[label, default: 0] += 1 }
      let letters = counts.keys.filter { $0 < EinsumEquation.ellipsis && counts[$0] == 1 }.sorted()
      output = (0..<widest).reversed().map { EinsumEquation.ellipsis + $0 } + letters
    }
  }

  private static func name(_ label: Int) -> String {
    Unicode.Scalar(UInt32(label)).map { String(Character($0)) } ?? "..."
  }

  private static func labels(
    _ term: [Unicode.Scalar], of owner: String, ellipsisWidth: (Int) -> Int
  ) throws -> [Int] {
    var result: [Int] = []
    var position = 0
    let letters = term.count { $0 != "." }
    var hasEllipsis = false
    while position < term.count {
      let scalar = term[position]
      if scalar == "." {
        guard !hasEllipsis, position + 2 < term.count, term[position + 1] == ".", term[position + 2] == "." else {
          throw TensorError(
            "einsum(): found '.' for \(owner) that is not part of any ellipsis\(owner == "output" ? " (...)" : "")")
        }
        hasEllipsis = true
        result += (0..<ellipsisWidth(letters)).reversed().map { ellipsis + $0 }
        position += 3
      } else {
        guard scalar.properties.isAlphabetic, scalar.isASCII else {
          throw TensorError("einsum(): invalid subscript given, subscripts must be in [a-zA-Z]")
        }
        result.append(Int(scalar.value))
        position += 1
      }
    }
    return result
  }

  /// The labels of the output and of the operands after `position`.
  func labelsNeeded(after position: Int) -> Set<Int> {
    Set(output).union(inputs[(position + 1)...].joined())
  }

  /// An operand with each label once: repeated ones become the diagonal.
  func prepared(_ position: Int) throws -> (Tensor, [Int]) {
    var (tensor, labels) = (operands[position], inputs[position])
    while let (a, b) = EinsumEquation.repeated(labels) {
      guard tensor.shape[a] == tensor.shape[b] else {
        throw TensorError(
          "einsum(): subscript \(EinsumEquation.name(labels[a])) is repeated for operand \(position) but the sizes don't match, \(tensor.shape[b]) != \(tensor.shape[a])"
        )
      }
      let label = labels[a]
      tensor = try tensor.diagonal(dim1: a, dim2: b)
      labels.remove(at: b)
      labels.remove(at: a)
      labels.append(label)
    }
    for (axis, label) in labels.enumerated() {
      for (other, otherLabels) in inputs.enumerated() where other < position {
        guard let otherAxis = otherLabels.firstIndex(of: label) else { continue }
        let (size, expected) = (tensor.shape[axis], operands[other].shape[otherAxis])
        guard size == expected || size == 1 || expected == 1 else {
          throw TensorError(
            "einsum(): subscript \(EinsumEquation.name(label)) has size \(size) for operand \(position) which does not broadcast with previously seen size \(expected)"
          )
        }
      }
    }
    return (tensor, labels)
  }

  private static func repeated(_ labels: [Int]) -> (Int, Int)? {
    for (second, label) in labels.enumerated() {
      if let first = labels[..<second].firstIndex(of: label) { return (first, second) }
    }
    return nil
  }
}
