// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/tls_diagnosis.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/tls_identity.h"

namespace rollout::ctl {
namespace {

template <typename T, void (*kFree)(T*)>
struct FreeWith {
  void operator()(T* object) const { kFree(object); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX, SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, FreeWith<SSL, SSL_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509, X509_free>>;
using NamesPtr =
    std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES, GENERAL_NAMES_free>>;

std::string EndOf(X509* certificate) {
  std::tm end = {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                          absl::FromTM(end, absl::UTCTimeZone()),
                          absl::UTCTimeZone());
}

bool Names(X509* certificate, const std::string& host) {
  return X509_check_ip_asc(certificate, host.c_str(), 0) == 1 ||
         X509_check_host(certificate, host.data(), host.size(), 0, nullptr) ==
             1;
}

bool IsControllers(X509* certificate) {
  NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* uri = name->d.uniformResourceIdentifier;
    auto identity = ParseTlsIdentity(absl::string_view(
        reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
        ASN1_STRING_length(uri)));
    if (identity.ok() && identity->kind == "controller") return true;
  }
  return false;
}

// What is wrong with the certificate the controller showed.
std::optional<std::string> WrongWith(X509* certificate, long verdict,
                                     const std::string& host,
                                     const TlsFiles& tls) {
  if (verdict == X509_V_ERR_CERT_HAS_EXPIRED) {
    return absl::StrCat("its certificate expired on ", EndOf(certificate),
                        ": issue a new one with \"rolloutctl pki issue "
                        "controller\"");
  }
  if (verdict == X509_V_ERR_CERT_NOT_YET_VALID) {
    return "its certificate is not valid yet: are the clocks of both machines "
           "right?";
  }
  if (verdict != X509_V_OK) {
    return absl::StrCat("its certificate is not one of the authority in ",
                        tls.ca, " (", X509_verify_cert_error_string(verdict),
                        "): give the --ca of this controller's fleet");
  }
  if (!Names(certificate, host)) {
    return absl::StrCat(
        "its certificate does not name ", host,
        ": dial it by a name it has, or issue one with \"rolloutctl pki issue "
        "controller NAME --address ",
        host, "\"");
  }
  if (!IsControllers(certificate)) {
    return "its certificate is not a controller's: is the address right?";
  }
  return std::nullopt;
}

// Why a handshake failed that left `ssl_error`.
std::string WhyRefused(int ssl_error) {
  if (ssl_error == SSL_ERROR_WANT_READ) {
    return "it does not answer the handshake: is that port the one "
           "rollout-controller listens on, and is the controller stuck?";
  }
  unsigned long error = ERR_peek_last_error();
  int reason = ERR_GET_REASON(error);
  if (error == 0) {
    return "the connection was closed in the handshake: is that port the one "
           "rollout-controller listens on?";
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER) {
    return "no TLS is spoken there: is that port the one rollout-controller "
           "listens on, and does it run without --insecure-loopback?";
  }
  return absl::StrCat("the handshake failed: ", ERR_reason_error_string(error));
}

// What a controller that shook hands says of our certificate: in TLS 1.3 it
// does so afterwards. Content, it says "settings" in HTTP/2, or nothing.
std::optional<std::string> WhyTurnedAway(SSL* ssl, const TlsFiles& tls) {
  char byte;
  ERR_clear_error();
  if (SSL_read(ssl, &byte, 1) > 0) return std::nullopt;
  unsigned long error = ERR_peek_last_error();
  if (error == 0) return std::nullopt;
  switch (ERR_GET_REASON(error)) {
    // gRPC 1.51 closes without the alert that would say why.
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return absl::StrCat("it hung up when it saw ", tls.certificate,
                          ": is that certificate of this controller's fleet, "
                          "and are the clocks of both machines right?");
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return absl::StrCat("it says that ", tls.certificate,
                          " has expired: issue a new one with \"rolloutctl pki "
                          "issue operator\"");
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return absl::StrCat("it does not know the authority that issued ",
                          tls.certificate,
                          ": use a certificate of this controller's fleet");
    default:
      return absl::StrCat("it refuses ", tls.certificate, ": ",
                          ERR_reason_error_string(error));
  }
}

}  // namespace

std::optional<std::string> WhyNoTls(int socket, const std::string& host,
                                    const TlsFiles& tls) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  // The handshake goes on, so that the certificate can be looked at.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_load_verify_locations(context.get(), tls.ca.c_str(), nullptr);
  SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM);
  SslPtr ssl(SSL_new(context.get()));
  const unsigned char kHttp2[] = "\x02h2";
  SSL_set_alpn_protos(ssl.get(), kHttp2, sizeof kHttp2 - 1);
  SSL_set_fd(ssl.get(), socket);
  ERR_clear_error();
  int connected = SSL_connect(ssl.get());
  if (connected != 1) return WhyRefused(SSL_get_error(ssl.get(), connected));
  X509Ptr certificate(SSL_get1_peer_certificate(ssl.get()));
  if (certificate == nullptr) return "it shows no certificate";
  auto wrong =
      WrongWith(certificate.get(), SSL_get_verify_result(ssl.get()), host, tls);
  return wrong.has_value() ? wrong : WhyTurnedAway(ssl.get(), tls);
}

}  // namespace rollout::ctl
