import Tensor

/// `max(0, x)`, element by element.
public final class ReLU: Module {
  public let inplace: Bool

  public init(inplace: Bool = false) { self.inplace = inplace }

  public override func forward(_ input: Tensor) throws -> Tensor {
    inplace ? try input.reluInPlace() : try input.relu()
  }

  public override var extraText: String { inplace ? "inplace=True" : "" }

  public override var attributes: [(name: String, value: Attribute)] { [("inplace", .bool(inplace))] }
}
