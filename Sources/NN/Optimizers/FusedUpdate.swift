import Tensor

/// The arithmetic of an optimizer on one parameter, all terms at once.
protocol UpdateRule {
  /// Updates `count` elements. `x[0]` is the parameter, `x[1]` its gradient, which stays as it is, and the others are state.
  func update<T: UpdateElement>(_ x: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int)
}

/// The types that optimizers compute with.
protocol UpdateElement: ComputeElement, BinaryFloatingPoint {}

extension Float: UpdateElement {}
extension Double: UpdateElement {}

/// One parameter with its gradient and state, and the rule for them.
struct UpdateItem<Rule: UpdateRule> {
  let tensors: [Tensor]
  let rule: Rule
}

/// Runs the updates of all parameters as one loop on all threads: a pass over memory for a step, instead of one for each term
/// of the formula and parameter.
enum FusedUpdate {
  private static let blockLength = 8192

  static func run<Rule: UpdateRule>(_ items: [UpdateItem<Rule>]) throws {
    try run(items.filter { $0.tensors[0].dtype != .float64 }, Float.self)
    try run(items.filter { $0.tensors[0].dtype == .float64 }, Double.self)
  }

  /// A stretch of one item's elements.
  private struct Block {
    let item: Int
    let start: Int
    let count: Int
  }

  /// Where the elements of one tensor of an item lie.
  private struct Operand {
    let memory: UnsafeMutableRawPointer
    let dtype: DType
  }

  private static func run<Rule: UpdateRule, T: UpdateElement>(_ items: [UpdateItem<Rule>], _ type: T.Type) throws {
    guard !items.isEmpty else { return }
    var operands: [[Operand]] = []
    var blocks: [Block] = []
    // Tensors whose elements are not in row-major order are updated in a copy.
    var copies: [(original: Tensor, packed: Tensor)] = []
    var kept: [Tensor] = []
    for (index, item) in items.enumerated() {
      var row: [Operand] = []
      for (position, tensor) in item.tensors.enumerated() {
        let packed = try tensor.detach().contiguous()
        if !tensor.isContiguous && position != 1 { copies.append((tensor, packed)) }
        kept.append(packed)
        row.append(Operand(memory: try position == 1 ? packed.pointer() : packed.mutablePointer(), dtype: packed.dtype))
      }
      operands.append(row)
      let count = item.tensors[0].count
      for start in stride(from: 0, to: count, by: blockLength) {
        blocks.append(Block(item: index, start: start, count: min(blockLength, count - start)))
      }
    }
    Parallel.forEach(blocks.count, grain: 4) { part in
      for index in part {
        let block = blocks[index]
        update(operands[block.item], block.start, block.count, items[block.item].rule, type)
      }
    }
    try withExtendedLifetime(kept) {
      for (original, packed) in copies { try original.copyInPlace(packed) }
    }
  }

  private static func update<Rule: UpdateRule, T: UpdateElement>(
    _ operands: [Operand], _ start: Int, _ count: Int, _ rule: Rule, _ type: T.Type
  ) {
    withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<T>.self, capacity: operands.count) { pointers in
      guard let x = pointers.baseAddress else { return }
      if operands.allSatisfy({ $0.dtype == T.dtype }) {
        for (k, operand) in operands.enumerated() {
          (x + k).initialize(to: operand.memory.assumingMemoryBound(to: T.self) + start)
        }
        rule.update(x, count)
        return
      }
      withUnsafeTemporaryAllocation(of: T.self, capacity: operands.count * count) { buffer in
        guard let base = buffer.baseAddress else { return }
        for (k, operand) in operands.enumerated() {
          (x + k).initialize(to: base + k * count)
          T.load(row(operand, start), count, into: x[k])
        }
        rule.update(x, count)
        for (k, operand) in operands.enumerated() where k != 1 { T.store(x[k], count, to: row(operand, start)) }
      }
    }
  }

  private static func row(_ operand: Operand, _ start: Int) -> Row {
    Row(pointer: operand.memory + start * operand.dtype.size, dtype: operand.dtype, stride: 1)
  }
}

/// A gradient as an optimizer sees it: for ascent turned round, and with the parameter's share for weight decay.
struct EffectiveGradient<T: UpdateElement> {
  private let sign: T
  private let decay: T

  init(maximize: Bool, weightDecay: Double) {
    sign = maximize ? -1 : 1
    decay = T(weightDecay)
  }

  @inline(__always)
  func callAsFunction(_ grad: T, _ parameter: T) -> T { sign * grad + decay * parameter }
}
