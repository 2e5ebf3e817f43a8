// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki/authority.h"

#include <openssl/pem.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::pki {
namespace {

constexpr absl::Duration kClockSkew = absl::Minutes(5);
// RFC 5280 allows 20 octets; the top bit would make the number negative.
constexpr int kSerialBits = 159;

struct Extension {
  int nid;
  std::string value;
};

absl::StatusOr<KeyPtr> NewKey() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OpensslError("cannot make a key");
  return key;
}

absl::Status SetSerial(X509* certificate) {
  BignumPtr serial(BN_new());
  if (serial == nullptr ||
      !BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY,
               BN_RAND_BOTTOM_ANY) ||
      !BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate))) {
    return OpensslError("cannot make a serial number");
  }
  return absl::OkStatus();
}

absl::Status SetCommonName(X509* certificate, const std::string& name) {
  if (!X509_NAME_add_entry_by_txt(
          X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
          reinterpret_cast<const unsigned char*>(name.data()), name.size(), -1,
          0)) {
    return OpensslError("cannot name the certificate");
  }
  return absl::OkStatus();
}

absl::Status SetValidity(X509* certificate, absl::Time from, absl::Time to) {
  if (!ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(from)) ||
      !ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(to))) {
    return OpensslError("cannot set the certificate's dates");
  }
  return absl::OkStatus();
}

// A certificate of version 3 for `key`, without issuer and signature.
absl::StatusOr<X509Ptr> NewCertificate(EVP_PKEY* key, const std::string& name,
                                       absl::Time from, absl::Time to) {
  X509Ptr certificate(X509_new());
  if (certificate == nullptr || !X509_set_version(certificate.get(), 2) ||
      !X509_set_pubkey(certificate.get(), key)) {
    return OpensslError("cannot make a certificate");
  }
  RETURN_IF_ERROR(SetSerial(certificate.get()));
  RETURN_IF_ERROR(SetCommonName(certificate.get(), name));
  RETURN_IF_ERROR(SetValidity(certificate.get(), from, to));
  return certificate;
}

// Adds the extensions and signs. `issuer` may be the certificate itself.
absl::Status Sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key,
                  const std::initializer_list<Extension>& extensions) {
  if (!X509_set_issuer_name(certificate, X509_get_subject_name(issuer))) {
    return OpensslError("cannot set the issuer");
  }
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const Extension& wanted : extensions) {
    ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, wanted.nid,
                                               wanted.value.c_str()));
    if (extension == nullptr ||
        !X509_add_ext(certificate, extension.get(), -1)) {
      return OpensslError(absl::StrCat("cannot add ", OBJ_nid2sn(wanted.nid)));
    }
  }
  if (!X509_sign(certificate, issuer_key, EVP_sha256())) {
    return OpensslError("cannot sign the certificate");
  }
  return absl::OkStatus();
}

absl::Time NotAfter(X509* certificate) {
  std::tm end = {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  return absl::FromTM(end, absl::UTCTimeZone());
}

std::string Content(BIO* memory) {
  char* data = nullptr;
  long size = BIO_get_mem_data(memory, &data);
  return std::string(data, size);
}

absl::StatusOr<KeyPair> ToPem(X509* certificate, EVP_PKEY* key) {
  BioPtr certificate_text(BIO_new(BIO_s_mem()));
  BioPtr key_text(BIO_new(BIO_s_mem()));
  if (certificate_text == nullptr || key_text == nullptr ||
      !PEM_write_bio_X509(certificate_text.get(), certificate) ||
      !PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0,
                                nullptr, nullptr)) {
    return OpensslError("cannot write PEM");
  }
  return KeyPair{Content(certificate_text.get()), Content(key_text.get()),
                 NotAfter(certificate)};
}

// Two authorities never share a name, so that a certificate of the wrong one
// is told apart by its issuer.
absl::StatusOr<std::string> AuthorityName() {
  BignumPtr number(BN_new());
  if (number == nullptr ||
      !BN_rand(number.get(), 32, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY)) {
    return OpensslError("cannot make a name");
  }
  return absl::StrCat("Rollout authority ",
                      absl::Hex(BN_get_word(number.get()), absl::kZeroPad8));
}

}  // namespace

absl::StatusOr<Authority> Authority::Create(absl::Time now) {
  ASSIGN_OR_RETURN(KeyPtr key, NewKey());
  ASSIGN_OR_RETURN(std::string name, AuthorityName());
  ASSIGN_OR_RETURN(X509Ptr certificate,
                   NewCertificate(key.get(), name, now - kClockSkew,
                                  now + kAuthorityValidity));
  RETURN_IF_ERROR(Sign(certificate.get(), certificate.get(), key.get(),
                       {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                        {NID_key_usage, "critical,keyCertSign,cRLSign"},
                        {NID_subject_key_identifier, "hash"}}));
  return Authority(std::move(certificate), std::move(key));
}

absl::StatusOr<Authority> Authority::FromPem(absl::string_view certificate,
                                             absl::string_view key) {
  BioPtr certificate_text(
      BIO_new_mem_buf(certificate.data(), certificate.size()));
  X509Ptr parsed(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  BioPtr key_text(BIO_new_mem_buf(key.data(), key.size()));
  // An empty password: OpenSSL would ask the terminal for one.
  KeyPtr parsed_key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr,
                                            const_cast<char*>("")));
  ERR_clear_error();
  if (parsed == nullptr) {
    return absl::InvalidArgumentError("the certificate is not a PEM X.509 one");
  }
  if (parsed_key == nullptr) {
    return absl::InvalidArgumentError("the key is not a plain PEM one");
  }
  if (X509_check_ca(parsed.get()) != 1) {
    return absl::InvalidArgumentError(
        "the certificate is not that of an authority");
  }
  if (X509_check_private_key(parsed.get(), parsed_key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("key and certificate don't match");
  }
  return Authority(std::move(parsed), std::move(parsed_key));
}

absl::StatusOr<KeyPair> Authority::Own() const {
  return ToPem(certificate_.get(), key_.get());
}

absl::StatusOr<KeyPair> Authority::Issue(const Subject& subject, absl::Time now,
                                         absl::Duration valid) const {
  if (valid <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        "a certificate must be valid for some time: give more than 0s");
  }
  absl::Time end = NotAfter(certificate_.get());
  if (end <= now) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the authority expired on ",
        absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", end, absl::UTCTimeZone()),
        ": make a new one with \"rolloutctl pki init\" and issue all "
        "certificates again"));
  }
  ASSIGN_OR_RETURN(KeyPtr key, NewKey());
  ASSIGN_OR_RETURN(X509Ptr certificate,
                   NewCertificate(key.get(), subject.name(), now - kClockSkew,
                                  std::min(now + valid, end)));
  RETURN_IF_ERROR(Sign(certificate.get(), certificate_.get(), key_.get(),
                       {{NID_basic_constraints, "critical,CA:FALSE"},
                        {NID_key_usage, "critical,digitalSignature"},
                        {NID_ext_key_usage, "serverAuth,clientAuth"},
                        {NID_subject_key_identifier, "hash"},
                        {NID_authority_key_identifier, "keyid:always"},
                        {NID_subject_alt_name, subject.AlternativeNames()}}));
  return ToPem(certificate.get(), key.get());
}

}  // namespace rollout::pki
