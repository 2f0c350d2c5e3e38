import CCurl
import Glibc

/// libcurl, which is loaded when the first download begins: with what it needs for TLS it takes as long as all else together that the
/// program does to start.
struct Curl: @unchecked Sendable {
  // Functions of a variable number of arguments, which are called through the module's C.
  let setOption: UnsafeMutableRawPointer
  let information: UnsafeMutableRawPointer

  let makeEasy: curl_easy_init_t
  let removeEasy: curl_easy_cleanup_t
  let makeMulti: curl_multi_init_t
  let removeMulti: curl_multi_cleanup_t
  let add: curl_multi_add_handle_t
  let remove: curl_multi_remove_handle_t
  let perform: curl_multi_perform_t
  let poll: curl_multi_poll_t
  let nextMessage: curl_multi_info_read_t
  let text: curl_easy_strerror_t

  /// The library; nil where it is not installed.
  static let library = Curl()

  /// The same library, with OpenSSL or with GnuTLS.
  private static let names = ["libcurl.so.4", "libcurl-gnutls.so.4"]

  private init?() {
    guard let handle = Curl.names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first,
      let initialize = dlsym(handle, "curl_global_init"),
      let setOption = dlsym(handle, "curl_easy_setopt"),
      let information = dlsym(handle, "curl_easy_getinfo"),
      let makeEasy = dlsym(handle, "curl_easy_init"),
      let removeEasy = dlsym(handle, "curl_easy_cleanup"),
      let makeMulti = dlsym(handle, "curl_multi_init"),
      let removeMulti = dlsym(handle, "curl_multi_cleanup"),
      let add = dlsym(handle, "curl_multi_add_handle"),
      let remove = dlsym(handle, "curl_multi_remove_handle"),
      let perform = dlsym(handle, "curl_multi_perform"),
      let poll = dlsym(handle, "curl_multi_poll"),
      let nextMessage = dlsym(handle, "curl_multi_info_read"),
      let text = dlsym(handle, "curl_easy_strerror"),
      unsafeBitCast(initialize, to: curl_global_init_t.self)(Int(CURL_GLOBAL_ALL)) == 0
    else { return nil }
    self.setOption = setOption
    self.information = information
    self.makeEasy = unsafeBitCast(makeEasy, to: curl_easy_init_t.self)
    self.removeEasy = unsafeBitCast(removeEasy, to: curl_easy_cleanup_t.self)
    self.makeMulti = unsafeBitCast(makeMulti, to: curl_multi_init_t.self)
    self.removeMulti = unsafeBitCast(removeMulti, to: curl_multi_cleanup_t.self)
    self.add = unsafeBitCast(add, to: curl_multi_add_handle_t.self)
    self.remove = unsafeBitCast(remove, to: curl_multi_remove_handle_t.self)
    self.perform = unsafeBitCast(perform, to: curl_multi_perform_t.self)
    self.poll = unsafeBitCast(poll, to: curl_multi_poll_t.self)
    self.nextMessage = unsafeBitCast(nextMessage, to: curl_multi_info_read_t.self)
    self.text = unsafeBitCast(text, to: curl_easy_strerror_t.self)
  }
}
