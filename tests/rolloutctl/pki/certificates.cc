// SPDX-License-Identifier: Apache-2.0

#include "tests/rolloutctl/pki/certificates.h"

#include <openssl/pem.h>

namespace rollout::pki {

using StorePtr = std::unique_ptr<X509_STORE, FreeWith<&X509_STORE_free>>;
using StoreContextPtr =
    std::unique_ptr<X509_STORE_CTX, FreeWith<&X509_STORE_CTX_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<&GENERAL_NAMES_free>>;

X509Ptr ParseCertificate(const std::string& pem) {
  BioPtr text(BIO_new_mem_buf(pem.data(), pem.size()));
  return X509Ptr(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
}

KeyPtr ParseKey(const std::string& pem) {
  BioPtr text(BIO_new_mem_buf(pem.data(), pem.size()));
  return KeyPtr(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
}

std::string Verify(X509* ca, X509* leaf, absl::Time now, int purpose) {
  StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), ca);
  StoreContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now));
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context.get());
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

std::vector<std::string> Uris(X509* certificate) {
  std::vector<std::string> uris;
  NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      ASN1_STRING_length(uri));
  }
  return uris;
}

}  // namespace rollout::pki
