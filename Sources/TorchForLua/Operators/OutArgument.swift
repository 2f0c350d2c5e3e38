import Lua
import Tensor

/// PyTorch's keyword `out`: tensors that a function writes its results into, and returns, instead of new ones.
enum OutArgument {
  /// The functions of `torch` that take it.
  private static let operators: Set<Substring> = names(
    """
    abs absolute acos acosh add addbmm addcdiv addcmul addmm addmv addr all amax amin aminmax angle any arange \
    arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort asin asinh atan atan2 atanh \
    baddbmm bernoulli bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor bmm \
    bucketize cat ceil cholesky cholesky_inverse cholesky_solve clamp clamp_max clamp_min clip column_stack \
    concat concatenate conj_physical copysign cos cosh cross cummax cummin cumprod cumsum deg2rad diag diff \
    digamma div divide dot dstack empty eq erf erfc erfinv exp exp2 expm1 eye fix float_power floor floor_divide \
    fmax fmin fmod frac frexp full gather gcd ge geqrf ger greater greater_equal gt heaviside histc histogram hstack \
    hypot i0 igamma igammac index_add index_copy index_reduce index_select inner inverse isin isneginf isposinf \
    kron kthvalue lcm ldexp le lerp less less_equal lgamma linspace log log10 log1p log2 log_softmax logaddexp \
    logaddexp2 logcumsumexp logical_and logical_not logical_or logical_xor logit logspace logsumexp lt lu_solve lu_unpack \
    masked_select matmul max maximum mean median min minimum mm mode msort mul multinomial multiply mv mvlgamma \
    nan_to_num nanmean nanmedian nanquantile nansum ne neg negative nextafter nonzero nonzero_static norm normal \
    not_equal ones orgqr ormqr outer polygamma pow prod qr quantile rad2deg rand randint randn randperm range reciprocal \
    remainder renorm round row_stack rsqrt scatter scatter_add scatter_reduce searchsorted sgn sigmoid sign \
    signbit sin sinc sinh slice_scatter slogdet softmax sort sqrt square stack std sub subtract sum take take_along_dim tan \
    tanh tensordot topk triangular_solve tril triu true_divide trunc var vdot vstack where xlogy zeros
    """)

  /// The functions of `torch.linalg` that take it.
  private static let linearAlgebra: Set<Substring> = names(
    """
    cholesky cholesky_ex cond cross det eigh eigvalsh householder_product inv inv_ex lu lu_factor lu_factor_ex \
    lu_solve matmul matrix_norm matrix_power matrix_rank multi_dot norm pinv qr slogdet solve solve_ex \
    solve_triangular svd svdvals tensorinv tensorsolve vecdot vector_norm
    """)

  /// The functions of `torch.nn.functional` that take it.
  private static let functionals: Set<Substring> = names(
    "avg_pool2d avg_pool3d gelu hardshrink linear logsigmoid normalize softplus softshrink")

  /// The functions of `torch.nn.functional`, where PyTorch's take it with `out`.
  static func added(toFunctionals functions: [Function]) -> [Function] {
    functions.flatMap { added(to: $0, functionals) }
  }

  /// The functions of `torch.special`, all of which take it.
  static func added(toSpecialFunctions functions: [Function]) -> [Function] {
    functions.flatMap { added(to: $0, Set(functions.map { Substring($0.name) })) }
  }

  private static func names(_ text: String) -> Set<Substring> { Set(text.split(separator: " ")) }

  /// The functions of `torch`, where PyTorch's take it with `out`. Methods stay without.
  static func added(toOperators functions: [Function]) -> [Function] { functions.flatMap { added(to: $0, operators) } }

  /// The functions of `torch.linalg`, where PyTorch's take it with `out`.
  static func added(toLinearAlgebra functions: [Function]) -> [Function] {
    functions.flatMap { added(to: $0, linearAlgebra) }
  }

  private static func added(to function: Function, _ names: Set<Substring>) -> [Function] {
    guard function.placement != .method, names.contains(Substring(function.name)) else { return [function] }
    let writing = Function(
      function.name, help: function.help, example: function.example, placement: .function,
      function.overloads.map(added(to:)))
    guard function.placement == .both else { return [writing] }
    return [
      writing,
      Function(
        function.name, help: function.help, example: function.example, placement: .method, function.overloads),
    ]
  }

  private static func added(to overload: Overload) -> Overload {
    guard let signature = overload.signature, let end = signature.ranges(of: ") ->").last else { return overload }
    let head = signature[..<end.lowerBound]
    let isSingle = !signature[end.upperBound...].contains(",")
    let separator = head.hasSuffix("(") ? "*, " : head.contains("*, ") ? ", " : ", *, "
    return Overload(
      "\(head)\(separator)out: \(isSingle ? "Tensor" : "Tensor[]")? = nil\(signature[end.lowerBound...])"
    ) { a in
      let results = try overload.body(a)
      let place = a.lastIndex
      guard a.has(place) else { return results }
      return try write(results.values.compactMap(tensor), into: isSingle ? [a.tensor(place)] : a.tensors(place), a)
    }
  }

  private static func tensor(_ value: LuaValue) -> Tensor? {
    if case .object(let object) = value { return object as? Tensor }
    return nil
  }

  private static func write(_ results: [Tensor], into outputs: [Tensor], _ a: Arguments) throws -> LuaResults {
    guard results.count == outputs.count else {
      throw TensorError(
        "\(a.functionName)(): argument 'out' must be tuple of \(results.count) Tensors, not of \(outputs.count)",
        kind: .type)
    }
    for (result, output) in zip(results, outputs) { try output.receive(result, of: a.functionName) }
    return .values(outputs.map { .object($0) })
  }
}
