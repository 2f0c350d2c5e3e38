import Tensor

/// A pattern for whole keys of a state dict, in the language of file names in a shell.
///
/// | in a pattern | matches |
/// | --- | --- |
/// | `*` | anything, dots too, and nothing |
/// | `?` | one character |
/// | `[abc]`, `[0-9]`, `[!0-9]` | one character of these, or none of these |
/// | all else | itself |
///
/// `fc.*` matches `fc.weight` and not `aux.fc.weight`; `*.weight` matches both. This is Python's `fnmatch.fnmatchcase`. Where
/// several ways are possible, wildcards take as little as they can, the first ones first.
///
/// Source: https://docs.python.org/3/library/fnmatch.html
public struct KeyPattern: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  enum Element: Hashable, Sendable {
    case literal(Unicode.Scalar)
    case run
    case one
    case set(CharacterSet)

    var isWildcard: Bool {
      if case .literal = self { false } else { true }
    }
  }

  /// The characters between brackets.
  struct CharacterSet: Hashable, Sendable {
    var isNegated = false
    var ranges: [ClosedRange<Unicode.Scalar>] = []

    func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar) } != isNegated }
  }

  /// The pattern as it was written.
  public let text: String
  let elements: [Element]

  /// Any text is a pattern: a bracket that is not closed stands for itself.
  public init(_ text: String) {
    self.text = text
    elements = KeyPattern.parse(Array(text.unicodeScalars))
  }

  public init(stringLiteral value: String) { self.init(value) }

  public var description: String { text }

  /// How many wildcards there are, each of which has a text in ``match(_:)``.
  public var wildcardCount: Int { elements.count { $0.isWildcard } }

  /// Whether the whole of `key` matches.
  public func matches(_ key: String) -> Bool { match(key) != nil }

  /// What each wildcard matched; nil if `key` as a whole does not match.
  public func match(_ key: String) -> [String]? {
    var matcher = Matcher(elements: elements, key: Array(key.unicodeScalars))
    return matcher.matches() ? matcher.wildcards : nil
  }

  private static func parse(_ text: [Unicode.Scalar]) -> [Element] {
    var elements: [Element] = []
    var position = 0
    while position < text.count {
      let scalar = text[position]
      position += 1
      switch scalar {
      // Two in a row would match no more than one, but count as two.
      case "*": elements.append(.run)
      case "?": elements.append(.one)
      case "[":
        if let (set, end) = parseSet(text, position) {
          elements.append(.set(set))
          position = end
        } else {
          elements.append(.literal(scalar))
        }
      default: elements.append(.literal(scalar))
      }
    }
    return elements
  }

  /// The set whose first character is at `start`, and the position after its bracket; nil where that is missing.
  private static func parseSet(_ text: [Unicode.Scalar], _ start: Int) -> (CharacterSet, Int)? {
    var set = CharacterSet()
    var position = start
    if position < text.count, text[position] == "!" {
      set.isNegated = true
      position += 1
    }
    let first = position
    while position < text.count {
      let scalar = text[position]
      if scalar == "]" && position > first { return (set, position + 1) }
      if position + 2 < text.count, text[position + 1] == "-", text[position + 2] != "]" {
        // A range whose ends are the wrong way round has no character.
        if scalar <= text[position + 2] { set.ranges.append(scalar...text[position + 2]) }
        position += 3
      } else {
        set.ranges.append(scalar...scalar)
        position += 1
      }
    }
    return nil
  }
}

/// One attempt to match a key: backtracking that visits no place twice. Patterns may be long, and so it does not call itself.
private struct Matcher {
  let elements: [KeyPattern.Element]
  let key: [Unicode.Scalar]
  /// How many characters each element that matches so far takes.
  private var lengths: [Int] = []
  private var failed: Set<Int> = []

  init(elements: [KeyPattern.Element], key: [Unicode.Scalar]) {
    self.elements = elements
    self.key = key
  }

  /// Whether the elements match the whole key.
  mutating func matches() -> Bool {
    var position = 0
    while lengths.count < elements.count || position < key.count {
      let index = lengths.count
      if index < elements.count, !failed.contains(place(index, position)),
        let length = shortest(elements[index], position)
      {
        lengths.append(length)
        position += length
      } else {
        failed.insert(place(index, position))
        guard lengthen(&position) else { return false }
      }
    }
    return true
  }

  /// Lets the last run that can take one more character; what follows it is tried anew. False where none can.
  private mutating func lengthen(_ position: inout Int) -> Bool {
    while let length = lengths.popLast() {
      position -= length
      if case .run = elements[lengths.count], position + length < key.count {
        lengths.append(length + 1)
        position += length + 1
        return true
      }
      failed.insert(place(lengths.count, position))
    }
    return false
  }

  private func place(_ index: Int, _ position: Int) -> Int { index * (key.count + 1) + position }

  /// The fewest characters from `position` on that an element may take; nil where it does not match.
  private func shortest(_ element: KeyPattern.Element, _ position: Int) -> Int? {
    guard position < key.count else { return element == .run ? 0 : nil }
    switch element {
    case .run: return 0
    case .one: return 1
    case .literal(let scalar): return key[position] == scalar ? 1 : nil
    case .set(let set): return set.contains(key[position]) ? 1 : nil
    }
  }

  /// What each wildcard took, once all elements match.
  var wildcards: [String] {
    var texts: [String] = []
    var position = 0
    for (element, length) in zip(elements, lengths) {
      if element.isWildcard {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: key[position..<position + length])
        texts.append(String(text))
      }
      position += length
    }
    return texts
  }
}
