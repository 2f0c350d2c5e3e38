import Supervision

/// The texts of the elements that print, in row-major order, and the width that they are padded to.
struct ElementTexts {
  private(set) var texts: [String]
  /// Characters that an element takes for the breaking of lines; a text of a zero or a non-finite number may be longer.
  private(set) var width: Int

  /// Integers and truth values: right-aligned as they are.
  init(aligning texts: [String]) {
    width = max(texts.lazy.map(\.utf8.count).max() ?? 1, 1)
    self.texts = texts
    pad()
  }

  /// Floating point numbers: as integers with a point where all are integers, else with a fixed number of digits, or in
  /// scientific notation where their magnitudes are too different, too small or too large.
  ///
  /// - Throws: ``Interrupted``.
  init(_ values: [Double], _ options: PrintOptions) throws {
    let significant = values.map { $0 != 0 && $0.isFinite }
    var (smallest, largest) = (Double.infinity, 0.0)
    var isIntegral = true
    for (value, counts) in zip(values, significant) where counts {
      smallest = min(smallest, value.magnitude)
      largest = max(largest, value.magnitude)
      isIntegral = isIntegral && value == value.rounded(.up)
    }
    let spread = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4
    let isScientific = largest > 0 && options.scientific ?? spread
    let digits = options.precision
    texts = try values.map { value in
      try Interruption.check()
      if isScientific { return NumberText.scientific(value, digits: digits) }
      if !isIntegral { return NumberText.fixed(value, digits: digits) }
      return NumberText.fixed(value, digits: 0) + (value.isFinite ? "." : "")
    }
    width = 1
    for (text, counts) in zip(texts, significant) where counts { width = max(width, text.utf8.count) }
    pad()
  }

  /// Complex numbers from the texts of their parts.
  init(real: ElementTexts, imaginary: ElementTexts) {
    texts = zip(real.texts, imaginary.texts).map { real, imaginary in
      let part = imaginary.drop { $0 == " " }
      return real + (part.hasPrefix("-") || part.hasPrefix("+") ? "" : "+") + part + "j"
    }
    width = real.width + imaginary.width + 1
  }

  private mutating func pad() {
    for index in texts.indices where texts[index].utf8.count < width {
      texts[index] = String(repeating: " ", count: width - texts[index].utf8.count) + texts[index]
    }
  }
}
