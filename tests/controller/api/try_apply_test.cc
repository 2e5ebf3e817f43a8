// SPDX-License-Identifier: Apache-2.0
//
// A dry run answers as an apply does, and leaves nothing behind.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TryApplyTest : public ApiTest {
 protected:
  std::vector<v1::Event> Events() const { return history_->Events(""); }
};

TEST_F(TryApplyTest, TellsWhatApplyTellsAndChangesNothing) {
  const std::string first = Manifest("web", "nobody", 8080);
  const std::string second = Manifest("web", "nobody", 8081);
  for (const std::string& manifest : {first, first, second, second}) {
    const size_t events = Events().size();
    const auto plan = catalog_->FindPlan("web");
    v1::ApplyResponse tried, applied;
    grpc::Status status = TryApply(manifest, &tried);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_THAT(Events(), SizeIs(events));
    const auto after = catalog_->FindPlan("web");
    ASSERT_EQ(after.has_value(), plan.has_value());
    if (plan) {
      EXPECT_EQ(after->plan.mod_revision, plan->plan.mod_revision);
    }
    ASSERT_TRUE(Apply(manifest, &applied).ok());
    EXPECT_EQ(tried.DebugString(), applied.DebugString());
    // Which says that no host matches.
    EXPECT_EQ(tried.plans(0).warnings_size(), 1);
  }
}

TEST_F(TryApplyTest, RefusesWhatApplyRefuses) {
  auto agent = Connect("h1", "web");
  v1::ApplyResponse response;
  ASSERT_TRUE(Apply(Manifest("one", "web", 8080), &response).ok());
  std::string many;
  for (int i = 0; i < 34; ++i) {
    absl::StrAppend(&many, "---\n",
                    Manifest(absl::StrCat("many", i), "nobody", 8080));
  }
  struct Case {
    std::string manifest;
    grpc::StatusCode code;
    const char* message;
  };
  const Case kCases[] = {
      {absl::StrReplaceAll(Manifest("two", "web", 81), {{"command", "comand"}}),
       grpc::StatusCode::INVALID_ARGUMENT, "web.yaml:8:5: unknown key"},
      {Manifest("two", "web", 8080), grpc::StatusCode::FAILED_PRECONDITION,
       "127.0.1.1:8080"},
      {many, grpc::StatusCode::INVALID_ARGUMENT, "34 plans are too much"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.message);
    grpc::Status tried = TryApply(c.manifest, &response);
    grpc::Status applied = Apply(c.manifest, &response);
    EXPECT_EQ(tried.error_code(), c.code);
    EXPECT_THAT(tried.error_message(), HasSubstr(c.message));
    EXPECT_EQ(tried.error_message(), applied.error_message());
    EXPECT_EQ(Events()[1].reason(), "RequestRefused");
    EXPECT_THAT(Events()[1].message(), HasSubstr("Apply: a dry run: "));
  }
  EXPECT_THAT(catalog_->PlanNames(), SizeIs(1));
}

TEST_F(TryApplyTest, IsForOperatorsWithAReasonThatCanBeKept) {
  v1::ApplyRequest request;
  v1::ApplyResponse response;
  auto h1 = v1::OperatorService::NewStub(DialAs(pki::Role::kHost, "h1"));
  grpc::ClientContext denied;
  SetDeadline(&denied);
  EXPECT_EQ(h1->TryApply(&denied, request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  request.set_message(std::string(5000, 'x'));
  grpc::ClientContext chatty;
  SetDeadline(&chatty);
  EXPECT_THAT(alice().TryApply(&chatty, request, &response).error_message(),
              HasSubstr("the message has 5000 bytes"));
  EXPECT_THAT(catalog_->PlanNames(), IsEmpty());
}

}  // namespace
}  // namespace rollout::api
