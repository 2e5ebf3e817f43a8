// SPDX-License-Identifier: Apache-2.0
//
// Whom nobody vouches for: for tests of who is believed over https.

#ifndef TESTS_FAKES_SELF_SIGNED_H_
#define TESTS_FAKES_SELF_SIGNED_H_

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace rollout {

// A certificate that vouches for itself and 127.0.0.1.
class SelfSigned {
 public:
  SelfSigned() {
    X509* certificate = certificate_.get();
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key_.get());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>("nobody"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_EXTENSION* names = X509V3_EXT_conf_nid(
        nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key_.get(), EVP_sha256());
  }

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

  void WriteTo(const std::string& path) const {
    std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "w"),
                                               &fclose);
    ASSERT_EQ(PEM_write_X509(file.get(), certificate()), 1);
  }

 private:
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_{EVP_EC_gen("P-256"),
                                                      &EVP_PKEY_free};
  std::unique_ptr<X509, void (*)(X509*)> certificate_{X509_new(), &X509_free};
};

}  // namespace rollout

#endif  // TESTS_FAKES_SELF_SIGNED_H_
