import Lua
import Tensor

/// `torch.autograd.Function`: operations whose gradients are written in Lua.
enum AutogradFunctions {
  static var constructor: Function {
    Function(
      "Function", "(name: string = 'Function') -> table",
      help:
        "A new operation whose gradient is written in Lua. Give it forward(ctx, ...), which computes the outputs, and backward(ctx, grad, ...), which gets a gradient for each output and gives one for each input, nil where there is none. Its apply(...) runs forward and records it.",
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
      // The function's table holds `apply`, whose closure must not hold the table: Lua passes it as an upvalue would.
      let holder = try a.state.newTable([("class", .table(table))])
      try a.state.setMetatable(holder, try a.state.newTable([("__mode", "v")]))
      try table.set("apply", .closure(LuaClosure("apply") { call in try apply(name, holder, call) }))
      try a.state.setMetatable(table, try a.state.newTable([("__name", .string(name))]))
      return .value(.table(table))
    }
  }

  static var onceDifferentiable: Function {
    Function(
      "once_differentiable", "(fn: callable) -> function",
      help: "Makes a backward whose own gradient would be wrong: with create_graph it is an error to use it.",
      example: """
        Double = torch.autograd.Function("Double")
        function Double.forward(ctx, x) return x * 2 end
        Double.backward = require("torch.autograd.function").once_differentiable(function(ctx, grad) return grad * 2 end)
        x = torch.ones(1, {requires_grad = true})
        Double.apply(x):backward()
        x.grad --> tensor([2.])
        """
    ) { a in
      // Lua holds the function as an upvalue, where its collector sees it.
      let wrap = try a.state.load(
        "local run, fn = ...; return function(...) return run(fn, ...) end".utf8, name: "=once_differentiable")
      return .value(try wrap.callForOne(.closure(LuaClosure("backward", runOnce)), a.value(0)))
    }
  }

  /// Calls argument 0 with the others; gradients of the results are errors.
  private static func runOnce(_ a: Arguments) throws -> LuaResults {
    let arguments = a.rest(from: 1)
    let results = try GradMode.with(false) { try a.state.call(a.value(0), arguments.map { try $0.value() }) }
    let inputs = arguments.compactMap(\.tensor)
    guard needsGradient(inputs) else { return .values(results) }
    let outputs = results.map { $0.object(as: Tensor.self) }
    let operation = CustomOperation("DelayedError", inputs: inputs, outputs: try outputs.map { try $0?.detach() })
    let recorded = try operation.record { _, _ in
      throw TensorError("trying to differentiate twice a function that was marked with @once_differentiable")
    }
    return .values(zip(results, recorded.outputs).map { result, output in output.map { .object($0) } ?? result })
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
    var results = try GradMode.with(false) {
      try run(forward, setup: state.get(table, "setup_context"), .reference(reference), arguments, state)
    }

    let outputs = results.map { $0.object(as: Tensor.self) }
    var operation = CustomOperation(name, inputs: inputs.compactMap { $0 }, outputs: outputs)
    operation.dirty = context.dirty.filter { tensor in inputs.contains { $0 === tensor } }
    operation.notDifferentiable = context.notDifferentiable
    operation.saved = context.toSave
    let shapes = outputs.map { $0.map { ($0.shape, $0.dtype) } }
    let handle = state.handle
    let recorded = try operation.record { grads, _ in
      let state = try handle.open()
      let backward = try state.get(table, "backward")
      guard !backward.isNil else {
        throw TensorError(
          "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.",
          kind: .notImplemented)
      }
      let given: [LuaValue] = try grads.enumerated().map { index, grad in
        if let grad { return .object(grad) }
        guard context.materializesGradients, let (shape, dtype) = shapes[index] else { return .nil }
        return .object(try Tensor.zeros(shape, dtype: dtype))
      }
      return try state.call(backward, [.reference(reference)] + given) { found in
        try gradients(found, for: inputs, name)
      }
    }
    context.saved = recorded.saved
    context.toSave = []
    context.releaseOutputs(outputs)
    for (index, output) in recorded.outputs.enumerated() {
      guard let output else { continue }
      state.noteNativeAllocation(output.byteCount &+ 256)
      results[index] = .object(output)
    }
    return .values(results)
  }

  /// Runs `forward`, with the context unless `setup_context` gets that.
  private static func run(
    _ forward: LuaValue, setup: LuaValue, _ context: LuaValue, _ arguments: [StackValue], _ state: LuaState
  ) throws -> [LuaValue] {
    let values = try arguments.map { try $0.value() }
    guard !setup.isNil else { return try state.call(forward, [context] + values) }
    let results = try state.call(forward, values)
    _ = try state.call(setup, [context, .list(values), results.count == 1 ? results[0] : .list(results)])
    return results
  }

  /// The gradients of the inputs that are tensors, of what backward gave for all.
  private static func gradients(_ found: [StackValue], for inputs: [Tensor?], _ name: String) throws -> [Tensor?] {
    // Lua's functions often leave out a nil at the end.
    let lacks = found.count < inputs.count && inputs[found.count...].contains { $0?.requiresGrad ?? false }
    guard !lacks, found.count <= inputs.count || found[inputs.count...].allSatisfy(\.isNil) else {
      throw TensorError(
        "function \(name)Backward returned an incorrect number of gradients (expected \(inputs.count), got \(found.count))"
      )
    }
    return try inputs.indices.filter { inputs[$0] != nil }.map { index in
      guard index < found.count, !found[index].isNil else { return nil }
      guard let gradient = found[index].tensor else {
        throw TensorError("expected Variable or None (got \(found[index].typeName))", kind: .type)
      }
      return gradient
    }
  }
}
