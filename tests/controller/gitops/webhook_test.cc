// SPDX-License-Identifier: Apache-2.0
//
// The first signature here is the example in GitHub's documentation; the others
// were made with Python's hmac module.

#include "controller/gitops/webhook.h"

#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr char kSecret[] = "It's a Secret to Everybody";
constexpr char kHello[] = "Hello, World!";
constexpr char kHelloSigned[] =
    "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

constexpr char kMain[] = R"({"ref":"refs/heads/main","commits":[{"id":"1"}]})";
constexpr char kMainSigned[] =
    "93214a28bd3cb57159af785c1c9cd2e572eafd301b5424555e63ccb2e09bc6aa";
// As the secret "other".
constexpr char kMainSignedByOther[] =
    "9a44d0f3b25a2fd85c062fd4ad11ed548f64c4362acb55020209bf19b4b5f57a";
constexpr char kTopic[] = R"({"before":"0","ref":"refs/heads/topic"})";
constexpr char kTopicSigned[] =
    "1ac59182b890783eccbc3cae0a075957c86343fd7f0c86335fbef020142d1978";

HttpRequest Request(const Headers& headers, std::string body) {
  HttpRequest request;
  for (const auto& [name, value] : headers) request.AddHeader(name, value);
  request.body = std::move(body);
  return request;
}

std::vector<WebhookSource> Sources() {
  return {{"web", "main", kSecret},
          {"api", "main", "other"},
          {"next", "topic", kSecret},
          {"quiet", "main", ""}};
}

struct Case {
  const char* name;
  Headers headers;
  const char* body;
  int status;
  std::vector<std::string> sources;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    WebhookAnswer answer = AnswerWebhook(Request(c.headers, c.body), Sources());
    EXPECT_EQ(answer.status, c.status) << answer.text;
    EXPECT_THAT(answer.sources, ElementsAreArray(c.sources));
    EXPECT_EQ(answer.text.back(), '\n');
  }
}

std::string Sha256(const std::string& signature) {
  return "sha256=" + signature;
}

TEST(Webhook, FindsSourcesByTheirSecret) {
  std::string capitals = kMainSigned;
  for (char& c : capitals) c = static_cast<char>(std::toupper(c));
  Check({
      {"GitHub",
       {{"X-GitHub-Event", "push"},
        {"X-Hub-Signature-256", Sha256(kMainSigned)}},
       kMain,
       202,
       {"web"}},
      {"Gitea",
       {{"X-Gitea-Event", "push"}, {"X-Gitea-Signature", kMainSigned}},
       kMain,
       202,
       {"web"}},
      {"Forgejo",
       {{"X-Forgejo-Event", "push"}, {"X-Forgejo-Signature", kMainSigned}},
       kMain,
       202,
       {"web"}},
      {"GitLab",
       {{"X-Gitlab-Event", "Push Hook"}, {"X-Gitlab-Token", kSecret}},
       kMain,
       202,
       {"web"}},
      {"another source's",
       {{"X-GitHub-Event", "push"},
        {"X-Hub-Signature-256", Sha256(kMainSignedByOther)}},
       kMain,
       202,
       {"api"}},
      {"no event told",
       {{"X-Gitea-Signature", kMainSigned}},
       kMain,
       202,
       {"web"}},
      {"in capitals", {{"X-GITEA-SIGNATURE", capitals}}, kMain, 202, {"web"}},
      {"both forms, of two sources",
       {{"X-Hub-Signature-256", Sha256(kMainSigned)},
        {"X-Gitlab-Token", "other"}},
       kMain,
       202,
       {"web", "api"}},
  });
}

TEST(Webhook, RefusesWhoKnowsNoSecret) {
  std::string one_off = kMainSigned;
  one_off[63] = one_off[63] == '0' ? '1' : '0';
  Check({
      {"nothing shown", {{"X-GitHub-Event", "push"}}, kMain, 401, {}},
      {"a digit off",
       {{"X-Hub-Signature-256", Sha256(one_off)}},
       kMain,
       401,
       {}},
      {"of another body",
       {{"X-Hub-Signature-256", Sha256(kHelloSigned)}},
       kMain,
       401,
       {}},
      {"GitHub's without its name",
       {{"X-Hub-Signature-256", kMainSigned}},
       kMain,
       401,
       {}},
      {"SHA-1, which GitHub sends, too",
       {{"X-Hub-Signature", "sha1=0123456789abcdef0123456789abcdef01234567"}},
       kMain,
       401,
       {}},
      {"too short",
       {{"X-Gitea-Signature", std::string(kMainSigned, 63)}},
       kMain,
       401,
       {}},
      {"empty", {{"X-Gitea-Signature", ""}}, kMain, 401, {}},
      {"the secret as the signature",
       {{"X-Gitea-Signature", kSecret}},
       kMain,
       401,
       {}},
      {"a beginning of the secret",
       {{"X-Gitlab-Token", "It's a Secret"}},
       kMain,
       401,
       {}},
      {"the empty secret of a source that has none",
       {{"X-Gitlab-Token", ""}},
       kMain,
       401,
       {}},
      // HMAC-SHA256 with an empty key.
      {"signed with that",
       {{"X-Gitea-Signature",
         "fb81b3fc368ec482e3e67c9ad8a77047df94c76e98abf0a82db5d1afe0da351b"}},
       kMain,
       401,
       {}},
      {"a ping of nobody", {{"X-GitHub-Event", "ping"}}, "{}", 401, {}},
  });
}

TEST(Webhook, HintsOnlyWhatTheEventConcerns) {
  auto event = [](const char* name, const char* signature) {
    return Headers{{"X-GitHub-Event", name},
                   {"X-Hub-Signature-256", Sha256(signature)}};
  };
  Check({
      {"a ping", event("ping", kHelloSigned), kHello, 200, {}},
      {"another event", event("issues", kMainSigned), kMain, 200, {}},
      {"GitLab's tags",
       {{"X-Gitlab-Event", "Tag Push Hook"}, {"X-Gitlab-Token", kSecret}},
       R"({"ref":"refs/tags/main"})",
       200,
       {}},
      {"another branch", event("push", kTopicSigned), kTopic, 202, {"next"}},
      {"a branch nobody follows",
       {{"X-Gitlab-Token", kSecret}},
       R"({"ref":"refs/heads/main2"})",
       200,
       {}},
      {"a tag of the branch's name",
       {{"X-Gitlab-Token", kSecret}},
       R"({"ref":"refs/tags/main"})",
       200,
       {}},
      {"only the outermost ref counts",
       {{"X-Gitlab-Token", kSecret}},
       R"({"a":{"ref":"refs/heads/topic"},"ref":"refs/heads/main"})",
       202,
       {"web"}},
  });
}

TEST(Webhook, FetchesRatherOnceTooOften) {
  const Headers token = {{"X-Gitlab-Token", kSecret}};
  const std::string deep(kMaxWebhookBytes, '[');
  std::string deep_objects;
  while (deep_objects.size() < kMaxWebhookBytes) deep_objects += "{\"ref\":";
  Check({
      {"GitHub's example",
       {{"X-Hub-Signature-256", Sha256(kHelloSigned)}},
       kHello,
       202,
       {"web", "next"}},
      {"no body", token, "", 202, {"web", "next"}},
      {"no ref", token, "{}", 202, {"web", "next"}},
      {"a ref that is none", token, R"({"ref":1})", 202, {"web", "next"}},
      {"a ref further in",
       token,
       R"({"a":{"ref":"refs/heads/x"}})",
       202,
       {"web", "next"}},
      {"not an object", token, R"(["ref"])", 202, {"web", "next"}},
      {"a form", token, "payload=%7B%22ref%22%3A1%7D", 202, {"web", "next"}},
      {"the end is missing",
       token,
       R"({"ref":"refs/heads/main")",
       202,
       {"web", "next"}},
      {"not UTF-8", token, "{\"ref\":\"\xff\"}", 202, {"web", "next"}},
      {"too large a number",
       token,
       R"({"ref":1e999999})",
       202,
       {"web", "next"}},
      {"deep", token, deep.c_str(), 202, {"web", "next"}},
      {"deep objects", token, deep_objects.c_str(), 202, {"web", "next"}},
  });
}

TEST(Webhook, TellsTheForgeWhatComesOfIt) {
  auto text = [](const char* body) {
    return AnswerWebhook(Request({{"X-Gitlab-Token", kSecret}}, body),
                         Sources())
        .text;
  };
  EXPECT_EQ(text(""), "to be fetched: web, next\n");
  EXPECT_THAT(text(R"({"ref":"refs/heads/x"})"),
              HasSubstr("web follows main, next follows topic"));
}

TEST(Webhook, ASecretIsAnyBytes) {
  const std::string secret("a\0b", 3);
  std::vector<WebhookSource> sources = {{"web", "main", secret}};
  EXPECT_THAT(AnswerWebhook(Request({{"X-Gitea-Signature",
                                      "c47fafd9fd9fc223fc6171f378bf242d370b362a"
                                      "3eb1943a9e1c25b98b005d25"}},
                                    kMain),
                            sources)
                  .sources,
              ElementsAre("web"));
  EXPECT_EQ(
      AnswerWebhook(Request({{"X-Gitlab-Token", "a"}}, kMain), sources).status,
      401);
}

}  // namespace
}  // namespace rollout::gitops
