// SPDX-License-Identifier: Apache-2.0
//
// Any headers and any body as a webhook: who does not know a secret gets
// nothing, who does is answered whatever else he sends, and a push to a branch
// is for those who follow it.

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/http_request.h"
#include "controller/gitops/webhook.h"
#include "tests/fuzz/target.h"

namespace rollout::fuzz {
namespace {

using gitops::AnswerWebhook;
using gitops::WebhookAnswer;
using gitops::WebhookSource;

constexpr char kSecret[] = "s3cret";
// Nobody can guess it.
constexpr char kOtherSecret[] = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

const std::vector<WebhookSource>& Sources() {
  static const auto* const sources =
      new std::vector<WebhookSource>{{"web", "main", kSecret},
                                     {"next", "topic", kSecret},
                                     {"quiet", "main", ""},
                                     {"other", "main", kOtherSecret}};
  return *sources;
}

// "NAME: VALUE" lines, an empty one, the body.
HttpRequest Read(absl::string_view text) {
  HttpRequest request;
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits("\n\n", 1));
  for (absl::string_view line : absl::StrSplit(parts.first, '\n')) {
    std::pair<absl::string_view, std::string> header =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    request.AddHeader(header.first, std::move(header.second));
  }
  request.body = std::string(parts.second);
  return request;
}

std::string Signature(absl::string_view body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), kSecret, sizeof kSecret - 1,
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest,
       &length);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), length));
}

// Told by other means than the product's: does he show the secret?
bool Knows(const HttpRequest& request) {
  const std::string signature = Signature(request.body);
  return request.Header("X-Gitlab-Token") == kSecret ||
         request.Header("X-Hub-Signature-256") ==
             absl::StrCat("sha256=", signature) ||
         absl::EqualsIgnoreCase(request.Header("X-Gitea-Signature"),
                                signature) ||
         absl::EqualsIgnoreCase(request.Header("X-Forgejo-Signature"),
                                signature);
}

void CheckRequest(const HttpRequest& request) {
  const WebhookAnswer answer = AnswerWebhook(request, Sources());
  CHECK(answer.status == 200 || answer.status == 202 || answer.status == 401);
  CHECK((answer.status != 401) == Knows(request));
  CHECK((answer.status == 202) == !answer.sources.empty());
  for (const std::string& name : answer.sources) {
    CHECK(name == "web" || name == "next");
  }
  // Both: the body does not tell. One: it does, and has the branch's name in
  // it, unless that is escaped.
  if (answer.sources.size() == 1 &&
      !absl::StrContains(request.body, absl::string_view("\\"))) {
    const char* branch = answer.sources[0] == "web" ? "main" : "topic";
    CHECK(absl::StrContains(request.body, branch));
  }
}

}  // namespace

const Target& GetTarget() {
  static const auto* const target = [] {
    const std::string push =
        R"({"ref":"refs/heads/main","commits":[{"id":"1","added":[]}]})";
    const std::string topic = R"({"before":null,"ref":"refs/heads/topic"})";
    const std::string deep(1'000, '[');
    return new Target{
        {{"GitHub's form",
          absl::StrCat("X-GitHub-Event: push\nX-Hub-Signature-256: sha256=",
                       Signature(push), "\n\n", push)},
         {"Gitea's form", absl::StrCat("X-Gitea-Event: push\n"
                                       "X-Gitea-Signature: ",
                                       Signature(topic), "\n\n", topic)},
         {"GitLab's form",
          absl::StrCat("X-Gitlab-Event: Push Hook\nX-Gitlab-Token: ", kSecret,
                       "\n\n", push)},
         {"a ping", "X-GitHub-Event: ping\n\n{\"zen\":\"x\"}"},
         {"deep", absl::StrCat("X-Gitlab-Token: ", kSecret, "\n\n", deep)}},
        {"{",
         "}",
         "[",
         "]",
         "\"",
         ":",
         ",",
         "\"ref\":",
         "null",
         "1e9999",
         "\\",
         "\\u0000",
         "\\ud800",
         "refs/heads/",
         "refs/tags/",
         "main",
         "topic",
         "\n\n",
         "\n",
         ": ",
         "sha256=",
         "sha1=",
         kSecret,
         "X-Gitlab-Token: ",
         "X-Hub-Signature-256: ",
         "X-Gitea-Signature: ",
         "\xff",
         std::string(1, '\0'),
         std::string(100, '{')},
        20'000};
  }();
  return *target;
}

}  // namespace rollout::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  rollout::HttpRequest request = rollout::fuzz::Read(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  rollout::fuzz::CheckRequest(request);
  // The same body of one who is known, for what only he gets to.
  rollout::HttpRequest known;
  known.AddHeader("X-Gitlab-Token", rollout::fuzz::kSecret);
  known.body = std::move(request.body);
  rollout::fuzz::CheckRequest(known);
  return 0;
}
