// SPDX-License-Identifier: Apache-2.0

#include "controller/configuration.h"

#include <limits>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/command_line.h"
#include "base/command_parser.h"
#include "base/status_macros.h"
#include "base/yaml_document.h"
#include "base/yaml_reader.h"
#include "controller/gitops/source_reader.h"

namespace rollout {
namespace {

// What flags and file say of addresses, before it is parsed.
struct Addresses {
  std::string listen;
  std::string http_listen;
};

void ReadAddress(const YamlValue& value, HostPort* address) {
  std::string text = value.String();
  if (text.empty()) return;
  auto parsed = ParseHostPort(text);
  if (parsed.ok()) {
    *address = *std::move(parsed);
  } else {
    value.Error(parsed.status().message());
  }
}

absl::Status ReadFile(FileSystem& files, const std::string& path,
                      ControllerConfiguration* configuration) {
  ASSIGN_OR_RETURN(std::string text, files.Read(path));
  ASSIGN_OR_RETURN(std::vector<YamlNode> documents, ParseYaml(path, text));
  if (documents.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ":", documents[1].line, ":1: a second document: keep one"));
  }
  if (documents.empty()) documents.emplace_back();
  YamlErrors errors(path);
  {
    YamlMap map(YamlValue(&documents[0], &errors));
    configuration->data_directory = map.Get("dataDir").String();
    ReadAddress(map.Get("listen"), &configuration->listen);
    ReadAddress(map.Get("httpListen"), &configuration->http_listen);
    configuration->security.insecure_loopback =
        map.Get("insecureLoopback").Bool(false);
    configuration->max_hosts_in_change =
        static_cast<int>(map.Get("maxHostsInChange")
                             .Integer(1, std::numeric_limits<int>::max(),
                                      configuration->max_hosts_in_change));
    configuration->fetcher = map.Get("fetcher").String();
    configuration->sources = gitops::ReadSources(map.Get("sources"));
    YamlMap tls(map.Get("tls"));
    configuration->security.tls.ca = tls.Get("ca").String();
    configuration->security.tls.certificate = tls.Get("certificate").String();
    configuration->security.tls.key = tls.Get("key").String();
  }
  return errors.status();
}

// Flags override the file; those not given leave it as it is.
void AddFlags(CommandParser& parser, ControllerConfiguration* configuration,
              Addresses* addresses) {
  parser.AddFlag("--data-dir", configuration->data_directory,
                 "where the controller keeps its state");
  parser.AddFlag("--listen", addresses->listen,
                 "HOST:PORT for operators and agents (0.0.0.0:7400)");
  parser.AddFlag("--http-listen", addresses->http_listen,
                 "HOST:PORT for metrics and health (127.0.0.1:7401)");
  parser.AddFlag("--ca", configuration->security.tls.ca,
                 "authorities that are believed (PEM)");
  parser.AddFlag("--certificate", configuration->security.tls.certificate,
                 "this controller's certificate (PEM)");
  parser.AddFlag("--key", configuration->security.tls.key,
                 "the certificate's key (PEM)");
  parser
      .AddFlag("--max-hosts-in-change", configuration->max_hosts_in_change,
               "so many hosts of all plans together, at most (any number)")
      .Positive();
  parser.AddFlag("--fetcher", configuration->fetcher,
                 "the rollout-fetch program (beside this one)");
  parser.AddSwitch("--insecure-loopback",
                   configuration->security.insecure_loopback,
                   "plaintext, on a loopback address only");
}

absl::Status ApplyFlag(const std::string& flag, const std::string& text,
                       HostPort* address) {
  if (text.empty()) return absl::OkStatus();
  auto parsed = ParseHostPort(text);
  if (!parsed.ok()) return WithContext(parsed.status(), flag);
  *address = *std::move(parsed);
  return absl::OkStatus();
}

absl::Status Check(const ControllerConfiguration& configuration) {
  if (configuration.data_directory.empty()) {
    return absl::InvalidArgumentError(
        "dataDir is not set: name the directory for the controller's state, "
        "say /var/lib/rollout-controller");
  }
  if (!absl::StartsWith(configuration.data_directory, "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat("dataDir \"", configuration.data_directory,
                     "\" is not an absolute path"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ControllerCommandLine> ReadControllerCommandLine(
    FileSystem& files, int argc, const char* const* argv) {
  ControllerCommandLine line;
  ControllerConfiguration& configuration = line.configuration;
  // Twice: the file named by the first reading stands below the flags.
  for (bool with_file : {false, true}) {
    CommandParser parser(argv[0],
                         "Holds the plans and brings the fleet to them.");
    std::string file;
    Addresses addresses;
    parser.AddFlag("--config", file, "YAML file; flags override it");
    AddFlags(parser, &configuration, &addresses);
    ASSIGN_OR_RETURN(
        line.text, ParseCommandLine(parser, "rollout-controller", argc, argv));
    if (!line.text.empty()) return line;
    if (!with_file && !file.empty()) {
      RETURN_IF_ERROR(ReadFile(files, file, &configuration));
    }
    RETURN_IF_ERROR(
        ApplyFlag("--listen", addresses.listen, &configuration.listen));
    RETURN_IF_ERROR(ApplyFlag("--http-listen", addresses.http_listen,
                              &configuration.http_listen));
  }
  RETURN_IF_ERROR(Check(configuration));
  return line;
}

}  // namespace rollout
