import NN
import StateDicts
import Tensor

extension Models {
  /// The networks of this module by name, for recognizing their state dicts. Their values are never drawn.
  public static var architectures: [KnownArchitecture] {
    let models: [(String, (Int) throws -> Module)] = [
      ("resnet18", { try resnet18(numClasses: $0) }),
      ("resnet34", { try resnet34(numClasses: $0) }),
      ("resnet50", { try resnet50(numClasses: $0) }),
      ("resnet101", { try resnet101(numClasses: $0) }),
      ("resnet152", { try resnet152(numClasses: $0) }),
      ("resnext50_32x4d", { try resnext50_32x4d(numClasses: $0) }),
      ("resnext101_32x8d", { try resnext101_32x8d(numClasses: $0) }),
      ("wide_resnet50_2", { try wide_resnet50_2(numClasses: $0) }),
    ]
    return models.map { name, make in
      KnownArchitecture(name) { classes in
        try Generator.default.aside { try make(classes).stateDict(keepVariables: true) }
      }
    }
  }
}
