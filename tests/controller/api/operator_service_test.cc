// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

class OperatorServiceTest : public ApiTest {
 protected:
  v1::ListResponse List(v1::Kind kind, const std::string& plan = "") {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::ListRequest request;
    request.set_kind(kind);
    request.set_plan(plan);
    v1::ListResponse response;
    grpc::Status status = alice().List(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::PlanStatus GetPlan(const std::string& plan) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::GetRequest request;
    request.set_plan(plan);
    v1::GetResponse response;
    grpc::Status status = alice().Get(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.plan();
  }
};

TEST_F(OperatorServiceTest, AppliesAPlanAndShowsIt) {
  auto agent = Connect("h1", "web");
  v1::ApplyResponse applied;
  grpc::Status status = Apply(Manifest("web", "web", 8080), &applied);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(applied.plans_size(), 1);
  EXPECT_EQ(applied.plans(0).change(), v1::AppliedPlan::CREATED);
  EXPECT_EQ(applied.plans(0).rollout(), 1);
  EXPECT_EQ(applied.plans(0).warnings_size(), 0);

  v1::PlanStatus plan = GetPlan("web");
  EXPECT_EQ(plan.rollout().cause().user(), "alice");
  EXPECT_EQ(plan.rollout().cause().message(), "because");
  EXPECT_EQ(plan.rollout().revision(), applied.plans(0).revision());
  ASSERT_EQ(plan.hosts_size(), 1);
  EXPECT_EQ(plan.hosts(0).host(), "h1");
  EXPECT_EQ(plan.hosts(0).state(), "Pending");

  EXPECT_EQ(List(v1::PLANS).plans_size(), 1);
  EXPECT_EQ(List(v1::ROLLOUTS, "web").rollouts_size(), 1);
  EXPECT_EQ(List(v1::REVISIONS).revisions_size(), 1);
  EXPECT_EQ(List(v1::HOSTS).hosts_size(), 1);
  EXPECT_GE(List(v1::EVENTS, "web").events_size(), 1);
  EXPECT_EQ(List(v1::SWAPS).swaps_size(), 0);
}

TEST_F(OperatorServiceTest, ApplyingTheSameAgainChangesNothing) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  applied.Clear();
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  EXPECT_EQ(applied.plans(0).change(), v1::AppliedPlan::UNCHANGED);
  EXPECT_EQ(applied.plans(0).rollout(), 0);
}

TEST_F(OperatorServiceTest, WarnsThatNoHostMatches) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "nobody", 8080), &applied).ok());
  ASSERT_EQ(applied.plans(0).warnings_size(), 1);
  EXPECT_THAT(applied.plans(0).warnings(0), HasSubstr("no host matches"));
}

TEST_F(OperatorServiceTest, ABadManifestAmongGoodOnesChangesNothing) {
  v1::ApplyResponse applied;
  grpc::Status status =
      Apply(Manifest("good", "web", 80) + "---\n" +
                absl::StrReplaceAll(Manifest("bad", "web", 81),
                                    {{"command", "comand"}}),
            &applied);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(),
              HasSubstr("web.yaml:18:5: unknown key \"comand\" in "
                        "spec.service: did you mean \"command\"?"));
  EXPECT_EQ(List(v1::PLANS).plans_size(), 0);
}

TEST_F(OperatorServiceTest, RefusesTwoPlansForOneEndpoint) {
  auto agent = Connect("h1", "web");
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("one", "web", 8080), &applied).ok());
  grpc::Status status = Apply(Manifest("two", "web", 8080), &applied);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("127.0.1.1:8080"));
  EXPECT_THAT(status.error_message(), HasSubstr("one"));
  EXPECT_THAT(status.error_message(), HasSubstr("two"));
  EXPECT_THAT(status.error_message(), HasSubstr("h1"));
  EXPECT_EQ(List(v1::PLANS).plans_size(), 1);
}

TEST_F(OperatorServiceTest, NamesThePlansThereAre) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  grpc::ClientContext context;
  v1::GetRequest request;
  request.set_plan("wbe");
  v1::GetResponse response;
  grpc::Status status = alice().Get(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(),
            "there is no plan \"wbe\" (there are: web)");
}

TEST_F(OperatorServiceTest, PausesResumesAndAborts) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  {
    grpc::ClientContext context;
    v1::PauseRequest request;
    request.set_plan("web");
    v1::PauseResponse response;
    EXPECT_TRUE(alice().Pause(&context, request, &response).ok());
  }
  EXPECT_TRUE(GetPlan("web").rollout().paused());
  {
    grpc::ClientContext context;
    v1::ResumeRequest request;
    request.set_plan("web");
    v1::ResumeResponse response;
    EXPECT_TRUE(alice().Resume(&context, request, &response).ok());
  }
  EXPECT_FALSE(GetPlan("web").rollout().paused());
  {
    grpc::ClientContext context;
    v1::AbortRequest request;
    request.set_plan("web");
    v1::AbortResponse response;
    EXPECT_TRUE(alice().Abort(&context, request, &response).ok());
  }
  {
    grpc::ClientContext context;
    v1::PauseRequest request;
    request.set_plan("nothing");
    v1::PauseResponse response;
    EXPECT_EQ(alice().Pause(&context, request, &response).error_code(),
              grpc::StatusCode::NOT_FOUND);
  }
}

TEST_F(OperatorServiceTest, HoldsHosts) {
  auto agent = Connect("h1", "web");
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  v1::CordonRequest cordon;
  cordon.set_host("h1");
  cordon.set_message("its disk dies");
  v1::CordonResponse cordoned;
  grpc::ClientContext first, second, third, fourth, fifth;
  ASSERT_TRUE(alice().Cordon(&first, cordon, &cordoned).ok());
  EXPECT_EQ(GetPlan("web").hosts(0).reason(),
            "cordoned by alice: its disk dies");
  v1::GetRequest request;
  request.set_host("h1");
  v1::GetResponse host;
  ASSERT_TRUE(alice().Get(&second, request, &host).ok());
  EXPECT_EQ(host.host().cordon().cause().user(), "alice");
  v1::UncordonRequest uncordon;
  uncordon.set_host("h1");
  v1::UncordonResponse uncordoned;
  ASSERT_TRUE(alice().Uncordon(&third, uncordon, &uncordoned).ok());

  v1::FreezeRequest freeze;
  v1::FreezeResponse frozen;
  ASSERT_TRUE(alice().Freeze(&fourth, freeze, &frozen).ok());
  EXPECT_EQ(GetPlan("web").hosts(0).reason(), "frozen by alice");
  EXPECT_EQ(List(v1::FREEZES, "").freezes_size(), 1);
  v1::OverrideFreezeRequest hotfix;
  hotfix.set_plan("web");
  v1::OverrideFreezeResponse overridden;
  ASSERT_TRUE(alice().OverrideFreeze(&fifth, hotfix, &overridden).ok());
  EXPECT_EQ(GetPlan("web").hosts(0).reason(), "it is asked at this moment");
  grpc::ClientContext sixth;
  EXPECT_EQ(alice().OverrideFreeze(&sixth, hotfix, &overridden).error_message(),
            "rollout 1 of web was exempted from freezes by alice already");
  v1::UnfreezeResponse unfrozen;
  grpc::ClientContext seventh;
  ASSERT_TRUE(alice().Unfreeze(&seventh, {}, &unfrozen).ok());
  EXPECT_EQ(List(v1::FREEZES, "").freezes_size(), 0);
}

TEST_F(OperatorServiceTest, IsForOperatorsOnly) {
  auto stub = v1::OperatorService::NewStub(DialAs(pki::Role::kHost, "h1"));
  {
    grpc::ClientContext context;
    v1::ListResponse response;
    grpc::Status status = stub->List(&context, {}, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_THAT(status.error_message(),
                HasSubstr("the certificate names host h1"));
  }
  {
    grpc::ClientContext context;
    auto watch = stub->Watch(&context, {});
    v1::PlanStatus status;
    EXPECT_FALSE(watch->Read(&status));
    EXPECT_EQ(watch->Finish().error_code(),
              grpc::StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(OperatorServiceTest, WatchesUntilTheRolloutIsOver) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::WatchRequest request;
  request.set_plan("web");
  request.set_until_finished(true);
  auto watch = alice().Watch(&context, request);
  v1::PlanStatus status;
  ASSERT_TRUE(watch->Read(&status));
  EXPECT_EQ(status.rollout().phase(), v1::PROGRESSING);
  EXPECT_FALSE(status.rollout().paused());

  operations_->Pause("web", {}, [](absl::Status) {});
  ASSERT_TRUE(watch->Read(&status));
  EXPECT_TRUE(status.rollout().paused());

  // Without a stable revision the rollout ends at once.
  operations_->Abort("web", {}, [](absl::Status) {});
  while (watch->Read(&status)) {
  }
  EXPECT_EQ(status.rollout().phase(), v1::FAILED);
  EXPECT_TRUE(watch->Finish().ok());
}

TEST_F(OperatorServiceTest, AWatchSeesHostsComeAndGo) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::WatchRequest request;
  request.set_plan("web");
  auto watch = alice().Watch(&context, request);
  v1::PlanStatus status;
  ASSERT_TRUE(watch->Read(&status));
  EXPECT_EQ(status.hosts_size(), 0);
  auto agent = Connect("h1", "web");
  while (watch->Read(&status) && status.hosts_size() == 0) {
  }
  ASSERT_EQ(status.hosts_size(), 1);
  EXPECT_TRUE(status.hosts(0).connected());
  agent->Cancel();
  while (watch->Read(&status) && status.hosts(0).connected()) {
  }
  EXPECT_EQ(status.hosts(0).state(), "Disconnected");
  context.TryCancel();
  while (watch->Read(&status)) {
  }
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(OperatorServiceTest, WatchingNoPlanIsAnError) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::WatchRequest request;
  request.set_plan("nothing");
  auto watch = alice().Watch(&context, request);
  v1::PlanStatus status;
  EXPECT_FALSE(watch->Read(&status));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(OperatorServiceTest, StoppingEndsWatches) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::WatchRequest request;
  request.set_plan("web");
  auto watch = alice().Watch(&context, request);
  v1::PlanStatus status;
  ASSERT_TRUE(watch->Read(&status));
  server_->Stop();
  while (watch->Read(&status)) {
  }
  EXPECT_FALSE(watch->Finish().ok());
}

TEST_F(OperatorServiceTest, AFullDiskIsToldToTheOperator) {
  store_.SetFailure(absl::UnavailableError("the disk is full"));
  v1::ApplyResponse applied;
  grpc::Status status = Apply(Manifest("web", "web", 8080), &applied);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("the disk is full"));
  store_.SetFailure(absl::OkStatus());
}

TEST_F(OperatorServiceTest, TellsWhatHoldsAHostBack) {
  auto agent = Connect("h1", "web");
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  auto why = [this](const std::string& plan, const std::string& host,
                    v1::WhyResponse* response) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::WhyRequest request;
    request.set_plan(plan);
    request.set_host(host);
    return alice().Why(&context, request, response);
  };
  v1::WhyResponse response;
  ASSERT_TRUE(why("web", "", &response).ok());
  EXPECT_EQ(response.rollout().number(), 1);
  ASSERT_EQ(response.hosts_size(), 1);
  EXPECT_EQ(response.hosts(0).host(), "h1");
  // There is no engine here that would ask it.
  EXPECT_EQ(response.hosts(0).rule(), "NextPass");
  // The status says the same.
  v1::GetRequest get;
  get.set_plan("web");
  v1::GetResponse got;
  grpc::ClientContext context;
  SetDeadline(&context);
  ASSERT_TRUE(alice().Get(&context, get, &got).ok());
  ASSERT_EQ(got.plan().hosts_size(), 1);
  EXPECT_EQ(got.plan().hosts(0).rule(), response.hosts(0).rule());
  EXPECT_EQ(got.plan().hosts(0).reason(), response.hosts(0).message());
  v1::WhyResponse none;
  grpc::Status status = why("web", "h2", &none);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("h2 is none of the hosts"));
  status = why("wed", "", &none);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace rollout::api
