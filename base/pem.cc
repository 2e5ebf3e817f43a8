// SPDX-License-Identifier: Apache-2.0

#include "base/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/strings/str_cat.h"

namespace rollout {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio ReadOnly(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

absl::Status Wrong(const std::string& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

// An encrypted key is refused, not asked about on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

std::string ToText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<std::vector<Certificate>> ParseCertificates(
    const std::string& path, const std::string& text) {
  Bio bio = ReadOnly(text);
  std::vector<Certificate> certificates;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(next);
  }
  unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (certificates.empty()) return Wrong(path, "there is no PEM certificate");
  if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    return Wrong(path, absl::StrCat("certificate ", certificates.size() + 1,
                                    " in the file is damaged"));
  }
  return certificates;
}

absl::StatusOr<Key> ParseKey(const std::string& path, const std::string& text) {
  Bio bio = ReadOnly(text);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return Wrong(path, "there is no PEM private key, or it is encrypted");
  }
  return key;
}

absl::Status CheckKey(const std::string& key_path, EVP_PKEY* key,
                      const std::string& certificate_path, X509* certificate) {
  if (X509_check_private_key(certificate, key) == 1) return absl::OkStatus();
  ERR_clear_error();
  return Wrong(key_path,
               absl::StrCat("the key does not belong to ", certificate_path,
                            ": use the pair that was issued together"));
}

absl::Status CheckDates(const std::string& path, X509* certificate,
                        absl::string_view remedy, absl::Time now) {
  absl::Time begins = ToTime(X509_get0_notBefore(certificate));
  absl::Time ends = ToTime(X509_get0_notAfter(certificate));
  if (now > ends) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": the certificate expired on ", ToText(ends), "; ", remedy));
  }
  if (now < begins) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": the certificate is not valid before ",
                     ToText(begins), ", and it is ", ToText(now),
                     ": set this machine's clock, or ", remedy));
  }
  return absl::OkStatus();
}

absl::Time ToTime(const ASN1_TIME* time) {
  tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

}  // namespace rollout
