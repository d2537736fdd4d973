/* TLS of a client through the system's OpenSSL 3 on a non-blocking socket.
 *
 * The chain and the name are always verified, TLS 1.2 or newer, SNI set. Errors come as text for a
 * person. Worst case: the handshake waits until its deadline, without the GIL.
 */
#ifndef TICKPATH_TLS_H
#define TICKPATH_TLS_H
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "../../core/clock.h"

enum { TP_TLS_TEXT_BYTES = 256 };

static inline void tp_tls_why(char* text, const char* what) {
  const unsigned long code = ERR_get_error();
  const char* reason = code ? ERR_reason_error_string(code) : NULL;
  snprintf(text, TP_TLS_TEXT_BYTES, "%s: %s", what, reason ? reason : strerror(errno));
  ERR_clear_error();
}

/* wait until `fd` is ready for `events` or the deadline passes; 0 when it passed */
static inline int tp_wait_fd(int fd, short events, int64_t deadline_ns) {
  struct pollfd one = {.fd = fd, .events = events};
  for (;;) {
    const int64_t left_ns = deadline_ns - tp_monotonic_ns();
    if (left_ns <= 0) return 0;
    const int n = poll(&one, 1, (int)(left_ns / 1000000) + 1);
    if (n > 0) return 1;
    if (n < 0 && errno != EINTR) return 0;
  }
}

static inline SSL_CTX* tp_tls_context(const char* authorities, char* text) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) {
    tp_tls_why(text, "TLS context");
    return NULL;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const int found = authorities ? SSL_CTX_load_verify_file(context, authorities)
                                : SSL_CTX_set_default_verify_paths(context);
  if (found != 1) {
    tp_tls_why(text, "authorities");
    SSL_CTX_free(context);
    return NULL;
  }
  return context;
}

static inline int tp_tls_name(SSL* ssl, const char* name) {
  uint8_t address[16];
  X509_VERIFY_PARAM* check = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
    return X509_VERIFY_PARAM_set1_ip_asc(check, name) == 1;
  return X509_VERIFY_PARAM_set1_host(check, name, 0) == 1 && SSL_set_tlsext_host_name(ssl, name);
}

/* a connected session, or NULL and why */
static inline SSL* tp_tls_connect(int fd, const char* authorities, const char* name,
                                  int64_t deadline_ns, char* text) {
  SSL_CTX* context = tp_tls_context(authorities, text);
  if (context == NULL) return NULL;
  SSL* ssl = SSL_new(context);
  SSL_CTX_free(context);              /* the session holds its own reference */
  if (ssl == NULL || !SSL_set_fd(ssl, fd) || !tp_tls_name(ssl, name)) {
    tp_tls_why(text, "TLS session");
    SSL_free(ssl);
    return NULL;
  }
  for (;;) {
    ERR_clear_error();
    const int done = SSL_connect(ssl);
    if (done == 1) return ssl;
    const int error = SSL_get_error(ssl, done);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      if (tp_wait_fd(fd, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ns)) continue;
      snprintf(text, TP_TLS_TEXT_BYTES, "TLS handshake: timeout");
    } else if (SSL_get_verify_result(ssl) != X509_V_OK) {
      snprintf(text, TP_TLS_TEXT_BYTES, "certificate: %s",
               X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
    } else {
      tp_tls_why(text, "TLS handshake");
    }
    SSL_free(ssl);
    return NULL;
  }
}
#endif
