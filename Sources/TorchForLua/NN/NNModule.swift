import Lua
import NN
import Tensor

/// The module `torch.nn`.
enum NNModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn", help: "Parts of networks: layers, containers, losses, and nn.class for modules written in Lua.",
      example: "nn.Linear(4, 2) --> Linear(in_features=4, out_features=2, bias=True)",
      functions: [ScriptedClasses.constructor, parameter] + Layers.all,
      classes: [ModuleClass.declaration, ComparisonObject.declaration, ClassObject.declaration]
        + ([ScriptedModule.declaration] + ContainerClasses.all + EmbeddingClasses.all + RecurrentClasses.all + [
          Layers.transformer
        ]).map(
          ofModules))
  }

  /// A class of modules that are made as all modules are.
  private static func ofModules(_ declaration: LuaClass) -> LuaClass {
    var declaration = declaration
    declaration.constructor = declaration.constructor?.asConstructor()
    return declaration
  }

  private static var parameter: Function {
    Function(
      "Parameter", "(data: Tensor, requires_grad: bool = true) -> Tensor",
      help: """
        A tensor that registers itself as a parameter of the module that it is assigned to, so that optimizers \
        and state dicts find it. It shares data's memory.
        """,
      example: "nn.Parameter(torch.ones(2)) --> Parameter containing:\n--> tensor([1., 1.], requires_grad=True)"
    ) { a in .value(.same(try NN.parameter(a.tensor(0), requiresGrad: a.bool(1)))) }
  }
}
