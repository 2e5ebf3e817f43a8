// SPDX-License-Identifier: Apache-2.0
//
// Owners of OpenSSL's objects, and the text of its last error.

#ifndef ROLLOUTCTL_PKI_OPENSSL_POINTERS_H_
#define ROLLOUTCTL_PKI_OPENSSL_POINTERS_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollout::pki {

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using BioPtr = std::unique_ptr<BIO, FreeWith<&BIO_free_all>>;
using BignumPtr = std::unique_ptr<BIGNUM, FreeWith<&BN_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<&EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<&X509_free>>;
using ExtensionPtr =
    std::unique_ptr<X509_EXTENSION, FreeWith<&X509_EXTENSION_free>>;

// Internal error "WHAT: OpenSSL's reason". Empties this thread's error queue.
inline absl::Status OpensslError(absl::string_view what) {
  char reason[256] = "no reason given";
  unsigned long code = ERR_peek_last_error();
  if (code != 0) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return absl::InternalError(absl::StrCat(what, ": ", reason));
}

}  // namespace rollout::pki

#endif  // ROLLOUTCTL_PKI_OPENSSL_POINTERS_H_
