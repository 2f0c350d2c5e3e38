import Lua
import Tensor

/// `torch.autograd.gradcheck` and `torch.autograd.functional`: derivatives of functions written in Lua.
enum GradientChecks {
  static var all: [Function] { [gradcheck, gradgradcheck] }

  static func declareFunctional(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.autograd.functional", help: "All derivatives of a function of tensors.",
      example: "torch.autograd.functional.jacobian(function(x) return x * x end, torch.tensor{3.}) --> tensor([[6.]])",
      functions: [jacobian, hessian])
  }

  private static let tolerances =
    "eps: float = 1e-06, atol: float = 1e-05, rtol: float = 0.001, raise_exception: bool = true, nondet_tol: float = 0.0"

  private static var gradcheck: Function {
    Function(
      "gradcheck", "(func: callable, inputs: Tensor|table, *, \(tolerances)) -> bool",
      help:
        "Whether the gradients of a function are those that differences of its values tell. Inputs should be small and float64. A gradient that differs is an error, unless raise_exception is false.",
      example:
        "torch.autograd.gradcheck(torch.sin, torch.rand(3, {dtype = torch.float64, requires_grad = true})) --> true"
    ) { a in
      let (function, inputs) = try (function(a, 0, "gradcheck"), inputs(a, 1))
      return try verdict(check(a, from: 2).problem(of: function, at: inputs), a, raises: 5)
    }
  }

  private static var gradgradcheck: Function {
    Function(
      "gradgradcheck",
      "(func: callable, inputs: Tensor|table, grad_outputs: Tensor|table|nil = nil, *, \(tolerances)) -> bool",
      help: "As gradcheck, for the gradients of the gradients.",
      example:
        "torch.autograd.gradgradcheck(torch.sin, torch.rand(3, {dtype = torch.float64, requires_grad = true})) --> true"
    ) { a in
      let (function, arguments) = try (function(a, 0, "gradgradcheck"), inputs(a, 1))
      let gradients = a.has(2) ? try inputs(a, 2) : nil
      return try verdict(
        check(a, from: 3).secondOrderProblem(of: function, at: arguments, gradients: gradients), a, raises: 6)
    }
  }

  private static func check(_ a: Arguments, from first: Int) throws -> GradientCheck {
    var check = GradientCheck()
    check.step = try a.double(first)
    check.absoluteTolerance = try a.double(first + 1)
    check.relativeTolerance = try a.double(first + 2)
    check.nondeterminismTolerance = try a.double(first + 4)
    return check
  }

  private static func verdict(_ problem: String?, _ a: Arguments, raises: Int) throws -> LuaResults {
    if let problem, try a.bool(raises) { throw TensorError(problem) }
    return .boolean(problem == nil)
  }

  private static var jacobian: Function {
    Function(
      "jacobian",
      "(func: callable, inputs: Tensor|table, create_graph: bool = false, strict: bool = false) -> Tensor|table",
      help:
        "All derivatives of a function: a tensor of the output's shape followed by the input's. Several inputs, or outputs, give a table, both a table of tables.",
      example: "torch.autograd.functional.jacobian(torch.exp, torch.zeros(1)) --> tensor([[1.]])"
    ) { a in
      let rows = try Jacobian.jacobian(
        of: function(a, 0, "jacobian"), at: inputs(a, 1), createGraph: a.bool(2), strict: a.bool(3))
      let values = rows.map { row in a[1].tensor == nil ? LuaValue.objects(row) : .object(row[0]) }
      return .value(values.count == 1 ? values[0] : .list(values))
    }
  }

  private static var hessian: Function {
    Function(
      "hessian",
      "(func: callable, inputs: Tensor|table, create_graph: bool = false, strict: bool = false) -> Tensor|table",
      help:
        "All second derivatives of a function with one number as its result. Several inputs give a table of tables.",
      example:
        "torch.autograd.functional.hessian(function(x) return x:pow(3):sum() end, torch.ones(1)) --> tensor([[6.]])"
    ) { a in
      let rows = try Jacobian.hessian(
        of: function(a, 0, "hessian"), at: inputs(a, 1), createGraph: a.bool(2), strict: a.bool(3))
      return .value(a[1].tensor == nil ? .list(rows.map { .objects($0) }) : .object(rows[0][0]))
    }
  }

  private static func inputs(_ a: Arguments, _ index: Int) throws -> [Tensor] {
    if let tensor = a[index].tensor { return [tensor] }
    let tensors = try a.tensors(index)
    guard !tensors.isEmpty else { throw a.wrongType(index, expected: "a Tensor or a table of Tensors") }
    return tensors
  }

  /// A Lua function as one of tensors, whose results are tensors or one table of them.
  private static func function(_ a: Arguments, _ index: Int, _ name: String) throws -> Jacobian.Function {
    let function = try a.value(index)
    let state = a.state
    return { inputs in
      try state.call(function, inputs.map { .object($0) }) { results in
        var tensors: [Tensor] = []
        func add(_ value: StackValue) throws {
          guard let tensor = value.tensor else {
            throw TensorError(
              "The outputs of the user-provided function given to \(name) must be either a Tensor or a tuple of Tensors but the given outputs of the user-provided function has type \(value.typeName).",
              kind: .type)
          }
          tensors.append(tensor)
        }
        for result in results {
          if let table = result.table { try table.forEachElement(add) } else { try add(result) }
        }
        return tensors
      }
    }
  }
}
