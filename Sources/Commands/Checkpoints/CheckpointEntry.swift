import Checkpoint
import Lua

extension CheckpointFile {
  /// What a file has at a path of keys, see ``CheckpointValue/entry(at:of:)``. Classes that are not data are inert: they are in the way of
  /// those only who want to save them.
  static func entry(at key: String?, of path: String) throws -> CheckpointValue {
    let options = CheckpointReadingOptions(unknownClasses: .table)
    return try CheckpointFile(path, options: options).load().entry(at: key, of: path)
  }
}

extension CheckpointValue {
  /// What lies at a path of keys with dots between; the whole value for no path.
  ///
  /// - Parameter source: the file's name, for the error.
  func entry(at path: String?, of source: String) throws -> CheckpointValue {
    guard let path else { return self }
    var value = self
    var rest = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...]
    while !rest.isEmpty {
      guard let (entry, count) = value.longestEntry(rest) else {
        let keys = value.dictionary?.entries.keys.map(\.shortText) ?? []
        let suggestion =
          nearestName(to: rest.joined(separator: "."), among: keys)
          ?? nearestName(to: rest[rest.startIndex], among: keys)
        throw CheckpointError(
          .malformed, "there is no entry \"\(path)\"" + (suggestion.map { "; did you mean \"\($0)\"?" } ?? ""),
          file: source)
      }
      value = entry
      rest = rest.dropFirst(count)
    }
    return value
  }

  /// The entry under the longest key that the parts begin with, as keys may have dots themselves, and how many parts that are.
  private func longestEntry(_ parts: ArraySlice<String>) -> (CheckpointValue, count: Int)? {
    if let elements, let index = parts.first.flatMap({ Int($0) }), elements.indices.contains(index) {
      return (elements[index], 1)
    }
    for count in stride(from: parts.count, to: 0, by: -1) {
      let key = parts.prefix(count).joined(separator: ".")
      if let found = dictionary?.entries.first(where: { $0.key.shortText == key }) { return (found.value, count) }
    }
    return nil
  }
}
