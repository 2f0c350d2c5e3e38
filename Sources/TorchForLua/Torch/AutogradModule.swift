import Lua
import Tensor

/// The module `torch.autograd`, with `torch.autograd.function`.
enum AutogradModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.autograd", help: "Gradients of recorded operations.",
      functions: [backward, grad, AutogradFunctions.constructor] + GradientChecks.all + Anomalies.all
        + GradGuard.functions,
      classes: [FunctionContext.declaration, AnomalyGuard.declaration])
  }

  static func declareFunction(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.autograd.function", help: "What functions with gradients of their own need besides.",
      functions: [AutogradFunctions.onceDifferentiable])
  }

  private static var backward: Function {
    Function(
      "backward",
      "(tensors: Tensor|Tensor[], grad_tensors: Tensor|table|nil = nil, retain_graph: bool? = nil, create_graph: bool = false, inputs: Tensor|Tensor[]|function|nil = nil)",
      help:
        "Adds to the gradients of all leaves that the tensors came from, or of inputs alone. retain_graph keeps what the operations saved for another pass, create_graph records the pass itself.",
      example: "local x = torch.ones(2, {requires_grad = true}); torch.autograd.backward((x * x):sum())"
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
      help:
        "The gradients of outputs with respect to inputs, as a table; no tensor's grad changes. An input that plays no part is an error, or nil with allow_unused, or zeros with materialize_grads.",
      example: "local x = torch.ones(2, {requires_grad = true}); torch.autograd.grad((x * x):sum(), x)"
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
      "Node", of: Node.self, help: "A recorded operation.",
      methods: [
        Function(
          "name", "(self: Node) -> string", help: "Its name.",
          example: "(torch.ones(1, {requires_grad = true}) * 2).grad_fn:name()"
        ) {
          a in .string(try a.object(0, as: Node.self).name)
        }
      ],
      properties: [
        Property(
          "next_functions", "table", help: "The operations that its inputs came from.",
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
