import Lua
import NN
import Tensor

/// The modules `torch.nn.utils` and `torch.nn.utils.rnn`.
enum UtilsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.utils", help: "Gradients limited, parameters as one vector.",
      functions: clipping + vectors)
  }

  private static let network = "local net = nn.Linear(2, 2); net(torch.ones(1, 2)):sum():backward(); "

  private static var clipping: [Function] {
    [
      Function(
        "clip_grad_norm_",
        "(parameters: any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = false, foreach: bool? = nil) -> Tensor",
        help:
          "Scales gradients down so that their norm, all taken as one vector, is at most max_norm. Gives the norm before.",
        example: network + "nn.utils.clip_grad_norm_(net:parameters(), 1.0)"
      ) { a in
        a.result(
          try GradientClipping.clipNorm(
            a.parameterList(0), maximum: a.double(1), normType: a.double(2), failsIfNotFinite: a.bool(3)))
      },
      Function(
        "clip_grad_value_", "(parameters: any, clip_value: float, foreach: bool? = nil)",
        help: "Limits each element of the gradients to -clip_value … clip_value.",
        example: network + "nn.utils.clip_grad_value_(net:parameters(), 0.5)"
      ) { a in
        try GradientClipping.clipValue(a.parameterList(0), limit: a.double(1))
        return .none
      },
      Function(
        "get_total_norm",
        "(tensors: any, norm_type: float = 2.0, error_if_nonfinite: bool = false, foreach: bool? = nil) -> Tensor",
        help: "The norm of all tensors taken as one vector.",
        example: "nn.utils.get_total_norm{torch.ones(2), torch.ones(3)}"
      ) { a in
        a.result(
          try GradientClipping.totalNorm(a.parameterList(0), normType: a.double(1), failsIfNotFinite: a.bool(2)))
      },
      Function(
        "clip_grads_with_norm_",
        "(parameters: any, max_norm: float, total_norm: Tensor, foreach: bool? = nil)",
        help: "Scales gradients whose norm is known down to max_norm.",
        example: network + "nn.utils.clip_grads_with_norm_(net:parameters(), 1.0, torch.tensor(4.0))"
      ) { a in
        try GradientClipping.scale(a.parameterList(0), maximum: a.double(1), total: a.tensor(2))
        return .none
      },
    ]
  }

  private static var vectors: [Function] {
    [
      Function(
        "parameters_to_vector", "(parameters: any) -> Tensor", help: "All parameters as one vector.",
        example: "nn.utils.parameters_to_vector(nn.Linear(2, 2):parameters())"
      ) { a in a.result(try ParameterVector.joined(a.parameterList(0))) },
      Function(
        "vector_to_parameters", "(vec: Tensor, parameters: any)", help: "Has parameters show a vector's elements.",
        example: "nn.utils.vector_to_parameters(torch.zeros(6), nn.Linear(2, 2):parameters())"
      ) { a in
        try ParameterVector.split(a.tensor(0), into: a.parameterList(1))
        return .none
      },
    ]
  }
}
