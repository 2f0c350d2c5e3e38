import Lua
import NN
import Tensor

/// The module `torch.nn`.
enum NNModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn", help: "Parts of networks, as in PyTorch.",
      functions: [ScriptedClasses.constructor, parameter] + Layers.all,
      classes: [ModuleClass.declaration, ComparisonObject.declaration, ClassObject.declaration]
        + ([ScriptedModule.declaration] + ContainerClasses.all).map(withAttributes))
  }

  /// A class of modules that are read and assigned to as all modules are.
  private static func withAttributes(_ declaration: LuaClass) -> LuaClass {
    var declaration = declaration
    declaration.index = ModuleClass.declaration.index
    declaration.newindex = ModuleClass.declaration.newindex
    return declaration
  }

  private static var parameter: Function {
    Function(
      "Parameter", "(data: Tensor, requires_grad: bool = true) -> Tensor",
      help: "A tensor that registers itself as a parameter where a module stores it.",
      example: "nn.Parameter(torch.ones(2))"
    ) { a in .value(.same(try NN.parameter(a.tensor(0), requiresGrad: a.bool(1)))) }
  }
}
