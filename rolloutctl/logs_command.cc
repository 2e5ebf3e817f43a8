// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/logs_command.h"

#include <memory>
#include <ostream>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "base/backoff.h"
#include "base/status_macros.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

constexpr absl::Duration kMostSilence = absl::Minutes(2);
constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr absl::Duration kLongestWait = absl::Seconds(5);

// The host or the controller is away; nothing was refused.
bool MayComeBack(const absl::Status& ended) {
  return absl::IsUnavailable(ended) || absl::IsCancelled(ended);
}

}  // namespace

CommandParser& LogsCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "logs", "Show what a service writes on a host, rotated files included");
  parser.AddArgument("host", host_, "The host").Type(kHostValue).Required();
  parser.AddArgument("service", service_, "The service: its plan's name")
      .Type(kPlanValue)
      .Required();
  parser.AddSwitch("-f,--follow", follow_,
                   "Go on with what is written from now");
  parser
      .AddFlag("--generation", generation_,
               "Only lines of this generation, without its number in front")
      .Positive();
  parser.AddFlag("--tail", tail_, "Only so many of the newest lines")
      .Positive();
  parser.SetFooter(
      "Each line begins with the number of the generation that wrote it. "
      "Where\n"
      "lines are missing, \"-- 3 lines lost --\" stands in their place.\n"
      "Examples:\n  rolloutctl logs web-1 web --tail 100 -f");
  return parser;
}

absl::StatusOr<ExitCode> LogsCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  Backoff backoff(kFirstWait, kLongestWait);
  absl::BitGen random;
  bool any = false;
  absl::Duration lost_since;
  for (;;) {
    absl::Status ended = Show(*client, session);
    if (ended.ok() && !follow_) return ExitCode::kDone;
    const absl::Duration now = session.clock.Uptime();
    if (opened_) {
      any = true;
      lost_since = now;
      backoff.Reset();
    }
    if (!follow_ || !any || !MayComeBack(ended) ||
        now - lost_since > kMostSilence) {
      RETURN_IF_ERROR(ended);
      return ExitCode::kDone;
    }
    if (opened_) {
      session.console.err << "rolloutctl: lost the host, trying again: "
                          << ended.message() << std::endl;
    }
    absl::SleepFor(backoff.Next(random));
  }
}

v1::ChannelRequest LogsCommand::MakeRequest() const {
  v1::ChannelRequest request;
  request.set_host(host_);
  request.mutable_target()->set_service(service_);
  v1::LogTarget& target = *request.mutable_target()->mutable_log();
  target.set_generation(generation_);
  target.set_tail(tail_);
  target.set_follow(follow_);
  target.set_after(last_);
  return request;
}

absl::Status LogsCommand::Show(Client& client, Session& session) {
  std::unique_ptr<ChannelCall> call = client.OpenChannel(MakeRequest());
  v1::ChannelMessage message;
  message.mutable_end_of_data();
  call->Write(message);
  opened_ = false;
  std::ostream& out = session.console.out;
  // A file gets every byte; a terminal nothing that it would obey.
  const bool to_terminal = session.console.window().has_value();
  while (call->Read(&message)) {
    opened_ = opened_ || message.has_opened();
    for (const v1::LogLine& line : message.lines().lines()) {
      if (line.lost_before() > 0) {
        out << "-- " << line.lost_before()
            << (line.lost_before() == 1 ? " line" : " lines") << " lost --\n";
      }
      if (generation_ == 0) out << "[" << line.generation() << "] ";
      out << (to_terminal ? render::Printable(line.text()) : line.text())
          << "\n";
      last_ = line.sequence();
    }
    out.flush();
  }
  return call->Finish();
}

}  // namespace rollout::ctl
