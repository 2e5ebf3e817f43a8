// SPDX-License-Identifier: Apache-2.0

#include "controller/api/audit.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/proto_time.h"
#include "base/utf8.h"
#include "controller/store/word.h"

namespace rollout::api {
namespace {

// What others said is kept up to here.
constexpr size_t kMaxNameBytes = 253;
constexpr size_t kMaxMessageBytes = 1024;

constexpr size_t kMostTold = 1000;
// A connection of later may have the port that an earlier one had.
constexpr absl::Duration kToldFor = absl::Minutes(10);

std::string Cut(absl::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  const size_t kept = ValidUtf8Prefix(text.substr(0, bytes));
  return absl::StrCat(text.substr(0, kept), " ...");
}

// "FailedPrecondition".
std::string CodeName(absl::StatusCode code) {
  std::string name;
  bool capital = true;
  for (char c : absl::StatusCodeToString(code)) {
    if (c != '_') name += capital ? c : absl::ascii_tolower(c);
    capital = c == '_';
  }
  return name;
}

// "Pause" of a PauseRequest.
std::string CallOf(const google::protobuf::Message& request) {
  return std::string(
      absl::StripSuffix(request.GetDescriptor()->name(), "Request"));
}

// Empty: requests of this kind have no such field.
std::string FieldOf(const google::protobuf::Message& request,
                    const char* name) {
  const auto* field = request.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) return "";
  return request.GetReflection()->GetString(request, field);
}

std::string KindOf(const v1::ChannelTarget& target) {
  if (target.has_log()) return "Logs";
  return target.has_proxy() ? "Proxy" : "Channel";
}

// "generation 5 (http)".
std::string TargetOf(const v1::ChannelTarget& target) {
  const int64_t generation = target.has_log() ? target.log().generation()
                                              : target.proxy().generation();
  const std::string& endpoint = target.proxy().endpoint();
  return absl::StrCat(
      generation == 0 ? "all generations"
                      : absl::StrCat("generation ", generation),
      endpoint.empty() ? "" : absl::StrCat(" (", endpoint, ")"));
}

// What was asked for, and of what.
struct Asked {
  std::string call;
  std::string plan;
  std::string host;
};

void SetObject(const Asked& asked, v1::Event* event) {
  event->set_plan(Cut(asked.plan, kMaxNameBytes));
  event->set_host(Cut(asked.host, kMaxNameBytes));
}

v1::Event Refusal(const v1::Cause& caller, const Asked& asked,
                  const absl::Status& status, absl::Time now) {
  v1::Event event;
  *event.mutable_time() = ToProto(now);
  SetObject(asked, &event);
  event.set_severity(v1::Event::WARNING);
  event.set_reason("RequestRefused");
  event.set_message(
      Cut(ToUtf8(absl::StrCat(asked.call, ": ", status.message())),
          kMaxMessageBytes));
  event.set_user(caller.user());
  event.set_address(caller.address());
  event.set_result(CodeName(status.code()));
  return event;
}

}  // namespace

void Audit::Ended(const v1::Cause& caller,
                  const google::protobuf::Message& request,
                  const absl::Status& status) {
  if (status.ok()) return;
  const Asked asked{CallOf(request), FieldOf(request, "plan"),
                    FieldOf(request, "host")};
  history_.AddRequest(Refusal(caller, asked, status, clock_.Now()));
}

void Audit::ChannelEnded(const v1::Cause& caller,
                         const v1::ChannelRequest& request,
                         const absl::Status& status) {
  if (absl::IsCancelled(status)) return;
  const Asked asked{KindOf(request.target()), request.target().service(),
                    request.host()};
  if (!status.ok()) {
    history_.AddRequest(Refusal(caller, asked, status, clock_.Now()));
    return;
  }
  v1::Event event = store::Word{caller, clock_.Now()}.Done(
      absl::StrCat(asked.call, "Opened"), TargetOf(request.target()));
  SetObject(asked, &event);
  if (IsNews(event)) history_.AddRequest(std::move(event));
}

bool Audit::IsNews(const v1::Event& opened) {
  const absl::Duration now = clock_.Uptime();
  MutexLock lock(&mutex_);
  if (told_.size() == kMostTold) told_.clear();
  auto [told, added] = told_.try_emplace(
      absl::StrJoin({opened.user(), opened.address(), opened.host(),
                     opened.plan(), opened.reason(), opened.message()},
                    "\n"),
      now);
  if (!added && now - told->second < kToldFor) return false;
  told->second = now;
  return true;
}

}  // namespace rollout::api
