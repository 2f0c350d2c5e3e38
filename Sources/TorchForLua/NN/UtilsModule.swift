import Lua
import NN
import Tensor

/// The modules `torch.nn.utils` and `torch.nn.utils.rnn`.
enum UtilsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.utils", help: "Helpers for parameters: gradients limited, all of them as one vector.",
      example: "nn.utils.get_total_norm{torch.tensor{3., 4.}} --> tensor(5.)",
      functions: clipping + vectors)
  }

  private static let network = "net = nn.Linear(2, 2)\nnet(torch.ones(1, 2)):sum():backward()\n"

  private static var clipping: [Function] {
    [
      Function(
        "clip_grad_norm_",
        "(parameters: any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = false, foreach: bool? = nil) -> Tensor",
        help: """
          Scales the gradients of parameters (an iterator, a table or one tensor) in place so that their norm, \
          all taken as one vector, is at most max_norm. Gives the norm before. With error_if_nonfinite a norm \
          that is NaN or infinite is an error.
          """,
        example: network + "nn.utils.clip_grad_norm_(net:parameters(), 1.0) --> tensor(2.4495)"
      ) { a in
        a.result(
          try GradientClipping.clipNorm(
            a.parameterList(0), maximum: a.double(1), normType: a.double(2), failsIfNotFinite: a.bool(3)))
      },
      Function(
        "clip_grad_value_", "(parameters: any, clip_value: float, foreach: bool? = nil)",
        help: """
          Limits each element of the gradients of parameters to the range from -clip_value to clip_value, in \
          place.
          """,
        example: network
          + "nn.utils.clip_grad_value_(net:parameters(), 0.5)\nnet.bias.grad --> tensor([0.5000, 0.5000])"
      ) { a in
        try GradientClipping.clipValue(a.parameterList(0), limit: a.double(1))
        return .none
      },
      Function(
        "get_total_norm",
        "(tensors: any, norm_type: float = 2.0, error_if_nonfinite: bool = false, foreach: bool? = nil) -> Tensor",
        help: "The p-norm of all tensors taken as one vector, p being norm_type.",
        example: "nn.utils.get_total_norm{torch.tensor{3.}, torch.tensor{4.}} --> tensor(5.)"
      ) { a in
        a.result(
          try GradientClipping.totalNorm(a.parameterList(0), normType: a.double(1), failsIfNotFinite: a.bool(2)))
      },
      Function(
        "clip_grads_with_norm_",
        "(parameters: any, max_norm: float, total_norm: Tensor, foreach: bool? = nil)",
        help: """
          Scales gradients whose norm is known down to max_norm, in place: the second half of clip_grad_norm_().
          """,
        example: network
          + "nn.utils.clip_grads_with_norm_(net:parameters(), 1.0, torch.tensor(4.0))\nnet.bias.grad --> tensor([0.2500, 0.2500])"
      ) { a in
        try GradientClipping.scale(a.parameterList(0), maximum: a.double(1), total: a.tensor(2))
        return .none
      },
    ]
  }

  private static var vectors: [Function] {
    [
      Function(
        "parameters_to_vector", "(parameters: any) -> Tensor",
        help: "All parameters, flattened and joined: a vector through which gradients flow.",
        example: "nn.utils.parameters_to_vector(nn.Linear(2, 2):parameters()).shape --> torch.Size([6])"
      ) { a in a.result(try ParameterVector.joined(a.parameterList(0))) },
      Function(
        "vector_to_parameters", "(vec: Tensor, parameters: any)",
        help: "Has parameters show a vector's elements, one parameter after the other, in their own shapes.",
        example:
          "net = nn.Linear(2, 1)\nnn.utils.vector_to_parameters(torch.arange(3.), net:parameters())\nnet.bias --> Parameter containing:\n--> tensor([2.], requires_grad=True)"
      ) { a in
        try ParameterVector.split(a.tensor(0), into: a.parameterList(1))
        return .none
      },
    ]
  }
}
