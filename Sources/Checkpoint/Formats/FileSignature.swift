/// Says what a file seems to be that is no checkpoint, so that the error helps.
enum FileSignature {
  private static let known: [(start: [UInt8], description: String)] = [
    (Array("version https://git-lfs".utf8), "it is a Git LFS pointer; `git lfs pull` fetches the file itself"),
    (Array("<!DOCTYPE".utf8), "it is an HTML page, perhaps a failed download"),
    (Array("<!doctype".utf8), "it is an HTML page, perhaps a failed download"),
    (Array("<html".utf8), "it is an HTML page, perhaps a failed download"),
    (Array("<?xml".utf8), "it is an XML file, perhaps a failed download"),
    ([0x1F, 0x8B], "it is compressed with gzip; unpack it first"),
    ([0x42, 0x5A, 0x68], "it is compressed with bzip2; unpack it first"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "it is compressed with xz; unpack it first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "it is compressed with zstd; unpack it first"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "it is a 7z archive; unpack it first"),
    ([0x89, 0x48, 0x44, 0x46], "it is an HDF5 file, as Keras writes"),
    (Array("GGUF".utf8), "it is a GGUF file, as llama.cpp reads"),
    ([0x89, 0x50, 0x4E, 0x47], "it is a PNG image"),
    ([0xFF, 0xD8, 0xFF], "it is a JPEG image"),
    ([0x7F, 0x45, 0x4C, 0x46], "it is a program"),
    (Array("PK\u{05}\u{06}".utf8), "it is an empty zip file"),
  ]

  static func description(of start: [UInt8]) -> String {
    if let match = known.first(where: { start.starts(with: $0.start) }) { return match.description }
    if start.allSatisfy({ $0 == 0 }) { return "it begins with zeros, perhaps an incomplete download" }
    if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      return "it is a pickle, but not one that torch.save wrote"
    }
    if start.allSatisfy({ (0x20..<0x7F).contains($0) || (0x09...0x0D).contains($0) }) {
      let text = String(decoding: start.prefix(40), as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
      return "it is text that begins with \"\(text)\""
    }
    let bytes = start.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    return "its first bytes are \(bytes)"
  }

  static func descriptionOfZip(_ archive: ZipArchive) -> String {
    let names = archive.entries.prefix(3).map { "\"\($0.name)\"" }.joined(separator: ", ")
    let rest = archive.entries.count > 3 ? " and \(archive.entries.count - 3) more" : ""
    return "not a checkpoint: it is a zip file without data.pkl, of \(names.isEmpty ? "nothing" : names)\(rest)"
  }
}
