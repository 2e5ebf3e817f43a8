// SPDX-License-Identifier: Apache-2.0

#include "controller/manifest/artifact_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace rollout::manifest {
namespace {

void CheckUrl(const YamlValue& value, absl::string_view url) {
  bool printable = std::all_of(url.begin(), url.end(), [](unsigned char c) {
    return c > ' ' && c != 0x7F;
  });
  absl::string_view rest = url;
  if (!printable) {
    value.Error("a URL holds no spaces: write %20");
  } else if (absl::StrContains(url, "${")) {
    value.Error("host values are not replaced in a URL: one sha256 is for all");
  } else if (absl::ConsumePrefix(&rest, "file://")) {
    if (!absl::StartsWith(rest, "/") || rest.size() < 2) {
      value.Error("a file URL holds an absolute path: file:///PATH");
    }
  } else if (absl::ConsumePrefix(&rest, "http://") ||
             absl::ConsumePrefix(&rest, "https://")) {
    if (rest.empty() || rest[0] == '/') {
      value.Error("the host is missing: http://HOST/PATH");
    }
  } else {
    value.Error(absl::StrCat("\"", url,
                             "\" is no URL of a kind that can be fetched: use "
                             "file:///PATH, http:// or https://"));
  }
}

std::string ReadSha256(const YamlValue& value) {
  std::string digits = absl::AsciiStrToLower(value.String());
  bool hexadecimal = std::all_of(digits.begin(), digits.end(), [](char c) {
    return absl::ascii_isxdigit(c);
  });
  if (value.present() && (digits.size() != 64 || !hexadecimal)) {
    value.Error(absl::StrCat(
        "expected 64 hexadecimal digits, found ",
        hexadecimal ? absl::StrCat(digits.size()) : "other characters",
        ": print them with sha256sum FILE"));
  }
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
  YamlValue url = map.Require("url");
  artifact.set_url(url.String());
  if (url.present()) CheckUrl(url, artifact.url());
  artifact.set_sha256(ReadSha256(map.Require("sha256")));
  artifact.set_format(map.Get("format").OneOf<v1::Artifact::Format>(
      {{"executable", v1::Artifact::EXECUTABLE}, {"tar", v1::Artifact::TAR}},
      FormatOf(artifact.url())));
  return artifact;
}

}  // namespace rollout::manifest
