// SPDX-License-Identifier: Apache-2.0
//
// Who did what to what, from where, and with what result: after each call that
// changes something there is an event that says so, or says why not.

#include "controller/api/audit.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/proto_time.h"
#include "controller/store/history.h"
#include "controller/store/keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/hand_clock.h"
#include "tests/fakes/memory_store.h"

namespace rollout::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Stub = v1::OperatorService::Stub;

// "Warning RequestRefused web h1 ann NotFound"; a name that is not there: "-".
std::string Text(const v1::Event& event) {
  auto word = [](const std::string& text) { return text.empty() ? "-" : text; };
  return absl::StrCat(event.severity() == v1::Event::WARNING ? "Warning " : "",
                      event.reason(), " ", word(event.plan()), " ",
                      word(event.host()), " ", word(event.user()), " ",
                      word(event.result()));
}

v1::PauseRequest OfPlan(const std::string& plan) {
  v1::PauseRequest request;
  request.set_plan(plan);
  return request;
}

class AuditCallsTest : public ApiTest {
 protected:
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                 const Request&, Response*),
                    Request request, Stub* stub = nullptr) {
    grpc::ClientContext context;
    SetDeadline(&context);
    Response response;
    return ((stub != nullptr ? *stub : alice()).*method)(&context, request,
                                                         &response);
  }

  template <typename Request>
  static Request OfPlan(const std::string& plan) {
    Request request;
    request.set_plan(plan);
    request.set_message("ticket 7");
    return request;
  }
  template <typename Request>
  static Request OfHost(const std::string& host) {
    Request request;
    request.set_host(host);
    request.set_message("ticket 7");
    return request;
  }

  // What has been told since the last time, as Text.
  std::vector<std::string> Told() {
    std::vector<std::string> texts;
    std::vector<v1::Event> events = history_->Events("");
    events.resize(events.size() - seen_);
    seen_ += events.size();
    for (const v1::Event& event : events) {
      texts.push_back(Text(event));
      EXPECT_THAT(event.address(), StartsWith("127.0.0.1:"));
      EXPECT_TRUE(event.has_time());
    }
    return texts;
  }

  // The newest rollout's hosts have what its canary step gives, as the engine
  // would find.
  void ReachStep(const std::string& plan) {
    v1::Rollout rollout = catalog_->FindPlan(plan)->rollout.record;
    *rollout.mutable_step()->mutable_reached() = ToProto(absl::Now());
    ASSERT_TRUE(
        store::CommitNow(store_, {{},
                                  {{store::RolloutKey(plan, rollout.number()),
                                    rollout.SerializeAsString()}},
                                  {}})
            .ok());
  }

 private:
  size_t seen_ = 0;
};

std::string CanaryManifest(int port) {
  return absl::StrCat(Manifest("web", "web", port),
                      "  strategy:\n"
                      "    steps:\n"
                      "    - {hosts: 1, bake: 10m}\n"
                      "    - {hosts: 1, approval: required}\n");
}

TEST_F(AuditCallsTest, TellOfRolloutsWhatWasDone) {
  v1::ApplyResponse applied;
  grpc::Status status = Apply(CanaryManifest(8080), &applied);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(Told(), ElementsAre("RolloutCreated web - alice OK"));
  EXPECT_EQ(
      history_->Events("")[0].message(),
      absl::StrCat("to revision ", applied.plans(0).revision(), ": because"));
  // As CI does, again and again.
  ASSERT_TRUE(Apply(CanaryManifest(8080), &applied).ok());
  EXPECT_THAT(Told(), IsEmpty());

  ASSERT_TRUE(Call(&Stub::Pause, OfPlan<v1::PauseRequest>("web")).ok());
  EXPECT_EQ(history_->Events("")[0].message(), "by an operator: ticket 7");
  ASSERT_TRUE(Call(&Stub::Resume, OfPlan<v1::ResumeRequest>("web")).ok());
  EXPECT_THAT(Told(), ElementsAre("RolloutResumed web - alice OK",
                                  "RolloutPaused web - alice OK"));
  ReachStep("web");
  ASSERT_TRUE(Call(&Stub::Promote, OfPlan<v1::PromoteRequest>("web")).ok());
  EXPECT_THAT(Told(), ElementsAre("CanaryStepPromoted web - alice OK"));
  ASSERT_TRUE(Call(&Stub::Abort, OfPlan<v1::AbortRequest>("web")).ok());
  EXPECT_THAT(Told(), ElementsAre("RolloutAborted web - alice OK"));
  ASSERT_TRUE(Apply(CanaryManifest(8081), &applied).ok());
  v1::UndoRequest undo = OfPlan<v1::UndoRequest>("web");
  undo.set_to_revision(1);
  ASSERT_TRUE(Call(&Stub::Undo, undo).ok());
  EXPECT_THAT(Told(), ElementsAre("RolloutCreated web - alice OK",
                                  "RolloutCreated web - alice OK"));
}

TEST_F(AuditCallsTest, TellOfApprovalsWhatWasDone) {
  v1::ApplyResponse applied;
  const std::string manifest = absl::StrReplaceAll(
      CanaryManifest(8080), {{"bake: 10m", "approval: required"}});
  ASSERT_TRUE(Apply(manifest, &applied).ok());
  ReachStep("web");
  ASSERT_TRUE(Call(&Stub::Approve, OfPlan<v1::ApproveRequest>("web")).ok());
  EXPECT_FALSE(Call(&Stub::Reject, OfPlan<v1::RejectRequest>("web")).ok());
  EXPECT_THAT(Told(), ElementsAre("Warning RequestRefused web - alice "
                                  "FailedPrecondition",
                                  "CanaryStepApproved web - alice OK",
                                  "RolloutCreated web - alice OK"));
  ASSERT_TRUE(
      Apply(absl::StrReplaceAll(manifest, {{"8080", "8081"}}), &applied).ok());
  ReachStep("web");
  ASSERT_TRUE(Call(&Stub::Reject, OfPlan<v1::RejectRequest>("web")).ok());
  EXPECT_THAT(Told(), ElementsAre("CanaryStepRejected web - alice OK",
                                  "RolloutCreated web - alice OK"));
}

TEST_F(AuditCallsTest, TellOfHoldsWhatWasDone) {
  AgentClient agent(DialAs(pki::Role::kHost, "h1"));
  ASSERT_TRUE(agent.SendHello("h1", "web"));
  ASSERT_TRUE(WaitForHost("h1", true));
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  Told();
  ASSERT_TRUE(Call(&Stub::Cordon, OfHost<v1::CordonRequest>("h1")).ok());
  ASSERT_TRUE(Call(&Stub::Uncordon, OfHost<v1::UncordonRequest>("h1")).ok());
  ASSERT_TRUE(Call(&Stub::Freeze, v1::FreezeRequest()).ok());
  ASSERT_TRUE(
      Call(&Stub::OverrideFreeze, OfPlan<v1::OverrideFreezeRequest>("web"))
          .ok());
  ASSERT_TRUE(Call(&Stub::Unfreeze, v1::UnfreezeRequest()).ok());
  EXPECT_THAT(
      Told(),
      ElementsAre("Unfrozen - - alice OK", "FreezeOverridden web - alice OK",
                  "Frozen - - alice OK", "HostUncordoned - h1 alice OK",
                  "HostCordoned - h1 alice OK"));
}

TEST_F(AuditCallsTest, TellOfDeletionsWhatWasDone) {
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  Told();
  ASSERT_TRUE(Call(&Stub::Delete, OfPlan<v1::DeleteRequest>("web")).ok());
  EXPECT_THAT(Told(), ElementsAre("PlanDeleted web - alice OK"));
}

TEST_F(AuditCallsTest, TellWhatWasRefused) {
  v1::ApplyResponse applied;
  EXPECT_FALSE(Apply("kind: Plan", &applied).ok());
  EXPECT_FALSE(Call(&Stub::Pause, OfPlan<v1::PauseRequest>("web")).ok());
  EXPECT_FALSE(Call(&Stub::Cordon, OfHost<v1::CordonRequest>("h9")).ok());
  EXPECT_FALSE(Call(&Stub::Unfreeze, v1::UnfreezeRequest()).ok());
  v1::AbortRequest chatty;
  chatty.set_plan("web");
  chatty.set_message(std::string(5000, 'x'));
  EXPECT_FALSE(Call(&Stub::Abort, chatty).ok());
  EXPECT_EQ(history_->Events("")[0].message(),
            "Abort: the message has 5000 bytes: at most 4096 are kept");
  EXPECT_THAT(Told(),
              ElementsAre("Warning RequestRefused web - alice InvalidArgument",
                          "Warning RequestRefused - - alice FailedPrecondition",
                          "Warning RequestRefused - h9 alice NotFound",
                          "Warning RequestRefused web - alice NotFound",
                          "Warning RequestRefused - - alice InvalidArgument"));
}

TEST_F(AuditCallsTest, TellWhoWasNoOperator) {
  auto h1 = v1::OperatorService::NewStub(DialAs(pki::Role::kHost, "h1"));
  EXPECT_EQ(Call(&Stub::Pause, OfPlan<v1::PauseRequest>("web"), h1.get())
                .error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Text(history_->Events("")[0]),
            "Warning RequestRefused web - host h1 PermissionDenied");
  EXPECT_THAT(history_->Events("")[0].message(),
              StartsWith("Pause: the certificate names host h1"));
}

TEST_F(AuditCallsTest, ReadingLeavesNoTrace) {
  v1::GetRequest get;
  get.set_plan("nothing");
  EXPECT_FALSE(Call(&Stub::Get, get).ok());
  v1::ListRequest list;
  EXPECT_FALSE(Call(&Stub::List, list).ok());
  EXPECT_THAT(Told(), IsEmpty());
}

class EventQueriesTest : public AuditCallsTest {
 protected:
  // The first word of each message, or the error.
  std::string Found(const std::function<void(v1::ListRequest&)>& narrow) {
    v1::ListRequest request;
    request.set_kind(v1::EVENTS);
    narrow(request);
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::ListResponse response;
    grpc::Status status = alice().List(&context, request, &response);
    if (!status.ok()) return status.error_message();
    std::vector<absl::string_view> words;
    for (const v1::Event& event : response.events()) {
      words.push_back(*absl::StrSplit(event.message(), ' ').begin());
    }
    return absl::StrJoin(words, " ");
  }
};

TEST_F(EventQueriesTest, FindWhatIsAskedFor) {
  v1::Event old;
  *old.mutable_time() = ToProto(absl::Now() - absl::Hours(2));
  old.set_message("old");
  history_->Add(old);
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  EXPECT_FALSE(Call(&Stub::Resume, OfPlan<v1::ResumeRequest>("web")).ok());
  EXPECT_FALSE(Call(&Stub::Cordon, OfHost<v1::CordonRequest>("h9")).ok());
  using List = v1::ListRequest;
  EXPECT_EQ(Found([](List&) {}), "Cordon: Resume: to old");
  EXPECT_EQ(Found([](List& l) { l.set_plan("web"); }), "Resume: to");
  EXPECT_EQ(Found([](List& l) { l.mutable_events()->set_host("h9"); }),
            "Cordon:");
  EXPECT_EQ(
      Found([](List& l) { l.mutable_events()->set_reason("RolloutCreated"); }),
      "to");
  EXPECT_EQ(Found([](List& l) { l.mutable_events()->set_user("alice"); }),
            "Cordon: Resume: to");
  EXPECT_EQ(Found([](List& l) { l.mutable_events()->set_user("bob"); }), "");
  EXPECT_EQ(Found([](List& l) { l.mutable_events()->set_only_warnings(true); }),
            "Cordon: Resume:");
  EXPECT_EQ(Found([](List& l) { l.mutable_events()->set_limit(3); }),
            "Cordon: Resume: to");
  EXPECT_EQ(Found([](List& l) {
              l.mutable_events()->mutable_within()->set_seconds(3600);
            }),
            "Cordon: Resume: to");
  EXPECT_EQ(Found([](List& l) {
              l.mutable_events()->mutable_within()->set_seconds(10800);
            }),
            "Cordon: Resume: to old");
}

TEST_F(EventQueriesTest, RefuseWhatNothingCanAnswer) {
  using List = v1::ListRequest;
  EXPECT_EQ(Found([](List& l) { l.mutable_events()->set_limit(-1); }),
            "the limit of events is -1: give a number above zero, or none");
  EXPECT_EQ(Found([](List& l) { l.mutable_events()->mutable_within(); }),
            "events within 0: give a time span above zero, or none");
  EXPECT_EQ(Found([](List& l) { l.set_plan("wbe"); }),
            "there is no plan \"wbe\", nor any other");
}

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    caller_.set_user("ann");
    caller_.set_address("10.0.0.7:51234");
  }
  ~AuditTest() override { store_.Close(); }

  static v1::ChannelRequest Proxy(int64_t generation) {
    v1::ChannelRequest request;
    request.set_host("h1");
    request.mutable_target()->set_service("web");
    request.mutable_target()->mutable_proxy()->set_generation(generation);
    return request;
  }

  store::MemoryStore store_;
  HandClock clock_;
  std::unique_ptr<store::History> history_ = *store::History::Open(store_, {});
  Audit audit_{*history_, clock_};
  v1::Cause caller_;
};

TEST_F(AuditTest, WhatOthersSaidIsKeptInBoundsAndInCharacters) {
  const std::string euros =
      absl::StrReplaceAll(std::string(1000, 'e'), {{"e", "\xe2\x82\xac"}});
  audit_.Ended(caller_, OfPlan(euros), absl::NotFoundError(euros + "\xff"));
  audit_.Ended(caller_, OfPlan("web"), absl::NotFoundError("no \xff"));
  std::vector<v1::Event> events = history_->Events("");
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].message(), "Pause: no \\xff");
  EXPECT_EQ(events[1].plan(), euros.substr(0, 252) + " ...");
  EXPECT_EQ(events[1].message(), "Pause: " + euros.substr(0, 1017) + " ...");
  // And can be read again.
  store_.Settle();
  EXPECT_THAT((*store::History::Open(store_, {}))->Events(""), SizeIs(2));
}

TEST_F(AuditTest, CodesAreNamedAsGrpcNamesThem) {
  audit_.Ended(caller_, OfPlan("web"), absl::OkStatus());
  audit_.Ended(caller_, OfPlan("web"), absl::AbortedError(""));
  audit_.Ended(caller_, OfPlan("web"), absl::FailedPreconditionError(""));
  std::vector<v1::Event> events = history_->Events("");
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].result(), "FailedPrecondition");
  EXPECT_EQ(events[1].result(), "Aborted");
}

TEST_F(AuditTest, AProxyIsToldOfOnceForAConnection) {
  for (int i = 0; i < 100; ++i) {
    audit_.ChannelEnded(caller_, Proxy(5), absl::OkStatus());
  }
  EXPECT_THAT(history_->Events(""), SizeIs(1));
  audit_.ChannelEnded(caller_, Proxy(6), absl::OkStatus());
  caller_.set_address("10.0.0.7:51235");
  audit_.ChannelEnded(caller_, Proxy(6), absl::OkStatus());
  audit_.ChannelEnded(caller_, Proxy(6), absl::CancelledError("left"));
  std::vector<v1::Event> events = history_->Events("");
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(Text(events[0]), "ProxyOpened web h1 ann OK");
  EXPECT_EQ(events[0].message(), "generation 6");
}

// The port of a connection is another one's later.
TEST_F(AuditTest, AChannelIsNewsAgainAfterAWhile) {
  audit_.ChannelEnded(caller_, Proxy(5), absl::OkStatus());
  clock_.Move(absl::Minutes(9));
  audit_.ChannelEnded(caller_, Proxy(5), absl::OkStatus());
  EXPECT_THAT(history_->Events(""), SizeIs(1));
  clock_.Move(absl::Minutes(2));
  audit_.ChannelEnded(caller_, Proxy(5), absl::OkStatus());
  EXPECT_THAT(history_->Events(""), SizeIs(2));
}

TEST_F(AuditTest, RequestsPushOutNothingThatWasDone) {
  v1::Event done;
  done.set_reason("RolloutCreated");
  history_->Add(done);
  for (int64_t i = 0; i < 3000; ++i) {
    audit_.Ended(caller_, OfPlan("web"), absl::NotFoundError("no"));
    audit_.ChannelEnded(caller_, Proxy(i), absl::OkStatus());
  }
  std::vector<v1::Event> events = history_->Events("");
  EXPECT_THAT(events, SizeIs(1001));
  EXPECT_EQ(events.back().reason(), "RolloutCreated");
}

}  // namespace
}  // namespace rollout::api
