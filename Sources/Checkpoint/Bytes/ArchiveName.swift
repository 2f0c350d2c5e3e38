/// Names of entries in archives. They are only compared, never opened as files; still, what is not a plain relative path comes from no
/// honest program.
enum ArchiveName {
  /// - Parameter archive: what has the entry, for the error: `zip file`.
  static func refuseUnsafe(_ name: String, in archive: String) throws {
    let components = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.hasPrefix("/"), !components.contains(".."), !name.utf8.contains(0),
      !name.utf8.contains(UInt8(ascii: "\\"))
    else { throw CheckpointError.malformed("the \(archive) has an entry with the unsafe name \"\(name)\"") }
  }
}
