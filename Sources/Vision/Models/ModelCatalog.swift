import NN

extension Models {
  /// Makes a model, given the number of its classes and whether it has its last layers.
  public typealias Maker = @Sendable (_ numClasses: Int, _ includeTop: Bool) throws -> Module

  /// All models, by their names.
  public static let catalog: [(name: String, make: Maker)] = [
    ("resnet18", { try resnet18(numClasses: $0, includeTop: $1) }),
    ("resnet34", { try resnet34(numClasses: $0, includeTop: $1) }),
    ("resnet50", { try resnet50(numClasses: $0, includeTop: $1) }),
    ("resnet101", { try resnet101(numClasses: $0, includeTop: $1) }),
    ("resnet152", { try resnet152(numClasses: $0, includeTop: $1) }),
    ("resnext50_32x4d", { try resnext50_32x4d(numClasses: $0, includeTop: $1) }),
    ("resnext101_32x8d", { try resnext101_32x8d(numClasses: $0, includeTop: $1) }),
    ("wide_resnet50_2", { try wide_resnet50_2(numClasses: $0, includeTop: $1) }),
  ]
}
