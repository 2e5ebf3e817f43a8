// SPDX-License-Identifier: Apache-2.0

#include "base/grpc_credentials.h"

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file_system.h"
#include "base/host_port.h"
#include "base/status_macros.h"
#include "base/tls_files.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace rollout {
namespace {

namespace tls = ::grpc::experimental;

absl::string_view View(grpc::string_ref text) {
  return absl::string_view(text.data(), text.size());
}

// A host's certificate must not pass for a controller's, whatever addresses
// somebody wrote into it.
class ControllerVerifier : public tls::ExternalCertificateVerifier {
 public:
  bool Verify(tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback,
              grpc::Status* sync_status) override {
    for (grpc::string_ref uri : request->uri_names()) {
      auto identity = ParseTlsIdentity(View(uri));
      if (identity.ok() && identity->kind == "controller") {
        return host_name_.Verify(request, std::move(callback), sync_status);
      }
    }
    *sync_status = grpc::Status(
        grpc::StatusCode::UNAUTHENTICATED,
        absl::StrCat("the certificate of ", View(request->target_name()),
                     " is not a controller's"));
    return true;
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest* request) override {
    host_name_.Cancel(request);
  }

 private:
  tls::HostNameCertificateVerifier host_name_;
};

// Whether to use plaintext.
absl::StatusOr<bool> IsPlaintext(const TransportSecurity& security,
                                 absl::string_view address) {
  const TlsFiles& files = security.tls;
  bool any =
      !files.ca.empty() || !files.certificate.empty() || !files.key.empty();
  bool all =
      !files.ca.empty() && !files.certificate.empty() && !files.key.empty();
  if (any && security.insecure_loopback) {
    return absl::InvalidArgumentError(
        "TLS files and plaintext on loopback are both configured: take one "
        "away");
  }
  if (all) return false;
  if (any) {
    return absl::InvalidArgumentError(
        absl::StrCat("TLS needs three files, ca, certificate and key: ",
                     files.ca.empty()    ? "ca"
                     : files.key.empty() ? "key"
                                         : "certificate",
                     " is missing"));
  }
  if (!security.insecure_loopback) {
    return absl::InvalidArgumentError(
        "no TLS files are configured: name ca, certificate and key (made by "
        "\"rolloutctl pki\"), or allow plaintext on loopback");
  }
  ASSIGN_OR_RETURN(HostPort where, ParseHostPort(address));
  if (!IsLoopback(where.host)) {
    return absl::InvalidArgumentError(
        absl::StrCat("plaintext is allowed on loopback only, and ", address,
                     " is not: use 127.0.0.1 or configure TLS files"));
  }
  return true;
}

void UseFiles(const TlsFiles& files, tls::TlsCredentialsOptions& options) {
  constexpr unsigned kRefreshSeconds = 1;
  options.set_certificate_provider(
      std::make_shared<tls::FileWatcherCertificateProvider>(
          files.key, files.certificate, files.ca, kRefreshSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
}

absl::Status CheckFiles(const TlsFiles& files, absl::string_view kind) {
  PosixFileSystem file_system;
  ASSIGN_OR_RETURN(TlsFilesInfo info,
                   CheckTlsFiles(file_system, files, absl::Now()));
  if (!kind.empty() && info.identity.kind != kind) {
    return absl::InvalidArgumentError(
        absl::StrCat(files.certificate, ": this is the certificate of ",
                     ToString(info.identity), "; a ", kind, "'s is needed"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TransportSecurity& security, absl::string_view address) {
  ASSIGN_OR_RETURN(bool plaintext, IsPlaintext(security, address));
  if (plaintext) return grpc::InsecureServerCredentials();
  RETURN_IF_ERROR(CheckFiles(security.tls, "controller"));
  tls::TlsServerCredentialsOptions options(nullptr);
  UseFiles(security.tls, options);
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>>
MakeChannelCredentials(const TransportSecurity& security,
                       absl::string_view address) {
  ASSIGN_OR_RETURN(bool plaintext, IsPlaintext(security, address));
  if (plaintext) return grpc::InsecureChannelCredentials();
  RETURN_IF_ERROR(CheckFiles(security.tls, ""));
  tls::TlsChannelCredentialsOptions options;
  UseFiles(security.tls, options);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<ControllerVerifier>());
  return tls::TlsCredentials(options);
}

absl::StatusOr<GrpcPeer> PeerOf(const grpc::ServerContextBase& context) {
  std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return GrpcPeer{};
  GrpcPeer peer;
  for (grpc::string_ref uri :
       auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
    auto identity = ParseTlsIdentity(View(uri));
    if (!identity.ok()) continue;
    if (peer.authenticated) {
      return absl::UnauthenticatedError(absl::StrCat(
          "the certificate names several: ", ToString(peer.identity), " and ",
          ToString(*identity)));
    }
    peer = GrpcPeer{true, *identity};
  }
  if (!peer.authenticated) {
    return absl::UnauthenticatedError(
        "the certificate names no rollout://KIND/NAME: issue one with "
        "\"rolloutctl pki issue\"");
  }
  return peer;
}

}  // namespace rollout
