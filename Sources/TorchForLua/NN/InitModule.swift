import Lua
import NN
import Tensor

/// The module `torch.nn.init`.
enum InitModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.init",
      help:
        "Initial values of parameters. Each function fills its tensor in place, unrecorded, and returns it; a seed gives PyTorch's numbers.",
      example: "nn.init.constant_(torch.empty(2), 0.5) --> tensor([0.5000, 0.5000])",
      functions: [gain] + constants + plain + scaled + structured)
  }

  /// A function that changes its first argument.
  private static func filling(
    _ name: String, _ parameters: String, _ help: String, _ example: String,
    _ body: @escaping (Arguments, Tensor) throws -> Void
  ) -> Function {
    Function(
      name, "(tensor: Tensor\(parameters.isEmpty ? "" : ", \(parameters)")) -> Tensor", help: help, example: example
    ) { a in
      let tensor = try a.tensor(0)
      try body(a, tensor)
      return .value(.same(tensor))
    }
  }

  private static let generator = "generator: Generator? = nil"

  private static var gain: Function {
    Function(
      "calculate_gain", "(nonlinearity: string, param: float? = nil) -> float",
      help: """
        The factor by which the standard deviation of weights is multiplied to make up for what an activation \
        takes away: 1 for 'linear', 'sigmoid' and convolutions, 5/3 for 'tanh', sqrt(2) for 'relu', sqrt(2 / \
        (1 + param^2)) for 'leaky_relu', 3/4 for 'selu'.
        """,
      example: "nn.init.calculate_gain('leaky_relu', 0.2) --> 1.3867504905631"
    ) { a in .number(try Init.gain(a.string(0), a.optionalDouble(1))) }
  }

  private static var constants: [Function] {
    [
      filling(
        "constant_", "val: float", "Fills the tensor with one number.",
        "nn.init.constant_(torch.empty(2), 0.5) --> tensor([0.5000, 0.5000])"
      ) {
        try Init.constant($1, $0.double(1))
      },
      filling("ones_", "", "Fills the tensor with ones.", "nn.init.ones_(torch.empty(2)) --> tensor([1., 1.])") {
        try Init.ones($1)
      },
      filling("zeros_", "", "Fills the tensor with zeros.", "nn.init.zeros_(torch.empty(2)) --> tensor([0., 0.])") {
        try Init.zeros($1)
      },
    ]
  }

  private static var plain: [Function] {
    [
      filling(
        "uniform_", "a: float = 0.0, b: float = 1.0, \(generator)",
        "Fills the tensor with numbers drawn uniformly from a to b.",
        """
        torch.manual_seed(0)
        nn.init.uniform_(torch.empty(2)) --> tensor([0.4963, 0.7682])
        """
      ) { try Init.uniform($1, $0.double(1), $0.double(2), generator: $0.optionalObject(3)) },
      filling(
        "normal_", "mean: float = 0.0, std: float = 1.0, \(generator)",
        "Fills the tensor with numbers of a normal distribution.",
        """
        torch.manual_seed(0)
        nn.init.normal_(torch.empty(2), 0, 0.01) --> tensor([ 0.0154, -0.0029])
        """
      ) { try Init.normal($1, mean: $0.double(1), deviation: $0.double(2), generator: $0.optionalObject(3)) },
      filling(
        "trunc_normal_", "mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, \(generator)",
        "Fills the tensor with numbers of a normal distribution that lie between a and b.",
        "nn.init.trunc_normal_(torch.empty(100), {a = -1, b = 1}):abs():max():le(1) --> tensor(True)"
      ) {
        try Init.truncatedNormal(
          $1, mean: $0.double(1), deviation: $0.double(2), low: $0.double(3), high: $0.double(4),
          generator: $0.optionalObject(5))
      },
    ]
  }

  private static var scaled: [Function] {
    typealias Fill = (Tensor, Double, Init.FanMode, String, Generator?) throws -> Tensor
    func kaiming(_ name: String, _ help: String, _ fill: @escaping Fill) -> Function {
      filling(
        name, "a: float = 0, mode: string = 'fan_in', nonlinearity: string = 'leaky_relu', \(generator)", help,
        "nn.init.\(name)(torch.empty(3, 2), {nonlinearity = 'relu'}).shape --> torch.Size([3, 2])"
      ) { a, tensor in
        let name = try a.string(2)
        guard let mode = Init.FanMode(rawValue: name.lowercased()) else {
          throw TensorError("Mode \(name) not supported, please use one of ['fan_in', 'fan_out']", kind: .value)
        }
        _ = try fill(tensor, a.double(1), mode, a.string(3), a.optionalObject(4))
      }
    }
    return [
      filling(
        "xavier_uniform_", "gain: float = 1.0, \(generator)",
        """
        Glorot's values, which keep the variance of what passes forward and back: uniform numbers from -a to \
        a with a = gain * sqrt(6 / (fan_in + fan_out)).
        """,
        """
        torch.manual_seed(0)
        nn.init.xavier_uniform_(torch.empty(1, 2)) --> tensor([[-0.0106,  0.7586]])
        """
      ) { try Init.xavierUniform($1, gain: $0.double(1), generator: $0.optionalObject(2)) },
      filling(
        "xavier_normal_", "gain: float = 1.0, \(generator)",
        """
        Glorot's values, which keep the variance of what passes forward and back: normal numbers of standard \
        deviation gain * sqrt(2 / (fan_in + fan_out)).
        """,
        """
        torch.manual_seed(0)
        nn.init.xavier_normal_(torch.empty(1, 2)) --> tensor([[ 1.2582, -0.2396]])
        """
      ) { try Init.xavierNormal($1, gain: $0.double(1), generator: $0.optionalObject(2)) },
      kaiming(
        "kaiming_uniform_",
        """
        He's values, which keep the variance through rectifiers: uniform numbers from -b to b with b = gain * \
        sqrt(3 / fan). The fan is of mode 'fan_in' or 'fan_out', the gain calculate_gain(nonlinearity, a).
        """
      ) {
        try Init.kaimingUniform($0, slope: $1, mode: $2, nonlinearity: $3, generator: $4)
      },
      kaiming(
        "kaiming_normal_",
        """
        He's values, which keep the variance through rectifiers: normal numbers of standard deviation gain / \
        sqrt(fan). The fan is of mode 'fan_in' or 'fan_out', the gain calculate_gain(nonlinearity, a).
        """
      ) {
        try Init.kaimingNormal($0, slope: $1, mode: $2, nonlinearity: $3, generator: $4)
      },
    ]
  }

  private static var structured: [Function] {
    [
      filling(
        "eye_", "", "Makes a matrix the identity: ones on the diagonal, zeros elsewhere.",
        "nn.init.eye_(torch.empty(2, 2)) --> tensor([[1., 0.],\n-->         [0., 1.]])"
      ) { try Init.eye($1) },
      filling(
        "dirac_", "groups: int = 1",
        """
        Makes the weight of a convolution pass as many channels on unchanged as it can, in each group: a 1 \
        in the middle of their kernels, zeros elsewhere.
        """,
        "nn.init.dirac_(torch.empty(1, 1, 3)) --> tensor([[[0., 1., 0.]]])"
      ) { try Init.dirac($1, groups: $0.int(1)) },
      filling(
        "orthogonal_", "gain: float = 1, \(generator)",
        """
        Makes a matrix (all but the first dimension taken as one) have orthonormal rows or columns, \
        whichever are fewer, times gain.
        """,
        """
        w = nn.init.orthogonal_(torch.empty(2, 3))
        torch.allclose(w:matmul(w:t()), torch.eye(2), {atol = 1e-6}) --> true
        """
      ) { try Init.orthogonal($1, gain: $0.double(1), generator: $0.optionalObject(2)) },
      filling(
        "sparse_", "sparsity: float, std: float = 0.01, \(generator)",
        "Fills a matrix with normal numbers, of which the share sparsity of each column is zero.",
        "nn.init.sparse_(torch.empty(4, 2), 0.5):count_nonzero(0) --> tensor([2, 2])"
      ) { try Init.sparse($1, sparsity: $0.double(1), deviation: $0.double(2), generator: $0.optionalObject(3)) },
    ]
  }
}
