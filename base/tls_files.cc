// SPDX-License-Identifier: Apache-2.0

#include "base/tls_files.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/pem.h"
#include "base/status_macros.h"

namespace rollout {
namespace {

template <typename T, void (*free)(T*)>
struct Free {
  void operator()(T* object) const { free(object); }
};
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE, X509_STORE_free>>;
using StoreContext =
    std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX, X509_STORE_CTX_free>>;
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

absl::Status Wrong(const std::string& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

absl::StatusOr<std::vector<Certificate>> LoadCertificates(
    FileSystem& file_system, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, file_system.Read(path));
  return ParseCertificates(path, text);
}

absl::StatusOr<Key> LoadKey(FileSystem& file_system, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, file_system.Read(path));
  absl::StatusOr<Key> key = ParseKey(path, text);
  OPENSSL_cleanse(text.data(), text.size());
  return key;
}

absl::StatusOr<TlsIdentity> IdentityOf(X509* certificate) {
  std::vector<TlsIdentity> found;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    auto identity = ParseTlsIdentity(absl::string_view(
        reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
        ASN1_STRING_length(uri)));
    if (identity.ok()) found.push_back(*identity);
  }
  GENERAL_NAMES_free(names);
  if (found.size() == 1) return found[0];
  return absl::InvalidArgumentError(absl::StrCat(
      "the certificate names ", found.empty() ? "no" : "more than one",
      " rollout://KIND/NAME: issue one with \"rolloutctl pki issue\""));
}

// That `certificates` lead from the first to one of `authorities`. Returns the
// earliest end of a certificate on the way.
absl::StatusOr<absl::Time> CheckChain(
    const TlsFiles& files, const std::vector<Certificate>& certificates,
    const std::vector<Certificate>& authorities, absl::Time now) {
  Store store(X509_STORE_new());
  for (const Certificate& authority : authorities) {
    X509_STORE_add_cert(store.get(), authority.get());
  }
  std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  for (size_t i = 1; i < certificates.size(); ++i) {
    sk_X509_push(others.get(), certificates[i].get());
  }
  StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificates[0].get(),
                      others.get());
  X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now));
  if (X509_verify_cert(context.get()) != 1) {
    int error = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    if (X509* at = X509_STORE_CTX_get_current_cert(context.get())) {
      RETURN_IF_ERROR(CheckDates(
          files.ca, at, "make a new authority: rolloutctl pki init", now));
    }
    return Wrong(files.certificate,
                 absl::StrCat("no authority in ", files.ca, " has signed it (",
                              X509_verify_cert_error_string(error),
                              "): use the ca.crt of the directory it was "
                              "issued from"));
  }
  absl::Time ends = absl::InfiniteFuture();
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    ends = std::min(ends, ToTime(X509_get0_notAfter(sk_X509_value(chain, i))));
  }
  return ends;
}

}  // namespace

absl::StatusOr<TlsFilesInfo> CheckTlsFiles(FileSystem& file_system,
                                           const TlsFiles& files,
                                           absl::Time now) {
  ASSIGN_OR_RETURN(std::vector<Certificate> authorities,
                   LoadCertificates(file_system, files.ca));
  ASSIGN_OR_RETURN(std::vector<Certificate> certificates,
                   LoadCertificates(file_system, files.certificate));
  ASSIGN_OR_RETURN(Key key, LoadKey(file_system, files.key));
  X509* leaf = certificates[0].get();
  RETURN_IF_ERROR(CheckKey(files.key, key.get(), files.certificate, leaf));
  absl::StatusOr<TlsIdentity> identity = IdentityOf(leaf);
  RETURN_IF_ERROR(WithContext(identity.status(), files.certificate));
  RETURN_IF_ERROR(
      CheckDates(files.certificate, leaf,
                 absl::StrCat("issue a new one: rolloutctl pki issue ",
                              identity->kind, " ", identity->name),
                 now));
  ASSIGN_OR_RETURN(absl::Time expires,
                   CheckChain(files, certificates, authorities, now));
  return TlsFilesInfo{*identity, expires};
}

}  // namespace rollout
