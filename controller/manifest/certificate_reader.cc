// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/certificate_reader.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/placeholders.h"
#include "controller/manifest/host_values.h"
#include "controller/manifest/names.h"

namespace rollout::manifest {
namespace {

constexpr int kMaxCertificates = 16;

std::string ReadPath(const YamlValue& value) {
  std::string path = value.String();
  CheckHostValues(value, path, HostValueScope::kHost);
  if (value.present() && !absl::StartsWith(path, "/")) {
    value.Error(
        absl::StrCat("\"", path, "\" must be an absolute path on the hosts"));
  }
  return path;
}

void ReadNames(const YamlValue& value, v1::ServiceCertificate* certificate) {
  for (const YamlValue& item : value.List()) {
    std::string name = item.String();
    CheckHostValues(item, name, HostValueScope::kHost);
    if (name.empty() || name.find_first_of("/: *") != std::string::npos) {
      item.Error(absl::StrCat("\"", name,
                              "\" is no host name or IPv4 address: write what "
                              "clients ask for, without a port"));
    }
    certificate->add_names(name);
  }
  if (value.present() && certificate->names().empty()) {
    value.Error("is empty: write the names that clients ask for");
  }
}

void ReadReload(const YamlValue& value, v1::ServiceCertificate* certificate) {
  YamlMap map(value);
  YamlValue signal = map.Get("signal");
  YamlValue command = map.Get("command");
  if (value.present() && signal.present() == command.present()) {
    value.Error("must be either {signal: HUP} or {command: [PROGRAM, ...]}");
  }
  if (signal.present()) {
    certificate->set_signal(signal.OneOf<std::string>(
        {{"HUP", "HUP"}, {"USR1", "USR1"}, {"USR2", "USR2"}}, "HUP"));
  }
  if (!command.present()) return;
  for (const YamlValue& item : command.List()) {
    std::string word = item.String();
    CheckHostValues(item, word, HostValueScope::kGeneration);
    v1::ReloadCommand* reload = certificate->mutable_command();
    if (reload->command().empty() && !absl::StartsWith(word, "/") &&
        !absl::StartsWith(word, "${artifact}")) {
      item.Error(absl::StrCat("the program \"", word,
                              "\" must be an absolute path or begin with "
                              "${artifact}"));
    }
    reload->add_command(word);
  }
  if (!certificate->has_command()) command.Error("is empty: name the program");
}

std::string ReadEndpoint(const YamlValue& value,
                         const v1::ServiceTemplate& service) {
  std::vector<std::string> known;
  for (const v1::Endpoint& endpoint : service.endpoints()) {
    // A handshake shows which certificate is in use.
    if (absl::StartsWith(endpoint.address(), "udp:") ||
        absl::StartsWith(endpoint.address(), "unix:")) {
      continue;
    }
    known.push_back(endpoint.name());
  }
  if (service.endpoints().empty()) return "";
  if (known.empty()) {
    value.Error("none of the endpoints is TCP, which a TLS handshake needs");
    return "";
  }
  std::string name = value.String(known.front());
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    value.Error(absl::StrCat("there is no TCP endpoint \"", name,
                             "\" (there are: ", absl::StrJoin(known, ", "),
                             ")"));
  }
  return name;
}

// The certificates that a text names in ${certificates.NAME...}.
void AddReferences(const std::string& text, std::set<std::string>* names) {
  // A text that can't be read so has been reported.
  for (const std::string& value :
       FindPlaceholders(text).value_or(std::vector<std::string>())) {
    absl::string_view name = value;
    if (!absl::ConsumePrefix(&name, "certificates.")) continue;
    names->emplace(name.substr(0, name.rfind('.')));
  }
}

void CheckReferences(const YamlValue& value,
                     const v1::ServiceTemplate& service) {
  std::set<std::string> asked, known;
  for (const std::string& word : service.command()) AddReferences(word, &asked);
  for (const auto& [name, text] : service.environment()) {
    AddReferences(text, &asked);
  }
  AddReferences(service.directory(), &asked);
  for (const v1::ServiceCertificate& certificate : service.certificates()) {
    known.insert(certificate.name());
    for (const std::string& word : certificate.command().command()) {
      AddReferences(word, &asked);
    }
  }
  for (const std::string& name : asked) {
    if (known.count(name) > 0) continue;
    value.Error(absl::StrCat(
        "there is no certificate \"", name, "\", which ${certificates.", name,
        "...} asks for (there are: ",
        known.empty() ? "none" : absl::StrJoin(known, ", "), ")"));
  }
}

}  // namespace

void ReadCertificates(const YamlValue& value, v1::ServiceTemplate* service) {
  std::set<std::string> names;
  for (const YamlValue& item : value.List()) {
    YamlMap map(item);
    v1::ServiceCertificate* certificate = service->add_certificates();
    YamlValue name = map.Require("name");
    certificate->set_name(ReadName(name));
    if (!names.insert(certificate->name()).second) {
      name.Error(absl::StrCat("\"", certificate->name(),
                              "\" is the name of another one, too"));
    }
    certificate->set_certificate(ReadPath(map.Require("certificate")));
    certificate->set_key(ReadPath(map.Require("key")));
    ReadNames(map.Require("names"), certificate);
    ReadReload(map.Require("reload"), certificate);
    certificate->set_endpoint(ReadEndpoint(map.Get("endpoint"), *service));
  }
  if (names.size() > kMaxCertificates) {
    value.Error(absl::StrCat("at most ", kMaxCertificates, " certificates"));
  }
  CheckReferences(value, *service);
}

}  // namespace rollout::manifest
