// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/artifact_reader.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace rollout::manifest {
namespace {

constexpr char kVersionValue[] = "${version}";
constexpr size_t kMaxVersionBytes = 128;

// What stands for ${version} in URLs; empty: nothing does.
std::string ReadVersion(const YamlValue& value) {
  std::string version = value.String();
  const bool is_plain = std::all_of(version.begin(), version.end(), [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("._+-~", c);
  });
  if (value.present() &&
      (version.empty() || !is_plain || version.size() > kMaxVersionBytes)) {
    value.Error(absl::StrCat("\"", version, "\" is no version: use at most ",
                             kMaxVersionBytes, " of a-z, A-Z, 0-9 and ._+-~"));
  }
  return version;
}

// What is wrong with it; empty: nothing.
std::string UrlError(absl::string_view url) {
  const bool printable =
      std::all_of(url.begin(), url.end(),
                  [](unsigned char c) { return c > ' ' && c != 0x7F; });
  if (!printable) return "a URL holds no spaces: write %20";
  if (absl::StrContains(url, "${")) {
    return "host values are not replaced in a URL: one sha256 is for all";
  }
  absl::string_view rest = url;
  if (absl::ConsumePrefix(&rest, "file://")) {
    return absl::StartsWith(rest, "/") && rest.size() > 1
               ? ""
               : "a file URL holds an absolute path: file:///PATH";
  }
  if (absl::ConsumePrefix(&rest, "http://") ||
      absl::ConsumePrefix(&rest, "https://")) {
    return rest.empty() || rest[0] == '/'
               ? "the host is missing: http://HOST/PATH"
               : "";
  }
  return absl::StrCat("\"", url,
                      "\" is no URL of a kind that can be fetched: use "
                      "file:///PATH, http:// or https://");
}

// With the version in its place.
std::string ReadUrl(const YamlValue& value, const std::string& version) {
  std::string url = value.String();
  if (!value.present()) return url;
  if (!version.empty()) {
    url = absl::StrReplaceAll(url, {{kVersionValue, version}});
  } else if (absl::StrContains(url, kVersionValue)) {
    value.Error("holds ${version}: name it beside the URL, version: \"1.2.3\"");
    return url;
  }
  if (std::string error = UrlError(url); !error.empty()) value.Error(error);
  return url;
}

// What is wrong with it; empty: nothing.
std::string Sha256Error(absl::string_view digits) {
  const bool hexadecimal =
      std::all_of(digits.begin(), digits.end(),
                  [](char c) { return absl::ascii_isxdigit(c); });
  if (digits.size() == 64 && hexadecimal) return "";
  return absl::StrCat(
      "expected 64 hexadecimal digits, found ",
      hexadecimal ? absl::StrCat(digits.size()) : "other characters",
      ": print them with sha256sum FILE");
}

std::string ReadSha256(const YamlValue& value) {
  std::string digits = absl::AsciiStrToLower(value.String());
  std::string error = value.present() ? Sha256Error(digits) : "";
  if (!error.empty()) value.Error(error);
  return digits;
}

v1::Artifact::Format FormatOf(absl::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  for (absl::string_view ending :
       {".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"}) {
    if (absl::EndsWith(url, ending)) return v1::Artifact::TAR;
  }
  return v1::Artifact::EXECUTABLE;
}

}  // namespace

v1::Artifact ReadArtifact(const YamlValue& value) {
  v1::Artifact artifact;
  YamlMap map(value);
  const std::string version = ReadVersion(map.Get("version"));
  artifact.set_url(ReadUrl(map.Require("url"), version));
  const YamlValue from = map.Get("sha256From");
  if (from.present()) {
    artifact.set_sha256_from(ReadUrl(from, version));
    if (map.Get("sha256").present()) {
      from.Error("stands beside sha256, which says it already: keep one");
    }
  } else {
    artifact.set_sha256(ReadSha256(map.Require("sha256")));
  }
  artifact.set_format(map.Get("format").OneOf<v1::Artifact::Format>(
      {{"executable", v1::Artifact::EXECUTABLE}, {"tar", v1::Artifact::TAR}},
      FormatOf(artifact.url())));
  return artifact;
}

absl::StatusOr<v1::Artifact> MakeArtifact(const std::string& url,
                                          const std::string& sha256) {
  if (std::string error = UrlError(url); !error.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("url: ", error));
  }
  v1::Artifact artifact;
  artifact.set_url(url);
  artifact.set_sha256(absl::AsciiStrToLower(sha256));
  if (std::string error = Sha256Error(artifact.sha256()); !error.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("sha256: ", error));
  }
  artifact.set_format(FormatOf(url));
  return artifact;
}

}  // namespace rollout::manifest
