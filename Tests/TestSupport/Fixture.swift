import Glibc

/// What PyTorch gave for the cases that tests check, as `scripts/fixtures.py` wrote it under `Tests/Fixtures`.
public enum Fixture {
  /// A named list of numbers.
  public struct Record: Sendable {
    public let name: String
    public let values: [Double]
    /// The values as they were written, for integers beyond a double's 53 bits.
    public let texts: [Substring]
  }

  /// Where a fixture lies.
  public static func path(_ name: String) -> String {
    "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/\(name)"
  }

  /// The text of a file.
  public static func text(_ path: String) throws -> String { try text(atPath: self.path(path)) }

  static func text(atPath full: String) throws -> String {
    guard let file = fopen(full, "rb") else { throw MissingFixture(path: full) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The records of a file whose lines are a name, a tab, and numbers.
  public static func records(_ path: String) throws -> [Record] {
    try text(path).split(separator: "\n").map { line in
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
      let texts = parts.count > 1 ? parts[1].split(separator: " ") : []
      return Record(name: String(parts[0]), values: texts.map { Double($0) ?? .nan }, texts: texts)
    }
  }

  /// Records by name.
  public static func table(_ path: String) throws -> [String: Record] {
    Dictionary(try records(path).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

public struct MissingFixture: Error {
  public let path: String
}

/// Whether two lists of numbers agree but for rounding.
public func isClose(_ a: [Double], _ b: [Double], relative: Double = 1e-6, absolute: Double = 1e-7) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      x == y || (x.isNaN && y.isNaN) || abs(x - y) <= absolute + relative * max(abs(x), abs(y))
    }
}
