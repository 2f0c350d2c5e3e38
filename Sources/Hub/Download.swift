import CCurl
import Checkpoint
import Glibc
import Supervision

/// A file to be fetched from an address of `http`, `https`, `ftp` or `file`.
///
/// ```swift
/// try Download("https://download.pytorch.org/models/resnet34-b627a593.pth", to: "resnet34.pth", hashPrefix: "b627a593").run()
/// ```
///
/// The file appears when it is complete, checked and on disk, or not at all. Redirections are followed, and proxies are taken from the
/// environment as `curl` does. How far it is goes to ``Progress``.
public struct Download {
  /// Where the file comes from.
  public let url: String
  /// Where it goes.
  public let path: String
  /// What its SHA-256 begins with, in hexadecimal digits; nil: it is not checked.
  public let hashPrefix: String?

  private static let protocols = ["http", "https", "ftp", "file"]

  /// A download that has not begun yet: ``run()`` begins it.
  ///
  /// - Parameters:
  ///   - url: where the file comes from.
  ///   - path: where it goes; a file that is there is replaced.
  ///   - hashPrefix: what its SHA-256 has to begin with, in lowercase hexadecimal digits; nil: it is not checked.
  public init(_ url: String, to path: String, hashPrefix: String? = nil) {
    self.url = url
    self.path = path
    self.hashPrefix = hashPrefix
  }

  /// - Throws: ``DownloadError`` for an address of a protocol that is not spoken.
  static func checkProtocol(of url: String) throws {
    guard let end = url.firstIndex(of: ":"), protocols.contains(url[..<end].lowercased()) else {
      throw DownloadError(
        .badAddress, url, "unknown url type", advice: "an address begins with http://, https://, ftp:// or file://")
    }
  }

  /// Fetches the file.
  ///
  /// - Throws: ``DownloadError``; `CheckpointError` where the file cannot be written; `Interrupted`.
  public func run() throws {
    try Download.checkProtocol(of: url)
    guard let library = Curl.library else {
      throw DownloadError(
        .noLibrary, url, "downloads need libcurl.so.4, which is not installed",
        advice: "on Debian, sudo apt-get install libcurl4 ca-certificates brings it")
    }
    let file = try blaming(path) { try AtomicFile(replacing: path) }
    let hash = try Progress.reporting("", of: nil, leavesTrace: true) { progress in
      let transfer = Transfer(self, library, file, progress, hashes: hashPrefix != nil)
      try transfer.run()
      return transfer.hash
    }
    if let hashPrefix, let digest = hash?.hexadecimal, !digest.hasPrefix(hashPrefix) {
      throw DownloadError(
        .wrongHash, url, "invalid hash value (expected \"\(hashPrefix)\", got \"\(digest)\")",
        advice: "the file changed on its way, or is another one by now; nothing was kept of it")
    }
    try blaming(path) { try file.commit() }
  }
}

/// One run of libcurl.
private final class Transfer {
  private let download: Download
  private let library: Curl
  private let file: AtomicFile
  private let progress: Progress
  private(set) var hash: SHA256?
  private var easy: UnsafeMutableRawPointer?
  private var received = 0
  /// What went wrong while the data were taken, which libcurl does not pass on.
  private var failure: (any Error)?
  private let explanation = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// How long to wait for data before looking at ``Interruption``.
  private static let millisecondsBetweenLooks: Int32 = 50
  /// Seconds without an answer, or without any data, after which a server counts as gone.
  private static let secondsUntilGone = 60
  private static let bufferSize = 1 << 18
  private static let mostRedirections = 10

  init(_ download: Download, _ library: Curl, _ file: AtomicFile, _ progress: Progress, hashes: Bool) {
    self.download = download
    self.library = library
    self.file = file
    self.progress = progress
    hash = hashes ? SHA256() : nil
    explanation.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit { explanation.deallocate() }

  func run() throws {
    guard let easy = library.makeEasy(), let multi = library.makeMulti() else {
      throw DownloadError(.other, download.url, "libcurl does not start")
    }
    self.easy = easy
    defer {
      _ = library.remove(multi, easy)
      library.removeEasy(easy)
      _ = library.removeMulti(multi)
    }
    prepare(easy)
    _ = library.add(multi, easy)
    var running: Int32 = 0
    repeat {
      try Interruption.check()
      guard library.perform(multi, &running) == 0, failure == nil else { break }
      if running > 0 { _ = library.poll(multi, nil, 0, Transfer.millisecondsBetweenLooks, nil) }
    } while running > 0
    if let failure { throw failure }
    var left: Int32 = 0
    guard let message = library.nextMessage(multi, &left) else {
      throw DownloadError(.other, download.url, "libcurl gave up")
    }
    let result = message.pointee.data.result
    guard result == CURLE_OK else { throw error(result) }
  }

  private func prepare(_ easy: UnsafeMutableRawPointer) {
    func set(_ option: CURLoption, _ value: Int) { _ = curl_set_long(library.setOption, easy, option, value) }
    // Strings are copied.
    _ = download.url.withCString { curl_set_pointer(library.setOption, easy, CURLOPT_URL, $0) }
    _ = "torch.hub".withCString { curl_set_pointer(library.setOption, easy, CURLOPT_USERAGENT, $0) }
    _ = curl_set_pointer(library.setOption, easy, CURLOPT_ERRORBUFFER, explanation)
    _ = curl_set_pointer(
      library.setOption, easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
    _ = curl_set_callback(library.setOption, easy, CURLOPT_WRITEFUNCTION) { data, size, count, context in
      guard let data, let context else { return 0 }
      let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
      return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().take(bytes) ? bytes.count : 0
    }
    set(CURLOPT_FAILONERROR, 1)
    set(CURLOPT_FOLLOWLOCATION, 1)
    set(CURLOPT_MAXREDIRS, Transfer.mostRedirections)
    set(CURLOPT_PROTOCOLS, Int(CURLPROTO_HTTP | CURLPROTO_HTTPS | CURLPROTO_FTP | CURLPROTO_FTPS | CURLPROTO_FILE))
    // A server must not make this machine's files look like its own.
    set(CURLOPT_REDIR_PROTOCOLS, Int(CURLPROTO_HTTP | CURLPROTO_HTTPS))
    set(CURLOPT_CONNECTTIMEOUT, Transfer.secondsUntilGone)
    set(CURLOPT_LOW_SPEED_LIMIT, 1)
    set(CURLOPT_LOW_SPEED_TIME, Transfer.secondsUntilGone)
    set(CURLOPT_BUFFERSIZE, Transfer.bufferSize)
    // Who stops does not wait for the name of a server to be found. Versions before 7.87 do.
    set(CURLOPT_QUICK_EXIT, 1)
  }

  /// - Returns: whether to go on.
  private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if progress.total == nil {
      var total: Int64 = -1
      _ = curl_get_count(library.information, easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total)
      if total > 0 { progress.total = Int(total) }
    }
    do {
      try Interruption.check()
      try blaming(download.path) { try file.write(bytes) }
    } catch {
      failure = error
      return false
    }
    hash?.update(bytes)
    received += bytes.count
    progress.advance(by: bytes.count)
    return true
  }

  /// What a result means.
  private func error(_ result: CURLcode) -> DownloadError {
    let words = explanation[0] != 0 ? String(cString: explanation) : library.text(result).map { String(cString: $0) }
    let text = words.map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 } ?? "libcurl's error \(result.rawValue)"
    switch result {
    case CURLE_HTTP_RETURNED_ERROR:
      var status = 0
      _ = curl_get_long(library.information, easy, CURLINFO_RESPONSE_CODE, &status)
      return DownloadError(
        .refused(status: status), download.url, "HTTP Error \(status)\(StatusText.of(status).map { ": \($0)" } ?? "")",
        advice: StatusText.advice(status))
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      return DownloadError(
        .unreachable, download.url, text,
        advice: """
          is there a network? Behind a proxy, https_proxy has to name it. A file that was fetched elsewhere and lies at \
          \(download.path) is taken from there
          """)
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_OPERATION_TIMEDOUT:
      return DownloadError(
        .brokenConnection, download.url, "\(text), after \(received) bytes\(progress.total.map { " of \($0)" } ?? "")",
        advice: "trying again may help; nothing was kept of the part")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR:
      return DownloadError(
        .other, download.url, text, advice: "the package ca-certificates has what certificates are checked against")
    default: return DownloadError(.other, download.url, text)
    }
  }
}

/// What servers' answers are called.
///
/// Source: RFC 9110, section 15
private enum StatusText {
  static func of(_ status: Int) -> String? { texts[status] }

  static func advice(_ status: Int) -> String? {
    switch status {
    case 401, 403: "the server gives the file to those only who log in; fetch it with a browser"
    case 404, 410: "there is no such file; look at the address"
    case 429, 500...: "the server has trouble; later it may work"
    default: nil
    }
  }

  private static let texts = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
  ]
}
