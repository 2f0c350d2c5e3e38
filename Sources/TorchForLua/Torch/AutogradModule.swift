import Lua
import Tensor

/// The module `torch.autograd`, with `torch.autograd.function`.
enum AutogradModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.autograd", help: "Gradients of recorded operations, and operations with gradients of their own.",
      example:
        "x = torch.tensor({3.}, {requires_grad = true})\ntorch.autograd.grad((x * x):sum(), x) --> {tensor([6.])}",
      functions: [backward, grad, AutogradFunctions.constructor] + GradientChecks.all + Anomalies.all
        + GradGuard.functions,
      classes: [FunctionContext.declaration, AnomalyGuard.declaration])
  }

  static func declareFunction(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.autograd.function", help: "What functions with gradients of their own need besides.",
      example:
        "require('torch.autograd.function').once_differentiable(function(ctx, grad) return grad end) ~= nil --> true",
      functions: [AutogradFunctions.onceDifferentiable])
  }

  private static var backward: Function {
    Function(
      "backward",
      "(tensors: Tensor|Tensor[], grad_tensors: Tensor|table|nil = nil, retain_graph: bool? = nil, create_graph: bool = false, inputs: Tensor|Tensor[]|function|nil = nil)",
      help: """
        Computes the gradients of tensors, each weighed by its element of grad_tensors (1 for a single \
        number), and adds them to the property grad of all leaves that they came from. retain_graph keeps the \
        record for another time, create_graph records the gradients themselves. With inputs only those change.
        """,
      example: """
        x = torch.tensor({3.}, {requires_grad = true})
        torch.autograd.backward((x * x):sum())
        x.grad --> tensor([6.])
        """
    ) { a in
      let outputs = try a.parameterList(0)
      try Autograd.backward(
        outputs, gradients: try gradients(a[1], outputs.count), retainGraph: a.optionalBool(2), createGraph: a.bool(3),
        inputs: a.has(4) ? a.parameterList(4) : nil)
      return .none
    }
  }

  private static var grad: Function {
    Function(
      "grad",
      "(outputs: Tensor|Tensor[], inputs: Tensor|Tensor[]|function, grad_outputs: Tensor|table|nil = nil, retain_graph: bool? = nil, create_graph: bool = false, allow_unused: bool? = nil, materialize_grads: bool = false) -> table",
      help: """
        The gradients of outputs with respect to inputs, as a table, without touching any property grad. \
        An input that outputs do not depend on is an error; allow_unused gives nil, materialize_grads zeros.
        """,
      example: """
        x = torch.tensor({3.}, {requires_grad = true})
        torch.autograd.grad((x * x):sum(), x) --> {tensor([6.])}
        """
    ) { a in
      let materializes = try a.bool(6)
      if materializes, try a.optionalBool(5) == false {
        throw TensorError(
          "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.",
          kind: .value)
      }
      let outputs = try a.parameterList(0)
      let inputs = try a.parameterList(1)
      let found = try Autograd.gradients(
        of: outputs, withRespectTo: inputs, gradients: try gradients(a[2], outputs.count),
        retainGraph: a.optionalBool(3), createGraph: a.bool(4), allowUnused: a.optionalBool(5) ?? materializes)
      return .value(
        .list(
          try zip(inputs, found).map { input, gradient in
            if let gradient { return .object(gradient) }
            return materializes ? .object(try Tensor.zeros(input.shape, dtype: input.dtype)) : .nil
          }))
    }
  }

  /// A gradient for each output; nil stands for 1.
  private static func gradients(_ value: StackValue, _ count: Int) throws -> [Tensor?]? {
    if let tensor = value.tensor { return [tensor] }
    guard let table = value.table else { return nil }
    return try (0..<count).map { index in try table.withElement(index + 1) { $0.tensor } }
  }
}

/// `grad_fn`, as Lua sees it.
enum NodeClass {
  static var declaration: LuaClass {
    LuaClass(
      "Node", of: Node.self, help: "A recorded operation: what the property grad_fn of a result holds.",
      example: "(torch.ones(1, {requires_grad = true}) * 2).grad_fn ~= nil --> true",
      methods: [
        Function(
          "name", "(self: Node) -> string", help: "The operation's name, as PyTorch's.",
          example: "(torch.ones(1, {requires_grad = true}) * 2).grad_fn:name() --> \"MulBackward0\""
        ) {
          a in .string(try a.object(0, as: Node.self).name)
        }
      ],
      properties: [
        Property(
          "next_functions", "table",
          help: "The operations that its inputs came from: a table of pairs {operation, which of its results}.",
          example: """
            y = torch.ones(1, {requires_grad = true}) * 2
            #y.grad_fn.next_functions --> 2
            """,
          get: { a in
            let next = try a.object(0, as: Node.self).nextFunctions
            return .value(
              .list(next.map { $0.map { .list([.object($0.node), .integer(Int64($0.index))]) } ?? .list([]) }))
          })
      ],
      metamethods: [
        Function("__tostring") { a in
          let node = try a.object(0, as: Node.self)
          let address = UInt(bitPattern: Unmanaged.passUnretained(node).toOpaque())
          return .string("<\(node.name) object at 0x\(String(address, radix: 16))>")
        }
      ])
  }
}
