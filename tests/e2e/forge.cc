// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/forge.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "httplib.h"

namespace rollout::e2e {
namespace {

// What is left over of `bytes` goes into a member nobody asks for.
std::string Body(size_t bytes) {
  const std::string ref = R"({"ref":"refs/heads/main","commits":")";
  const std::string end = R"("})";
  const size_t taken = ref.size() + end.size();
  return ref + std::string(bytes > taken ? bytes - taken : 0, 'x') + end;
}

std::string Signature(const std::string& secret, const std::string& body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest,
       &size);
  return absl::StrCat("sha256=",
                      absl::BytesToHexString(absl::string_view(
                          reinterpret_cast<const char*>(digest), size)));
}

int PostTo(httplib::Client& client, const std::string& secret,
           const std::string& body) {
  const httplib::Headers headers = {
      {"X-GitHub-Event", "push"},
      {"X-Hub-Signature-256", Signature(secret, body)}};
  auto answer = client.Post("/webhooks/git", headers, body, "application/json");
  return answer ? answer->status : 0;
}

}  // namespace

int Forge::TellOften(int count, size_t bytes) const {
  httplib::Client client("http://" + controller_);
  client.set_keep_alive(true);
  const std::string body = Body(bytes);
  int accepted = 0;
  for (int i = 0; i < count; ++i) {
    accepted += PostTo(client, secret_, body) == 202;
  }
  return accepted;
}

int Forge::Post(const std::string& secret) const {
  httplib::Client client("http://" + controller_);
  return PostTo(client, secret, Body(0));
}

}  // namespace rollout::e2e
