// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_reader.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "controller/manifest/names.h"

namespace rollout::gitops {
namespace {

constexpr size_t kMaxSources = 100;
constexpr absl::Duration kLeastInterval = absl::Seconds(1);

enum class Transport { kNone, kFile, kHttp, kSsh };

Transport TransportOf(absl::string_view url) {
  if (absl::StartsWith(url, "file:///")) return Transport::kFile;
  if (absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://")) {
    return Transport::kHttp;
  }
  if (absl::StartsWith(url, "ssh://")) return Transport::kSsh;
  // git@host:team/plans.git, as scp writes it.
  const size_t at = url.find('@');
  const size_t colon = url.find(':');
  const bool is_scp = at != absl::string_view::npos &&
                      colon != absl::string_view::npos && at < colon &&
                      !absl::StrContains(url, "://");
  return is_scp ? Transport::kSsh : Transport::kNone;
}

// Whoever may look at the status sees the URL.
bool HoldsPassword(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == absl::string_view::npos) return false;
  absl::string_view authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find('/'));
  const size_t at = authority.rfind('@');
  return at != absl::string_view::npos &&
         absl::StrContains(authority.substr(0, at), ':');
}

std::string ReadUrl(const YamlValue& value) {
  std::string url = value.String();
  if (url.empty()) return url;
  if (TransportOf(url) == Transport::kNone) {
    value.Error(absl::StrCat("\"", url,
                             "\" is none of https://HOST/PATH, ssh://USER@HOST/"
                             "PATH, USER@HOST:PATH, file:///PATH"));
  } else if (HoldsPassword(url)) {
    value.Error(
        "holds a password, which the status would show: put it in a file, and "
        "name that as credentials.passwordFile");
  }
  return url;
}

std::string ReadBranch(const YamlValue& value) {
  std::string branch = value.String("main");
  // See git-check-ref-format(1); what else that refuses is not found.
  const bool is_bad =
      branch.empty() || absl::StartsWith(branch, "-") ||
      absl::StartsWith(branch, "/") || absl::StartsWith(branch, "refs/") ||
      absl::StrContains(branch, "..") ||
      branch.find_first_of(" ~^:?*[\\\n\t") != std::string::npos;
  if (is_bad) value.Error("is no branch: write its short name, say main");
  return branch;
}

// "prod/web": from the top of the repository, without "/" at either end.
std::string ReadFolder(const YamlValue& value) {
  std::string folder = value.String();
  while (absl::EndsWith(folder, "/")) folder.pop_back();
  for (absl::string_view part : absl::StrSplit(folder, '/')) {
    const bool is_bad =
        part == "." || part == ".." || (part.empty() && !folder.empty());
    if (!is_bad) continue;
    value.Error(absl::StrCat("\"", folder,
                             "\" is no folder below the repository's top: "
                             "write it like plans/prod"));
    break;
  }
  return folder;
}

std::string ReadFile(const YamlValue& value) {
  std::string path = value.String();
  if (value.present() && !absl::StartsWith(path, "/")) {
    value.Error("is not an absolute path");
  }
  return path;
}

Credentials ReadCredentials(const YamlValue& value, absl::string_view url) {
  Credentials credentials;
  YamlMap map(value);
  const Transport transport = TransportOf(url);
  auto read = [&map, transport](absl::string_view key, Transport needed,
                                absl::string_view urls) {
    const YamlValue file = map.Get(key);
    std::string path = ReadFile(file);
    if (file.present() && transport != needed) {
      file.Error(absl::StrCat("is for ", urls, " alone"));
    }
    return path;
  };
  const YamlValue user = map.Get("user");
  credentials.set_user(user.String());
  if (user.present() && transport != Transport::kHttp) {
    user.Error("is for http:// and https:// alone: of ssh it is in the URL");
  }
  const char* http = "http:// and https://";
  credentials.set_password_file(read("passwordFile", Transport::kHttp, http));
  credentials.set_ca_file(read("caFile", Transport::kHttp, http));
  credentials.set_key_file(read("keyFile", Transport::kSsh, "ssh"));
  credentials.set_known_hosts_file(
      read("knownHostsFile", Transport::kSsh, "ssh"));
  if (transport == Transport::kSsh &&
      (credentials.key_file().empty() ||
       credentials.known_hosts_file().empty())) {
    map.value().Error(
        "ssh needs keyFile, a private key without a passphrase, and "
        "knownHostsFile, which ssh-keyscan makes");
  }
  return credentials;
}

void ReadVerify(const YamlValue& value, FetchRequest* fetch) {
  if (!value.present()) return;
  YamlMap map(value);
  map.Require("mode").OneOf<int>({{"head", 1}}, 1);
  const YamlValue keys = map.Require("keys");
  for (const YamlValue& key : keys.List()) {
    fetch->mutable_verify()->add_key_files(ReadFile(key));
  }
  if (keys.present() && fetch->verify().key_files().empty()) {
    keys.Error("name the files of the public keys that may sign");
  }
}

std::string ReadRepository(const YamlValue& value) {
  std::string repository = value.String();
  const std::vector<absl::string_view> parts = absl::StrSplit(repository, '/');
  const bool is_two = parts.size() == 2 && !parts[0].empty() &&
                      !parts[1].empty() &&
                      repository.find_first_of(" ?#%") == std::string::npos;
  if (value.present() && !is_two) {
    value.Error(absl::StrCat("\"", repository, "\" is not OWNER/NAME"));
  }
  return repository;
}

// With a note there may be no forge.
void ReadReport(const YamlValue& value, SourceSettings* source) {
  Forge& forge = source->forge;
  YamlMap map(value);
  source->notes = map.Get("note").Bool(false);
  forge.link = map.Get("link").String();
  bool has_forge = !source->notes;
  for (const char* key : {"api", "repository", "tokenFile", "caFile"}) {
    has_forge = map.Get(key).present() || has_forge;
  }
  if (!has_forge) return;
  const YamlValue api = map.Require("api");
  forge.api = std::string(absl::StripSuffix(api.String(), "/"));
  if (api.present() && TransportOf(forge.api) != Transport::kHttp) {
    api.Error("is no https:// or http:// URL, say https://api.github.com");
  }
  forge.repository = ReadRepository(map.Require("repository"));
  forge.token_file = ReadFile(map.Require("tokenFile"));
  forge.ca_file = ReadFile(map.Get("caFile"));
}

// Nullopt: it is left to the repository.
std::optional<bool> ReadChoice(const YamlValue& value) {
  if (!value.present()) return std::nullopt;
  return value.Bool(false);
}

SourceSettings ReadSource(const YamlValue& value) {
  SourceSettings source;
  YamlMap map(value);
  source.name = manifest::ReadName(map.Require("name"));
  FetchRequest& fetch = source.fetch;
  fetch.set_url(ReadUrl(map.Require("url")));
  fetch.set_branch(ReadBranch(map.Get("branch")));
  fetch.set_path(ReadFolder(map.Get("path")));
  const YamlValue interval = map.Get("interval");
  source.interval = interval.Duration(source.interval);
  if (source.interval < kLeastInterval) {
    interval.Error("is shorter than 1s");
  }
  *fetch.mutable_credentials() =
      ReadCredentials(map.Get("credentials"), fetch.url());
  ReadVerify(map.Get("verify"), &fetch);
  YamlMap webhook(map.Get("webhook"));
  source.webhook_secret_file = ReadFile(webhook.Require("secretFile"));
  ReadReport(map.Get("report"), &source);
  source.policy.self_heal = ReadChoice(map.Get("selfHeal"));
  source.policy.prune = ReadChoice(map.Get("prune"));
  source.policy.allow_empty = ReadChoice(map.Get("allowEmpty"));
  return source;
}

}  // namespace

std::vector<SourceSettings> ReadSources(const YamlValue& value) {
  std::vector<SourceSettings> sources;
  std::set<std::string> names;
  for (const YamlValue& item : value.List()) {
    sources.push_back(ReadSource(item));
    if (!names.insert(sources.back().name).second) {
      item.Error(absl::StrCat("a second source named \"", sources.back().name,
                              "\": give it another name"));
    }
  }
  if (sources.size() > kMaxSources) {
    value.Error(absl::StrCat("more than ", kMaxSources,
                             " sources: put plans of several teams in folders "
                             "of one repository"));
  }
  return sources;
}

}  // namespace rollout::gitops
