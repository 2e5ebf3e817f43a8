// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/certificate_pair.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/pem.h"
#include "base/status_macros.h"

namespace rollout::certificate {
namespace {

struct FreeBignum {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
struct FreeText {
  void operator()(char* text) const { OPENSSL_free(text); }
};

std::string SerialOf(X509* certificate) {
  std::unique_ptr<BIGNUM, FreeBignum> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr) return "";
  std::unique_ptr<char, FreeText> text(BN_bn2hex(number.get()));
  return text == nullptr ? "" : text.get();
}

bool IsGoodFor(const std::string& name, X509* certificate) {
  return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) ==
             1 ||
         X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
}

}  // namespace

bool IsSame(const CertificatePair& a, const CertificatePair& b) {
  return a.certificate == b.certificate && a.key == b.key;
}

CertificateFacts FactsOf(X509* certificate) {
  CertificateFacts facts;
  facts.serial = SerialOf(certificate);
  facts.expires = ToTime(X509_get0_notAfter(certificate));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) == 1) {
    facts.fingerprint = absl::BytesToHexString(
        absl::string_view(reinterpret_cast<char*>(digest), size));
  }
  return facts;
}

absl::StatusOr<CertificateFacts> FactsOfText(const std::string& path,
                                             const std::string& text) {
  ASSIGN_OR_RETURN(std::vector<Certificate> certificates,
                   ParseCertificates(path, text));
  return FactsOf(certificates[0].get());
}

absl::StatusOr<CertificatePair> ReadPair(FileSystem& files,
                                         const std::string& certificate_path,
                                         const std::string& key_path) {
  CertificatePair pair;
  ASSIGN_OR_RETURN(pair.certificate, files.Read(certificate_path));
  ASSIGN_OR_RETURN(pair.key, files.Read(key_path));
  pair.certificate_path = certificate_path;
  pair.key_path = key_path;
  return pair;
}

absl::StatusOr<CertificateFacts> CheckPair(
    const CertificatePair& pair, const std::vector<std::string>& names,
    absl::Time now) {
  ASSIGN_OR_RETURN(std::vector<Certificate> certificates,
                   ParseCertificates(pair.certificate_path, pair.certificate));
  ASSIGN_OR_RETURN(Key key, ParseKey(pair.key_path, pair.key));
  X509* first = certificates[0].get();
  RETURN_IF_ERROR(
      CheckKey(pair.key_path, key.get(), pair.certificate_path, first));
  RETURN_IF_ERROR(CheckDates(pair.certificate_path, first,
                             "have it renewed by whoever issues it", now));
  for (const std::string& name : names) {
    if (IsGoodFor(name, first)) continue;
    ERR_clear_error();
    return absl::InvalidArgumentError(absl::StrCat(
        pair.certificate_path, ": the certificate is not good for ", name,
        ", which the plan names: have one issued for it, or take the name out "
        "of the plan"));
  }
  return FactsOf(first);
}

}  // namespace rollout::certificate
