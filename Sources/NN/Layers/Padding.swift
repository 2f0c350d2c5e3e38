import Tensor

/// What the layers share that put elements around the last dimensions of `[N, C, *]` or `[C, *]`.
open class Padding: Module {
  /// Before and after each dimension, the last dimension first.
  public let padding: [Int]
  /// How many dimensions get elements.
  class var rank: Int { 0 }
  /// What the new elements are.
  var mode: Tensor.PaddingMode { .constant(0) }

  init(sizes padding: [Int]) throws { self.padding = try expanded(padding, 2 * Self.rank, "padding") }

  open override func forward(_ input: Tensor) throws -> Tensor { try input.pad(padding, mode: mode) }
  open override var attributes: Attributes { [("padding", .ints(padding))] }
  open override var extraText: String { tupleText(padding) }
}

/// Padding that needs to know no more than its sizes.
open class PlainPadding: Padding {
  /// - Parameter padding: before and after each dimension, the last dimension first; or one for all.
  public required init(_ padding: [Int]) throws { try super.init(sizes: padding) }
}

/// Padding by zeros.
open class ZeroPadding: PlainPadding {
  open override var attributes: Attributes { super.attributes + [("value", .double(0))] }
}

/// Zeros around the last dimension, before and after: `padding` has 2 numbers.
public final class ZeroPad1d: ZeroPadding {
  override class var rank: Int { 1 }
}

/// Zeros around the last two dimensions: `padding` is left, right, top, bottom.
public final class ZeroPad2d: ZeroPadding {
  override class var rank: Int { 2 }
}

/// Zeros around the last three dimensions: `padding` is left, right, top, bottom, front, back.
public final class ZeroPad3d: ZeroPadding {
  override class var rank: Int { 3 }
}

/// Padding by the elements inside, mirrored at the border.
open class ReflectionPadding: PlainPadding {
  override var mode: Tensor.PaddingMode { .reflect }
}

/// ``ReflectionPadding`` of the last dimension: `padding` has 2 numbers.
public final class ReflectionPad1d: ReflectionPadding {
  override class var rank: Int { 1 }
}

/// ``ReflectionPadding`` of the last two dimensions: `padding` is left, right, top, bottom.
public final class ReflectionPad2d: ReflectionPadding {
  override class var rank: Int { 2 }
}

/// ``ReflectionPadding`` of the last three dimensions: `padding` is left, right, top, bottom, front, back.
public final class ReflectionPad3d: ReflectionPadding {
  override class var rank: Int { 3 }
}

/// Padding by the elements at the border.
open class ReplicationPadding: PlainPadding {
  override var mode: Tensor.PaddingMode { .replicate }
}

/// ``ReplicationPadding`` of the last dimension: `padding` has 2 numbers.
public final class ReplicationPad1d: ReplicationPadding {
  override class var rank: Int { 1 }
}

/// ``ReplicationPadding`` of the last two dimensions: `padding` is left, right, top, bottom.
public final class ReplicationPad2d: ReplicationPadding {
  override class var rank: Int { 2 }
}

/// ``ReplicationPadding`` of the last three dimensions: `padding` is left, right, top, bottom, front, back.
public final class ReplicationPad3d: ReplicationPadding {
  override class var rank: Int { 3 }
}

/// Padding by the elements at the other end.
open class CircularPadding: PlainPadding {
  override var mode: Tensor.PaddingMode { .circular }

  open override func forward(_ input: Tensor) throws -> Tensor {
    let rank = type(of: self).rank
    guard input.rank == rank + 1 || input.rank == rank + 2 else {
      throw TensorError("expected \(rank + 1)D or \(rank + 2)D input (got \(input.rank)D input)", kind: .value)
    }
    return try super.forward(input)
  }
}

/// ``CircularPadding`` of the last dimension: `padding` has 2 numbers.
public final class CircularPad1d: CircularPadding {
  override class var rank: Int { 1 }
}

/// ``CircularPadding`` of the last two dimensions: `padding` is left, right, top, bottom.
public final class CircularPad2d: CircularPadding {
  override class var rank: Int { 2 }
}

/// ``CircularPadding`` of the last three dimensions: `padding` is left, right, top, bottom, front, back.
public final class CircularPad3d: CircularPadding {
  override class var rank: Int { 3 }
}

/// Padding by one number.
open class ConstantPadding: Padding {
  /// What the new elements are.
  public let value: Scalar

  /// - Parameter padding: before and after each dimension, the last dimension first; or one for all.
  public required init(_ padding: [Int], _ value: Scalar) throws {
    self.value = value
    try super.init(sizes: padding)
  }

  override var mode: Tensor.PaddingMode { .constant(value.double) }
  open override var attributes: Attributes { super.attributes + [("value", .init(value))] }
  open override var extraText: String { attributes.text }
}

/// ``ConstantPadding`` of the last dimension: `padding` has 2 numbers.
public final class ConstantPad1d: ConstantPadding {
  override class var rank: Int { 1 }
}

/// ``ConstantPadding`` of the last two dimensions: `padding` is left, right, top, bottom.
public final class ConstantPad2d: ConstantPadding {
  override class var rank: Int { 2 }
}

/// ``ConstantPadding`` of the last three dimensions: `padding` is left, right, top, bottom, front, back.
public final class ConstantPad3d: ConstantPadding {
  override class var rank: Int { 3 }
}
