import Tensor

/// The new name for a key that a ``KeyPattern`` matches.
///
/// `*` (or `?`) stands for what the pattern's next wildcard matched, `%1` to `%9` for what its first to ninth did, and `%%` for a
/// percent sign: `blocks.*.attn.*` to `layers.*.attention.*`. A replacement uses one of the two ways.
public struct KeyReplacement: Hashable, Sendable {
  private enum Part: Hashable, Sendable {
    case text(String)
    case wildcard(Int)
  }

  private let parts: [Part]

  /// - Throws: ``TensorError`` where `text` wants more wildcards than `pattern` has, or mixes both ways to name them.
  public init(_ text: String, for pattern: KeyPattern) throws {
    var parts: [Part] = []
    var next = 0
    var isNumbered = false
    var literal = ""
    func wanted(_ number: Int) throws -> Part {
      guard number < pattern.wildcardCount else {
        throw TensorError(
          "rename(): '\(text)' stands for \(number + 1) wildcards, but the pattern '\(pattern)' has \(pattern.wildcardCount)",
          kind: .value)
      }
      return .wildcard(number)
    }
    var characters = Substring(text)
    while let character = characters.popFirst() {
      let part: Part
      switch character {
      case "*", "?":
        part = try wanted(next)
        next += 1
      case "%":
        guard let following = characters.popFirst() else {
          throw TensorError("rename(): '%' at the end of '\(text)'; a percent sign is '%%'", kind: .value)
        }
        if following == "%" {
          literal.append("%")
          continue
        }
        guard let number = following.wholeNumberValue, number > 0, following.isASCII else {
          throw TensorError("rename(): '%\(following)' in '\(text)'; a percent sign is '%%'", kind: .value)
        }
        part = try wanted(number - 1)
        isNumbered = true
      default:
        literal.append(character)
        continue
      }
      if !literal.isEmpty { parts.append(.text(literal)) }
      literal = ""
      parts.append(part)
    }
    if !literal.isEmpty { parts.append(.text(literal)) }
    if isNumbered && next > 0 {
      throw TensorError("rename(): '\(text)' names wildcards both by '*' and by number; use one way", kind: .value)
    }
    self.parts = parts
  }

  /// The new name, from what the wildcards matched.
  func name(_ wildcards: [String]) -> String {
    parts.reduce(into: "") { name, part in
      switch part {
      case .text(let text): name += text
      case .wildcard(let index): name += wildcards[index]
      }
    }
  }
}
