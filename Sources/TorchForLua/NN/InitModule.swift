import Lua
import NN
import Tensor

/// The module `torch.nn.init`.
enum InitModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.init", help: "Initial values of parameters. Each function changes its tensor and returns it.",
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
      help: "The factor by which weights grow to make up for an activation.",
      example: "nn.init.calculate_gain('leaky_relu', 0.2)"
    ) { a in .number(try Init.gain(a.string(0), a.optionalDouble(1))) }
  }

  private static var constants: [Function] {
    [
      filling("constant_", "val: float", "One number everywhere.", "nn.init.constant_(torch.empty(2), 0.5)") {
        try Init.constant($1, $0.double(1))
      },
      filling("ones_", "", "Ones.", "nn.init.ones_(torch.empty(2))") { try Init.ones($1) },
      filling("zeros_", "", "Zeros.", "nn.init.zeros_(torch.empty(2))") { try Init.zeros($1) },
    ]
  }

  private static var plain: [Function] {
    [
      filling(
        "uniform_", "a: float = 0.0, b: float = 1.0, \(generator)", "Uniform numbers from a to b.",
        "nn.init.uniform_(torch.empty(2))"
      ) { try Init.uniform($1, $0.double(1), $0.double(2), generator: $0.optionalObject(3)) },
      filling(
        "normal_", "mean: float = 0.0, std: float = 1.0, \(generator)", "Normal numbers.",
        "nn.init.normal_(torch.empty(2))"
      ) { try Init.normal($1, mean: $0.double(1), deviation: $0.double(2), generator: $0.optionalObject(3)) },
      filling(
        "trunc_normal_", "mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, \(generator)",
        "Normal numbers between a and b.", "nn.init.trunc_normal_(torch.empty(2))"
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
        "nn.init.\(name)(torch.empty(3, 2), {nonlinearity = 'relu'})"
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
        "Uniform numbers that keep the variance of what passes, both ways.",
        "nn.init.xavier_uniform_(torch.empty(3, 2))"
      ) { try Init.xavierUniform($1, gain: $0.double(1), generator: $0.optionalObject(2)) },
      filling(
        "xavier_normal_", "gain: float = 1.0, \(generator)",
        "Normal numbers that keep the variance of what passes, both ways.", "nn.init.xavier_normal_(torch.empty(3, 2))"
      ) { try Init.xavierNormal($1, gain: $0.double(1), generator: $0.optionalObject(2)) },
      kaiming("kaiming_uniform_", "Uniform numbers that keep the variance through rectifiers.") {
        try Init.kaimingUniform($0, slope: $1, mode: $2, nonlinearity: $3, generator: $4)
      },
      kaiming("kaiming_normal_", "Normal numbers that keep the variance through rectifiers.") {
        try Init.kaimingNormal($0, slope: $1, mode: $2, nonlinearity: $3, generator: $4)
      },
    ]
  }

  private static var structured: [Function] {
    [
      filling("eye_", "", "The identity matrix.", "nn.init.eye_(torch.empty(2, 2))") { try Init.eye($1) },
      filling(
        "dirac_", "groups: int = 1", "Convolutions that pass channels on unchanged.",
        "nn.init.dirac_(torch.empty(3, 3, 3))"
      ) { try Init.dirac($1, groups: $0.int(1)) },
      filling(
        "orthogonal_", "gain: float = 1, \(generator)", "A matrix with orthonormal rows or columns.",
        "nn.init.orthogonal_(torch.empty(3, 2))"
      ) { try Init.orthogonal($1, gain: $0.double(1), generator: $0.optionalObject(2)) },
      filling(
        "sparse_", "sparsity: float, std: float = 0.01, \(generator)",
        "Normal numbers, of which a share of each column is zero.", "nn.init.sparse_(torch.empty(4, 2), 0.5)"
      ) { try Init.sparse($1, sparsity: $0.double(1), deviation: $0.double(2), generator: $0.optionalObject(3)) },
    ]
  }
}
