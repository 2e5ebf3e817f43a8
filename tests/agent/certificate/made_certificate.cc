// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/certificate/made_certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/pem.h"

namespace rollout::certificate {
namespace {

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, size);
  BIO_free(bio);
  return text;
}

}  // namespace

CertificatePair MakePair(const Wanted& wanted) {
  Key key(EVP_EC_gen("P-256"));
  Certificate made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), wanted.serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()),
                  absl::ToInt64Seconds(wanted.begins));
  X509_gmtime_adj(X509_getm_notAfter(made.get()),
                  absl::ToInt64Seconds(wanted.ends));
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("a test"),
                             -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(
      nullptr, nullptr, NID_subject_alt_name, wanted.names.c_str());
  CHECK(names != nullptr);
  X509_add_ext(made.get(), names, -1);
  X509_EXTENSION_free(names);
  CHECK(X509_sign(made.get(), key.get(), EVP_sha256()) != 0);
  CertificatePair pair;
  BIO* text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(text, made.get());
  pair.certificate = Text(text);
  text = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(text, key.get(), nullptr, nullptr, 0, nullptr,
                           nullptr);
  pair.key = Text(text);
  pair.certificate_path = "/c.pem";
  pair.key_path = "/k.pem";
  return pair;
}

}  // namespace rollout::certificate
