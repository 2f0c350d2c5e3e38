extension StringProtocol {
  /// Where a text begins in this one.
  func range(ofText text: String) -> Index? {
    indices.first { self[$0...].hasPrefix(text) }
  }

  /// The text without the spaces behind it.
  var trimmedAtEnd: String {
    let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex
    return String(self[..<end])
  }

  /// The text without the spaces around it.
  var trimmed: String {
    let start = firstIndex { !$0.isWhitespace } ?? endIndex
    let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
    return String(self[start..<end])
  }
}
