import Checkpoint
import Lua
import Tensor

/// Makes PyTorch's world part of a Lua state: the modules that `require` finds (`torch`, `torch.nn`, …) and the globals
/// that stand ready.
///
/// ```swift
/// let state = try LuaState()
/// try openTorch(in: state)
/// try state.run("print(torch.ones(2, 3))")
/// ```
/// - Returns: what is declared on first use; see ``TorchModules/declareAll()``.
@discardableResult
public func openTorch(in state: LuaState) throws -> TorchModules {
  TypeClasses.define(in: state.declarations)
  state.setNativeMemory(floor: 64 << 20) { BufferPool.liveBytes }
  state.watchForTrouble(if: { CheckpointFile.isMappedFileDamaged }, CheckpointFile.checkMappedFiles)
  return TorchModules(
    modules: try LazyModules(
      [
        LazyModules.Entry(name: "torch", global: "torch", requires: [], declare: TorchModule.declare),
        LazyModules.Entry(name: "torch.autograd", global: nil, requires: ["torch"], declare: AutogradModule.declare),
        LazyModules.Entry(
          name: "torch.autograd.function", global: nil, requires: ["torch.autograd"],
          declare: AutogradModule.declareFunction),
        LazyModules.Entry(
          name: "torch.autograd.functional", global: nil, requires: ["torch.autograd"],
          declare: GradientChecks.declareFunctional),
        LazyModules.Entry(name: "torch.linalg", global: nil, requires: ["torch"], declare: LinalgModule.declare),
        LazyModules.Entry(name: "torch.random", global: nil, requires: ["torch"], declare: RandomModule.declare),
        LazyModules.Entry(name: "torch.special", global: nil, requires: ["torch"], declare: SpecialModule.declare),
        LazyModules.Entry(name: "torch.nn", global: "nn", requires: ["torch"], declare: NNModule.declare),
        LazyModules.Entry(
          name: "torch.nn.functional", global: "F", requires: ["torch"], declare: FunctionalModule.declare),
        LazyModules.Entry(name: "torch.nn.init", global: nil, requires: ["torch"], declare: InitModule.declare),
        LazyModules.Entry(
          name: "torch.nn.modules", global: nil, requires: ["torch"],
          declare: { _ in
            LuaModule(
              "torch.nn.modules", help: "Where PyTorch keeps helpers of modules.",
              example: "nn.modules.utils ~= nil --> true")
          }),
        LazyModules.Entry(
          name: "torch.nn.modules.utils", global: nil, requires: ["torch.nn"], declare: ModulesUtilsModule.declare),
        LazyModules.Entry(name: "torch.nn.utils", global: nil, requires: ["torch"], declare: UtilsModule.declare),
        LazyModules.Entry(
          name: "torch.nn.utils.rnn", global: nil, requires: ["torch"], declare: SequenceModule.declare),
        LazyModules.Entry(name: "torch.optim", global: "optim", requires: ["torch"], declare: OptimModule.declare),
        LazyModules.Entry(
          name: "torch.optim.lr_scheduler", global: nil, requires: ["torch.optim"], declare: SchedulerModule.declare),
        LazyModules.Entry(name: "torch.backends", global: nil, requires: ["torch"], declare: BackendsModule.declare),
        LazyModules.Entry(name: "torch.utils", global: nil, requires: [], declare: DataModule.declareUtils),
        LazyModules.Entry(name: "torch.utils.data", global: nil, requires: ["torch"], declare: DataModule.declare),
        LazyModules.Entry(
          name: "torch.optim.swa_utils", global: nil, requires: ["torch.nn", "torch.optim"],
          declare: AveragingModule.declare),
        LazyModules.Entry(name: "torch.hub", global: nil, requires: ["torch"], declare: HubModule.declare),
        LazyModules.Entry(name: "torch.cuda", global: nil, requires: ["torch"], declare: CUDAModule.declare),
        LazyModules.Entry(
          name: "torchvision", global: "torchvision", requires: ["torch.nn"],
          declare: { _ in
            LuaModule(
              "torchvision", help: "What is for images: models.", example: "torchvision.models == models --> true")
          }),
        LazyModules.Entry(
          name: "torchvision.models", global: "models", requires: ["torch.nn", "torchvision.transforms"],
          declare: ModelsModule.declare),
        LazyModules.Entry(
          name: "torchvision.transforms", global: "transforms", requires: ["torch"], declare: TransformsModule.declare),
        LazyModules.Entry(
          name: "torchvision.transforms.functional", global: nil, requires: ["torchvision.transforms"],
          declare: TransformFunctions.declare),
        LazyModules.Entry(
          name: "torchvision.datasets", global: "datasets",
          requires: ["torch.utils.data", "torchvision.transforms"], declare: DatasetsModule.declare),
        LazyModules.Entry(
          name: "torchvision.io", global: nil, requires: ["torchvision.transforms"], declare: ImageIOModule.declare),
        LazyModules.Entry(name: "tqdm", global: "tqdm", requires: [], declare: TqdmModule.declare),
        LazyModules.Entry(name: "copy", global: nil, requires: ["torch.nn"], declare: CopyModule.declare),
        LazyModules.Entry(
          name: "torchvision.models.vision_transformer", global: nil, requires: ["torch.nn"],
          declare: VisionTransformerModule.declare),
        LazyModules.Entry(name: "path", global: nil, requires: [], declare: PathModule.declare),
        LazyModules.Entry(name: "plot", global: nil, requires: ["torch"], declare: PlotModule.declare),
        LazyModules.Entry(name: "json", global: nil, requires: [], declare: JSONModule.declare),
        LazyModules.Entry(name: "time", global: nil, requires: [], declare: TimeModule.declare),
      ], in: state),
    state: state)
}

/// The modules of one state. They are declared on their first use, so that a script pays for what it needs.
public struct TorchModules {
  let modules: LazyModules
  unowned let state: LuaState

  /// Declares everything now, for help, search and the reference.
  public func declareAll() throws { try modules.fillAll(in: state) }
}
