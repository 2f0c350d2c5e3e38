/// A convolution's cache key, whose layouts may be opened step by step.
protocol ConvolutionKey {
  /// The same with the layout of the source, or of its gradient, left to the library.
  var withOpenSource: Self { get }
  /// The same with all layouts left to the library.
  var withOpenLayouts: Self { get }
}

/// A compiled convolution, whichever direction.
protocol ConvolutionPlan {
  /// The library's name of the kernel.
  var implementation: String { get }
}

extension ConvolutionPlan {
  /// Whether the kernel is the library's plain loops, which are hundreds of times slower than its generated code.
  fileprivate var isReference: Bool { implementation.hasPrefix("ref") }
}

/// Compiles a convolution; where the library has nothing but its reference loops for the layouts that were asked for, it
/// leaves first the source's and then all layouts to the library, as reordering costs far less than those loops.
func compileConvolution<Key: ConvolutionKey, Plan: ConvolutionPlan>(
  _ key: Key, _ compile: (Key) throws -> Plan
) throws -> Plan {
  let asked = try compile(key)
  guard asked.isReference else { return asked }
  for open in [key.withOpenSource, key.withOpenLayouts] {
    let plan = try compile(open)
    if !plan.isReference { return plan }
  }
  return asked
}
