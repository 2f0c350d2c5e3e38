import Glibc
import Synchronization

/// A web server on this machine, which answers as a test wants it to. It ends when nobody refers to it any more.
public final class WebServer {
  public enum Answer: Sendable {
    case file([UInt8])
    case redirection(to: String)
    case status(Int, String)
    /// Sends a file in pieces, and waits before each for so many milliseconds.
    case slowFile([UInt8], pieceSize: Int, milliseconds: UInt32)
    /// Announces a number of bytes, sends fewer and hangs up.
    case broken([UInt8], announced: Int)
    /// Announces a number of bytes, sends fewer, and keeps silent until the other side hangs up.
    case stalled([UInt8], announced: Int)
  }

  public struct CannotServe: Error {
    let code: Int32
  }

  private let work: Work
  private let thread: pthread_t
  private let port: UInt16

  public init(_ answers: [String: Answer]) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw CannotServe(code: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard isOpen else {
      close(listener)
      throw CannotServe(code: errno)
    }
    port = UInt16(bigEndian: address.sin_port)
    work = Work(listener, answers)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(work)
    let status = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw CannotServe(code: status)
    }
    self.thread = thread
  }

  deinit {
    work.isStopped.store(true, ordering: .relaxed)
    pthread_join(thread, nil)
  }

  /// The address of what is answered under `path`, which begins with a slash.
  public func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  /// The paths that were asked for, in order.
  public var requests: [String] { work.requests.withLock { $0 } }

  /// What both threads see.
  private final class Work: Sendable {
    private let listener: Int32
    private let answers: [String: Answer]
    let requests = Mutex<[String]>([])
    let isStopped = Atomic(false)

    init(_ listener: Int32, _ answers: [String: Answer]) {
      self.listener = listener
      self.answers = answers
    }

    deinit { close(listener) }

    func run() {
      while wait(for: listener) {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { continue }
        serve(connection)
        close(connection)
      }
    }

    /// - Returns: whether there is something to read; false once the server stops.
    private func wait(for descriptor: Int32) -> Bool {
      while !isStopped.load(ordering: .relaxed) {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&ready, 1, 20) > 0 { return true }
      }
      return false
    }

    private func serve(_ connection: Int32) {
      var request: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
        guard wait(for: connection) else { return }
        let count = read(connection, &buffer, buffer.count)
        guard count > 0 else { return }
        request += buffer[..<count]
      }
      let words = String(decoding: request, as: UTF8.self).split(separator: " ")
      let path = words.count > 1 ? String(words[1]) : ""
      requests.withLock { $0.append(path) }
      switch answers[path] ?? .status(404, "Not Found") {
      case .file(let bytes): send(connection, "200 OK", bytes, announced: bytes.count)
      case .redirection(let target): send(connection, "302 Found", [], announced: 0, "Location: \(target)\r\n")
      case .status(let code, let text):
        send(connection, "\(code) \(text)", Array(text.utf8), announced: text.utf8.count)
      case .slowFile(let bytes, let pieceSize, let milliseconds):
        send(connection, "200 OK", [], announced: bytes.count)
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
          usleep(milliseconds * 1000)
          send(connection, bytes[start..<min(start + pieceSize, bytes.count)])
        }
      case .broken(let bytes, let announced): send(connection, "200 OK", bytes, announced: announced)
      case .stalled(let bytes, let announced):
        send(connection, "200 OK", bytes, announced: announced)
        if wait(for: connection) { _ = read(connection, &buffer, buffer.count) }
      }
    }

    private func send(
      _ connection: Int32, _ status: String, _ body: [UInt8], announced: Int, _ headers: String = ""
    ) {
      let head = "HTTP/1.1 \(status)\r\nContent-Length: \(announced)\r\nConnection: close\r\n\(headers)\r\n"
      send(connection, (Array(head.utf8) + body)[...])
    }

    private func send(_ connection: Int32, _ bytes: ArraySlice<UInt8>) {
      var rest = bytes
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }
}
