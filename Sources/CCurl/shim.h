// What downloads need of libcurl, which is loaded when the first one begins: most scripts need none, and start faster so. These numbers
// and types are part of its binary interface, which has not changed since version 7.16; they serve its OpenSSL and GnuTLS variants alike.
// Source: https://curl.se/libcurl/c/libcurl-easy.html, libcurl-multi.html
#ifndef NNLUA_CCURL_SHIM_H
#define NNLUA_CCURL_SHIM_H

#include <stddef.h>

enum { CURL_ERROR_SIZE = 256, CURL_GLOBAL_ALL = 3 };

enum {
  CURLPROTO_HTTP = 1 << 0,
  CURLPROTO_HTTPS = 1 << 1,
  CURLPROTO_FTP = 1 << 2,
  CURLPROTO_FTPS = 1 << 3,
  CURLPROTO_FILE = 1 << 10
};

typedef enum {
  CURLOPT_WRITEDATA = 10001,
  CURLOPT_URL = 10002,
  CURLOPT_ERRORBUFFER = 10010,
  CURLOPT_WRITEFUNCTION = 20011,
  CURLOPT_USERAGENT = 10018,
  CURLOPT_LOW_SPEED_LIMIT = 19,
  CURLOPT_LOW_SPEED_TIME = 20,
  CURLOPT_FAILONERROR = 45,
  CURLOPT_FOLLOWLOCATION = 52,
  CURLOPT_MAXREDIRS = 68,
  CURLOPT_CONNECTTIMEOUT = 78,
  CURLOPT_BUFFERSIZE = 98,
  CURLOPT_PROTOCOLS = 181,
  CURLOPT_REDIR_PROTOCOLS = 182,
  CURLOPT_QUICK_EXIT = 322
} CURLoption;

typedef enum {
  CURLINFO_RESPONSE_CODE = 0x200002,
  CURLINFO_CONTENT_LENGTH_DOWNLOAD_T = 0x60000F
} CURLINFO;

typedef enum {
  CURLE_OK = 0,
  CURLE_COULDNT_RESOLVE_PROXY = 5,
  CURLE_COULDNT_RESOLVE_HOST = 6,
  CURLE_COULDNT_CONNECT = 7,
  CURLE_PARTIAL_FILE = 18,
  CURLE_HTTP_RETURNED_ERROR = 22,
  CURLE_OPERATION_TIMEDOUT = 28,
  CURLE_SSL_CONNECT_ERROR = 35,
  CURLE_GOT_NOTHING = 52,
  CURLE_RECV_ERROR = 56,
  CURLE_PEER_FAILED_VERIFICATION = 60,
  CURLE_SSL_CACERT_BADFILE = 77
} CURLcode;

/// What became of a transfer.
typedef struct {
  int message;
  void *easy;
  union {
    void *whatever;
    CURLcode result;
  } data;
} CURLMsg;

typedef size_t (*curl_write_callback)(char *data, size_t size, size_t count, void *context);

typedef int (*curl_global_init_t)(long flags);
typedef const char *(*curl_easy_strerror_t)(CURLcode code);
typedef void *(*curl_easy_init_t)(void);
typedef void (*curl_easy_cleanup_t)(void *easy);
typedef void *(*curl_multi_init_t)(void);
typedef int (*curl_multi_cleanup_t)(void *multi);
typedef int (*curl_multi_add_handle_t)(void *multi, void *easy);
typedef int (*curl_multi_remove_handle_t)(void *multi, void *easy);
typedef int (*curl_multi_perform_t)(void *multi, int *running);
typedef int (*curl_multi_poll_t)(void *multi, void *others, unsigned count, int milliseconds, int *ready);
typedef CURLMsg *(*curl_multi_info_read_t)(void *multi, int *left);

// Functions with a variable number of arguments, which Swift cannot call. `function` is their address.

static inline CURLcode curl_set_long(void *function, void *easy, CURLoption option, long value) {
  return ((CURLcode(*)(void *, CURLoption, ...))function)(easy, option, value);
}

static inline CURLcode curl_set_pointer(void *function, void *easy, CURLoption option, const void *value) {
  return ((CURLcode(*)(void *, CURLoption, ...))function)(easy, option, value);
}

static inline CURLcode curl_set_callback(void *function, void *easy, CURLoption option, curl_write_callback value) {
  return ((CURLcode(*)(void *, CURLoption, ...))function)(easy, option, value);
}

static inline CURLcode curl_get_long(void *function, void *easy, CURLINFO information, long *value) {
  return ((CURLcode(*)(void *, CURLINFO, ...))function)(easy, information, value);
}

/// For what libcurl calls a `curl_off_t`.
static inline CURLcode curl_get_count(void *function, void *easy, CURLINFO information, long long *value) {
  return ((CURLcode(*)(void *, CURLINFO, ...))function)(easy, information, value);
}

#endif
