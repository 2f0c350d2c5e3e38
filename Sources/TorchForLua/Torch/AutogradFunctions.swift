import Lua
import Tensor

/// What `forward` and `backward` of a function written in Lua share: the first argument of both.
final class FunctionContext {
  fileprivate(set) var saved: [SavedTensor] = []
  fileprivate var kept: [Tensor] = []
  fileprivate(set) var needsInputGrad: [Bool] = []
  fileprivate var notDifferentiable: [Tensor] = []
  fileprivate var materializesGradients = true

  private static let example = """
    Cube = torch.autograd.Function("Cube")
    function Cube.forward(ctx, x) ctx:save_for_backward(x) return x ^ 3 end
    function Cube.backward(ctx, grad) local x = ctx.saved_tensors[1] return grad * 3 * x ^ 2 end
    x = torch.tensor({2.}, {requires_grad = true})
    Cube.apply(x):sum():backward()
    x.grad --> tensor([12.])
    """

  static var declaration: LuaClass {
    LuaClass(
      "FunctionContext", of: FunctionContext.self,
      help:
        "What forward and backward of a function written in Lua share, their first argument; it also holds any field set there.",
      example: Self.example,
      options: [.fields, .unique, .missingIsNil],
      methods: [
        Function(
          "save_for_backward", "(self: FunctionContext, tensors: Tensor...)",
          help: """
            Keeps tensors, inputs or outputs of forward, for backward, which reads saved_tensors; changes in \
            place since then are an error.
            """,
          example: Self.example
        ) { a in
          try a.object(0, as: FunctionContext.self).kept = a.tensors(1)
          return .none
        },
        Function(
          "mark_non_differentiable", "(self: FunctionContext, tensors: Tensor...)",
          help: "Says which outputs of forward have no gradient.",
          example: """
            Sign = torch.autograd.Function("Sign")
            function Sign.forward(ctx, x) local y = x:sign() ctx:mark_non_differentiable(y) return y end
            Sign.apply(torch.ones(1, {requires_grad = true})).requires_grad --> false
            """
        ) {
          a in
          try a.object(0, as: FunctionContext.self).notDifferentiable = a.tensors(1)
          return .none
        },
        Function(
          "set_materialize_grads", "(self: FunctionContext, value: bool)",
          help: """
            Says whether gradients that nothing gave come to backward as zeros, as they do unless told, or as nil.
            """,
          example: """
            F1 = torch.autograd.Function("F1")
            function F1.forward(ctx, x) ctx:set_materialize_grads(false) return x * 2 end
            F1.apply(torch.ones(1)) --> tensor([2.])
            """
        ) {
          a in
          try a.object(0, as: FunctionContext.self).materializesGradients = a.bool(1)
          return .none
        },
      ],
      properties: [
        Property(
          "saved_tensors", "table", help: "The tensors that save_for_backward() kept, as a table.",
          example: Self.example,
          get: { a in .value(.objects(try a.object(0, as: FunctionContext.self).saved.map { try $0() })) }),
        Property(
          "needs_input_grad", "table",
          help: "For each input of forward, whether its gradient is wanted: a table of booleans.",
          example: Self.example,
          get: { a in .value(.list(try a.object(0, as: FunctionContext.self).needsInputGrad.map { .boolean($0) })) }),
      ])
  }
}

/// A class of functions with gradients of their own, as its Lua table knows it.
final class FunctionClass {
  let name: String
  init(name: String) { self.name = name }

  static var declaration: LuaClass {
    LuaClass(
      "FunctionClass", of: FunctionClass.self,
      help: "What the table of a function whose gradient is written in Lua knows of itself, in its field __class.",
      example: "torch.autograd.Function('Double').__class ~= nil --> true")
  }
}

/// `torch.autograd.Function`.
enum AutogradFunctions {
  static var constructor: Function {
    Function(
      "Function", "(name: string = 'Function') -> table",
      help:
        "A new operation whose gradient is written in Lua. Give it forward(ctx, ...), which computes, and backward(ctx, grad, ...), which gives a gradient for each input; its apply(...) runs and records it.",
      example: """
        Double = torch.autograd.Function("Double")
        function Double.forward(ctx, x) return x * 2 end
        function Double.backward(ctx, grad) return grad * 2 end
        x = torch.ones(2, {requires_grad = true})
        Double.apply(x):sum():backward()
        x.grad --> tensor([2., 2.])
        """
    ) { a in
      let name = try a.string(0)
      let table = try a.state.newTable()
      try table.set("__class", .object(FunctionClass(name: name)))
      // The function's table holds `apply`, whose closure must not hold the table: Lua passes it as an upvalue would.
      let holder = try a.state.newTable([("class", .table(table))])
      try a.state.setMetatable(holder, try a.state.newTable([("__mode", "v")]))
      try table.set(
        "apply", .closure(LuaClosure("apply") { call in try apply(name, holder, call) }))
      return .value(.table(table))
    }
  }

  private static func apply(_ name: String, _ holder: LuaTable, _ a: Arguments) throws -> LuaResults {
    let state = a.state
    let table = try holder.get("class")
    let forward = try state.get(table, "forward")
    guard !forward.isNil else {
      throw TensorError("You must implement the forward function for custom autograd.Function.", kind: .notImplemented)
    }
    let arguments = a.rest(from: 0)
    let inputs = arguments.map(\.tensor)
    let context = FunctionContext()
    context.needsInputGrad = inputs.map { $0?.requiresGrad ?? false }
    let reference = try state.refer(to: .same(context))
    let values = try arguments.map { try $0.value() }
    let tensors = inputs.compactMap { $0 }
    let records = GradMode.isEnabled && tensors.contains { $0.requiresGrad }

    var results = try GradMode.with(false) { try state.call(forward, [.reference(reference)] + values) }
    var outputs: [Tensor] = []
    for (index, result) in results.enumerated() {
      guard var output = result.object(as: Tensor.self) else { continue }
      if tensors.contains(where: { $0 === output }) { output = try output.detach() }
      results[index] = .object(output)
      if !context.notDifferentiable.contains(where: { $0 === output }) { outputs.append(output) }
    }
    // An output that is kept would keep the operation that holds it.
    context.saved = try context.kept.map { kept in
      SavedTensor(outputs.contains { $0 === kept } ? try kept.detach() : kept)
    }
    context.kept = []
    guard records, !outputs.isEmpty else { return .values(results) }
    let shapes = outputs.map { ($0.shape, $0.dtype) }
    record(name + "Backward", inputs: tensors, outputs: outputs) { grads, _ in
      let backward = try state.get(table, "backward")
      guard !backward.isNil else {
        throw TensorError(
          "You must implement the backward function for custom autograd.Function.", kind: .notImplemented)
      }
      let given: [LuaValue] = try grads.enumerated().map { index, grad in
        if let grad { return .object(grad) }
        guard context.materializesGradients else { return .nil }
        return .object(try Tensor.zeros(shapes[index].0, dtype: shapes[index].1))
      }
      let found = try state.call(backward, [.reference(reference)] + given)
      return try gradients(found, for: inputs, name)
    }
    return .values(results)
  }

  /// The gradients of the inputs that are tensors, of what backward gave for all.
  private static func gradients(_ found: [LuaValue], for inputs: [Tensor?], _ name: String) throws -> [Tensor?] {
    guard found.count <= inputs.count || found[inputs.count...].allSatisfy(\.isNil) else {
      throw TensorError(
        "function \(name)Backward returned an incorrect number of gradients (expected \(inputs.count), got \(found.count))"
      )
    }
    return try inputs.indices.filter { inputs[$0] != nil }.map { index in
      guard index < found.count, !found[index].isNil else { return nil }
      guard let gradient = found[index].object(as: Tensor.self) else {
        throw TensorError("\(name).backward gave something other than a tensor for input \(index)", kind: .type)
      }
      return gradient
    }
  }
}
