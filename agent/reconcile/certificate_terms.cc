// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/certificate_terms.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/probe/marked_socket.h"
#include "agent/reconcile/host_values.h"
#include "agent/reconcile/system_names.h"
#include "base/net_address.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

std::string Place(const v1::ServiceCertificate& certificate) {
  return absl::StrCat("spec.service.certificates \"", certificate.name(), "\"");
}

bool IsAddress(const std::string& name) {
  in_addr address;
  return inet_pton(AF_INET, name.c_str(), &address) == 1;
}

absl::StatusOr<certificate::CertificateTerms> TermsOf(
    const v1::ServiceCertificate& wanted, const HostValues& values) {
  certificate::CertificateTerms terms;
  terms.name = wanted.name();
  ASSIGN_OR_RETURN(terms.certificate, Expand(wanted.certificate(), values));
  ASSIGN_OR_RETURN(terms.key, Expand(wanted.key(), values));
  for (const std::string& name : wanted.names()) {
    ASSIGN_OR_RETURN(std::string expanded, Expand(name, values));
    terms.names.push_back(std::move(expanded));
  }
  return terms;
}

absl::StatusOr<NetAddress> AddressOf(const v1::ServiceTemplate& service,
                                     const std::string& endpoint,
                                     const HostValues& values) {
  for (const v1::Endpoint& each : service.endpoints()) {
    if (each.name() != endpoint) continue;
    ASSIGN_OR_RETURN(std::string text, Expand(each.address(), values));
    ASSIGN_OR_RETURN(NetAddress address, NetAddress::Parse(text));
    return *probe::ReachableAddress(address).ip();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no endpoint \"", endpoint, "\""));
}

absl::Status SetReload(const v1::ServiceTemplate& service,
                       const v1::ServiceCertificate& wanted,
                       const HostValues& values, certificate::Server* server) {
  if (!wanted.has_command()) {
    ASSIGN_OR_RETURN(server->signal, SignalNumber(wanted.signal()));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(server->command, RunAsUser(service));
  for (const std::string& word : wanted.command().command()) {
    ASSIGN_OR_RETURN(std::string expanded, Expand(word, values));
    server->command.push_back(std::move(expanded));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<certificate::CertificateTerms>>
BuildCertificateTerms(const v1::HostInfo& host,
                      const v1::ServiceTemplate& service,
                      const std::string& directory) {
  if (service.certificates().empty()) {
    return std::vector<certificate::CertificateTerms>();
  }
  certificate::Owner owner{geteuid(), getegid()};
  if (!service.user().empty()) {
    ASSIGN_OR_RETURN(UserIds ids, ResolveUser(service.user(), service.group()));
    owner = {ids.uid, ids.gid};
  }
  const HostValues values = ValuesOf(host);
  std::vector<certificate::CertificateTerms> all;
  for (const v1::ServiceCertificate& wanted : service.certificates()) {
    auto terms = TermsOf(wanted, values);
    RETURN_IF_ERROR(WithContext(terms.status(), Place(wanted)));
    terms->directory = absl::StrCat(directory, "/", wanted.name());
    terms->owner = owner;
    all.push_back(*std::move(terms));
  }
  return all;
}

absl::StatusOr<certificate::Server> BuildServer(
    const v1::HostInfo& host, const Start& start,
    const shim::v1::Generation& told, pid_t shim, const std::string& name) {
  const v1::ServiceTemplate& service = start.revision.service();
  for (const v1::ServiceCertificate& wanted : service.certificates()) {
    if (wanted.name() != name) continue;
    const HostValues values = ValuesOfStart(host, start);
    auto address = AddressOf(service, wanted.endpoint(), values);
    RETURN_IF_ERROR(WithContext(address.status(), Place(wanted)));
    certificate::Server server;
    server.generation = start.generation;
    server.pid = told.pid();
    server.parent = shim;
    server.address = address->ToString();
    server.mark = told.mark();
    for (const std::string& each : wanted.names()) {
      ASSIGN_OR_RETURN(std::string expanded, Expand(each, values));
      if (IsAddress(expanded)) continue;
      server.server_name = std::move(expanded);
      break;
    }
    RETURN_IF_ERROR(WithContext(SetReload(service, wanted, values, &server),
                                Place(wanted)));
    return server;
  }
  return absl::NotFoundError(
      absl::StrCat("its template has no certificate ", name));
}

}  // namespace rollout::agent
