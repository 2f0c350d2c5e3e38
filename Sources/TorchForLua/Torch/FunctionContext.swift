import Lua
import Tensor

/// What `forward` and `backward` of a function written in Lua share: the first argument of both.
final class FunctionContext {
  /// What forward saved, until the operation is recorded.
  var toSave: [Tensor?] = []
  var dirty: [Tensor] = []
  var notDifferentiable: [Tensor] = []
  var materializesGradients = true
  var needsInputGrad: [Bool] = []
  /// What was saved; nil in forward.
  var saved: KeptTensors?
  private var tensors: [String: Field] = [:]

  /// A tensor that a script stored in the context. An output must not be held together with its history, which holds the
  /// context.
  private enum Field {
    case tensor(Tensor)
    case output(SavedOutput)
  }

  /// Lets go of outputs that forward stored in fields.
  func releaseOutputs(_ outputs: [Tensor?]) {
    for case let (name, .tensor(tensor)) in tensors where outputs.contains(where: { $0 === tensor }) {
      tensors[name] = .output(SavedOutput(recorded: tensor))
    }
  }

  static var declaration: LuaClass {
    LuaClass(
      "FunctionContext", of: FunctionContext.self,
      help: "What forward and backward of a function written in Lua share. It holds any other fields too.",
      example: cube, options: [.fields, .unique, .missingIsNil],
      methods: [
        Function(
          "save_for_backward", "(self: FunctionContext, tensors: any...)",
          help:
            "Keeps tensors, or nil, for backward, which finds them in ctx.saved_tensors. Unlike plain fields they are checked for changes in place and freed as early as possible.",
          example: cube
        ) { a in
          try a.object(0, as: FunctionContext.self).toSave = a.rest(from: 1).enumerated().map { index, value in
            guard let tensor = value.tensor else {
              guard value.isNil else {
                throw TensorError(
                  "save_for_backward can only save variables, but argument \(index) is of type \(value.typeName)",
                  kind: .type)
              }
              return nil
            }
            return tensor
          }
          return .none
        },
        Function(
          "mark_dirty", "(self: FunctionContext, tensors: Tensor...)",
          help: "Says which inputs forward changed in place. Each of them must be an output.",
          example: example("ctx:mark_dirty(x:mul_(2))", body: "return x")
        ) { a in
          try a.object(0, as: FunctionContext.self).dirty = a.tensors(1)
          return .none
        },
        Function(
          "mark_non_differentiable", "(self: FunctionContext, tensors: Tensor...)",
          help: "Says which outputs have no gradient.",
          example: example("local mask = x:gt(0); ctx:mark_non_differentiable(mask)", body: "return x * 2, mask")
        ) { a in
          try a.object(0, as: FunctionContext.self).notDifferentiable = a.tensors(1)
          return .none
        },
        Function(
          "set_materialize_grads", "(self: FunctionContext, value: bool)",
          help: "Whether backward gets zeros, as it does unless told otherwise, or nil for a gradient that is missing.",
          example: example("ctx:set_materialize_grads(false)")
        ) { a in
          try a.object(0, as: FunctionContext.self).materializesGradients = a.bool(1)
          return .none
        },
      ],
      properties: [
        Property(
          "saved_tensors", "table", help: "The tensors that save_for_backward kept.", example: cube,
          get: { a in
            let context = try a.object(0, as: FunctionContext.self)
            let tensors = try context.saved?() ?? context.toSave
            return .value(.list(tensors.map { .optional($0) { .object($0) } }))
          }),
        Property(
          "needs_input_grad", "table", help: "For each input, whether its gradient is wanted.", example: cube,
          get: { a in .value(.list(try a.object(0, as: FunctionContext.self).needsInputGrad.map { .boolean($0) })) }),
      ],
      index: { a in
        guard let name = a[1].string, let field = try a.object(0, as: FunctionContext.self).tensors[name] else {
          return .none
        }
        switch field {
        case .tensor(let tensor): return .value(.same(tensor))
        case .output(let saved): return .object(try saved())
        }
      },
      newindex: { a in
        guard let name = a[1].string else { return .plainField }
        let context = try a.object(0, as: FunctionContext.self)
        context.tensors[name] = a[2].tensor.map { .tensor($0) }
        return a[2].tensor == nil ? .plainField : .taken
      })
  }

  /// An operation with a statement in its forward, as an example.
  private static func example(_ statement: String, body: String = "return x * 2") -> String {
    """
    Double = torch.autograd.Function("Double")
    function Double.forward(ctx, x) \(statement); \(body) end
    function Double.backward(ctx, grad) return grad * 2 end
    (Double.apply(torch.ones(1))) --> tensor([2.])
    """
  }

  private static let cube = """
    Cube = torch.autograd.Function("Cube")
    function Cube.forward(ctx, x) ctx:save_for_backward(x) return x ^ 3 end
    function Cube.backward(ctx, grad) local x = ctx.saved_tensors[1] return grad * 3 * x ^ 2 end
    x = torch.tensor({2.}, {requires_grad = true})
    Cube.apply(x):sum():backward()
    x.grad --> tensor([12.])
    """
}
