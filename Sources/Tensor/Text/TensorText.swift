extension Tensor {
  /// The text that PyTorch prints: nested brackets, then what is not the default of type, size and history.
  ///
  /// - Throws: ``TensorError`` where the elements cannot be computed or read.
  public func text(_ options: PrintOptions = .current) throws -> String {
    let prefix = "tensor("
    let elements = count == 0 ? "[]" : try elementsText(indent: prefix.utf8.count, options)
    var text = prefix + elements
    let lastLine = text.utf8.lastIndex(of: UInt8(ascii: "\n"))
    // PyTorch counts two characters more than the line has, or one where the text has several lines.
    var length = lastLine.map { text.utf8.distance(from: $0, to: text.utf8.endIndex) + 1 } ?? text.utf8.count + 2
    for suffix in textSuffixes(options) {
      if length + suffix.utf8.count + 2 > options.lineWidth {
        text += ",\n" + String(repeating: " ", count: prefix.utf8.count) + suffix
        length = prefix.utf8.count + suffix.utf8.count
      } else {
        text += ", " + suffix
        length += suffix.utf8.count + 2
      }
    }
    return (isParameter ? "Parameter containing:\n" : "") + text + ")"
  }

  private func elementsText(indent: Int, _ options: PrintOptions) throws -> String {
    let shown = PrintedElements(self, options)
    if shown.isSummary && options.edgeItems <= 0 && rank > 0 { return "[...]" }
    let texts = try shown.texts(options)
    guard rank > 0 else { return texts.texts[0] }
    var layout = BracketLayout(rank: rank, shown: shown, texts: texts, lineWidth: options.lineWidth)
    return layout.text(dim: 0, indent: indent)
  }

  private func textSuffixes(_ options: PrintOptions) -> [String] {
    var suffixes: [String] = []
    let defaultType = DefaultDType.current
    let defaultComplex: DType = defaultType == .float64 ? .complex128 : .complex64
    if count == 0 ? rank != 1 : options.edgeItems <= 0 {
      suffixes.append("size=(" + shape.map(String.init).joined(separator: ", ") + (rank == 1 ? ",)" : ")"))
    }
    // Nothing in the text of an empty tensor tells an integer type.
    let isEvident = count > 0 && (dtype == .int64 || dtype == .bool || dtype == defaultComplex)
    if dtype != defaultType && !isEvident { suffixes.append("dtype=\(dtype)") }
    if let node = gradNode {
      suffixes.append("grad_fn=<\(node.name)>")
    } else if requiresGrad {
      suffixes.append("requires_grad=True")
    }
    return suffixes
  }
}

extension Tensor: CustomStringConvertible {
  /// ``text(_:)``, or what went wrong in reading the elements.
  public var description: String {
    do { return try text() } catch { return "tensor(<\(error)>)" }
  }
}

/// Puts the texts of elements into nested brackets.
private struct BracketLayout {
  let rank: Int
  let shown: PrintedElements
  let texts: ElementTexts
  let lineWidth: Int
  /// The first text that is not placed yet.
  private var next = 0

  init(rank: Int, shown: PrintedElements, texts: ElementTexts, lineWidth: Int) {
    self.rank = rank
    self.shown = shown
    self.texts = texts
    self.lineWidth = lineWidth
  }

  mutating func text(dim: Int, indent: Int) -> String {
    if dim == rank - 1 { return row(dim, indent: indent) }
    var parts: [String] = []
    for (position, range) in shown.indices(dim).enumerated() {
      if position > 0 { parts.append("...") }
      for _ in range { parts.append(text(dim: dim + 1, indent: indent + 1)) }
    }
    let breaks = String(repeating: "\n", count: rank - dim - 1)
    return "[" + parts.joined(separator: "," + breaks + String(repeating: " ", count: indent + 1)) + "]"
  }

  private mutating func row(_ dim: Int, indent: Int) -> String {
    var parts: [String] = []
    for (position, range) in shown.indices(dim).enumerated() {
      if position > 0 { parts.append(" ...") }
      parts += texts.texts[next..<(next + range.count)]
      next += range.count
    }
    let perLine = max(1, (max(lineWidth, 0) - indent) / (texts.width + 2))
    let lines = stride(from: 0, to: parts.count, by: perLine).map { start in
      parts[start..<min(start + perLine, parts.count)].joined(separator: ", ")
    }
    return "[" + lines.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
  }
}
