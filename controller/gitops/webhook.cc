// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/webhook.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/sha256.h"
#include "nlohmann/json.hpp"

namespace rollout::gitops {
namespace {

constexpr size_t kHexDigits = 64;

// 64 hexadecimal digits, lower case.
std::string HmacSha256(absl::string_view secret, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             digest, &length) != nullptr);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), length));
}

// In a time that does not tell where they differ.
bool SameDigest(absl::string_view one, absl::string_view other) {
  return one.size() == kHexDigits && other.size() == kHexDigits &&
         CRYPTO_memcmp(one.data(), other.data(), kHexDigits) == 0;
}

// What a request shows of the secret; empty where it does not.
struct Proof {
  // HMAC-SHA256 of the body, 64 hexadecimal digits: GitHub's form, Gitea's.
  std::vector<std::string> signatures;
  // The secret itself: GitLab's form.
  std::string token;
};

Proof ProofOf(const HttpRequest& request) {
  Proof proof;
  proof.token = std::string(request.Header("X-Gitlab-Token"));
  absl::string_view github = request.Header("X-Hub-Signature-256");
  if (!absl::ConsumePrefix(&github, "sha256=")) github = "";
  for (absl::string_view signature :
       {github, request.Header("X-Gitea-Signature"),
        request.Header("X-Forgejo-Signature")}) {
    if (signature.size() != kHexDigits) continue;
    proof.signatures.push_back(absl::AsciiStrToLower(signature));
  }
  return proof;
}

bool Proves(const Proof& proof, const std::string& secret,
            absl::string_view body) {
  if (secret.empty()) return false;
  // Digests are of one length, whatever the secret's.
  if (!proof.token.empty() &&
      SameDigest(Sha256Of(proof.token), Sha256Of(secret))) {
    return true;
  }
  if (proof.signatures.empty()) return false;
  const std::string expected = HmacSha256(secret, body);
  return std::any_of(proof.signatures.begin(), proof.signatures.end(),
                     [&](const std::string& signature) {
                       return SameDigest(signature, expected);
                     });
}

// Empty: none is told.
absl::string_view Event(const HttpRequest& request) {
  // Gitea and Forgejo send GitHub's header, too.
  for (absl::string_view header : {"X-GitHub-Event", "X-Gitea-Event",
                                   "X-Forgejo-Event", "X-Gitlab-Event"}) {
    absl::string_view event = request.Header(header);
    if (!event.empty()) return event;
  }
  return "";
}

// "refs/heads/main"; nothing where the body does not tell, or can't be read.
std::optional<std::string> PushedRef(const std::string& body) {
  using nlohmann::json;
  // What is nested is read and forgotten, however deep: nothing here recurses.
  auto keep = [](int depth, json::parse_event_t event, json&) {
    return depth == 0 || event == json::parse_event_t::key ||
           event == json::parse_event_t::value;
  };
  const json push = json::parse(body, keep, /*allow_exceptions=*/false);
  if (!push.is_object()) return std::nullopt;
  auto ref = push.find("ref");
  if (ref == push.end() || !ref->is_string()) return std::nullopt;
  return ref->get<std::string>();
}

std::string BranchesText(const std::vector<const WebhookSource*>& sources) {
  return absl::StrJoin(
      sources, ", ", [](std::string* out, const WebhookSource* source) {
        absl::StrAppend(out, source->name, " follows ", source->branch);
      });
}

}  // namespace

WebhookAnswer AnswerWebhook(const HttpRequest& request,
                            const std::vector<WebhookSource>& sources) {
  const Proof proof = ProofOf(request);
  std::vector<const WebhookSource*> proven;
  for (const WebhookSource& source : sources) {
    if (Proves(proof, source.secret, request.body)) proven.push_back(&source);
  }
  if (proven.empty()) {
    return {401,
            "no source has the secret this was signed with: compare the "
            "webhook's secret with the source's\n",
            {}};
  }
  const absl::string_view event = Event(request);
  if (!event.empty() && event != "push" && event != "Push Hook") {
    return {200, "genuine; not a push: nothing to do\n", {}};
  }
  const std::optional<std::string> ref = PushedRef(request.body);
  WebhookAnswer answer{202, "", {}};
  for (const WebhookSource* source : proven) {
    // A needless fetch does less harm than a missing one.
    if (!ref || *ref == absl::StrCat("refs/heads/", source->branch)) {
      answer.sources.push_back(source->name);
    }
  }
  if (answer.sources.empty()) {
    return {200,
            absl::StrCat("a push to another branch: nothing to do (",
                         BranchesText(proven), ")\n"),
            {}};
  }
  answer.text = absl::StrCat(
      "to be fetched: ", absl::StrJoin(answer.sources, ", "), "\n");
  return answer;
}

}  // namespace rollout::gitops
