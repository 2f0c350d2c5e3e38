/// Why a file could not be downloaded, and what to do about it, in sentences that name its address.
public struct DownloadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The sort of failure, for callers that decide by it.
  public enum Kind: Equatable, Sendable {
    /// The address is none, or of a protocol that is not spoken.
    case badAddress
    /// libcurl is not installed.
    case noLibrary
    /// No server answers at the address.
    case unreachable
    /// The server answers with this status instead of the file.
    case refused(status: Int)
    /// The connection ended before the file did.
    case brokenConnection
    /// The file is not what its hash says.
    case wrongHash
    /// Something else, in libcurl's words.
    case other
  }

  /// The sort of failure.
  public let kind: Kind
  /// The address of the file.
  public let url: String
  /// What went wrong.
  public let message: String
  /// What the user may do; nil where that is clear.
  public let advice: String?

  init(_ kind: Kind, _ url: String, _ message: String, advice: String? = nil) {
    self.kind = kind
    self.url = url
    self.message = message
    self.advice = advice
  }

  /// The address, what went wrong, and on a line of its own what to do.
  public var description: String { "\(url): \(message)" + (advice.map { "\nhint: \($0)" } ?? "") }
}
