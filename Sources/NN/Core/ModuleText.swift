extension Module: CustomStringConvertible {
  /// The tree of modules as PyTorch prints it.
  public var description: String { treeText(childLines) }

  func treeText(_ childLines: [String]) -> String {
    let extra = extraText
    let extraLines =
      extra.isEmpty ? [] : extra.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if extraLines.count <= 1 && childLines.isEmpty { return "\(typeName)(\(extra))" }
    return "\(typeName)(\n  " + (extraLines + childLines).joined(separator: "\n  ") + "\n)"
  }

  private var childLines: [String] {
    if let list = self as? ModuleList { return list.groupedLines }
    return ownChildren.map { name, child in "(\(name)): " + indented(child?.description ?? "None") }
  }
}

/// `text` with all lines but the first moved to the right.
func indented(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n  ")
}

/// A size for each dimension, as PyTorch prints them: `3` for the same one, `(3, 3)` for several.
func tupleText(_ sizes: [Int]) -> String { tupleText(sizes.map(String.init)) }

/// A tuple of what has these texts.
func tupleText(_ texts: [String]) -> String {
  texts.count == 1 ? "(\(texts[0]),)" : "(" + texts.joined(separator: ", ") + ")"
}

/// `True` or `False`.
func pythonText(_ value: Bool) -> String { value ? "True" : "False" }

/// A floating point number as Python prints it: `0.1`, `1.0`, `1e-05`.
func pythonText(_ value: Double) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "-inf" : "inf" }
  let shortest = "\(value)"
  guard let mark = shortest.firstIndex(of: "e") else { return shortest }
  // Swift writes 1e-05 as 1e-05, but 1e16 as 1e+16, and keeps a fraction of 0.
  var digits = String(shortest[..<mark])
  if digits.hasSuffix(".0") { digits.removeLast(2) }
  var exponent = String(shortest[shortest.index(after: mark)...])
  let sign: String
  if exponent.hasPrefix("-") {
    sign = "-"
    exponent.removeFirst()
  } else {
    sign = "+"
    if exponent.hasPrefix("+") { exponent.removeFirst() }
  }
  if exponent.count < 2 { exponent = "0" + exponent }
  return digits + "e" + sign + exponent
}
