// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/supervisord_way.h"

#include <signal.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/subprocess.h"
#include "tests/bench/daemon.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {
namespace {

// Debian's, with other places. By default supervisorctl waits a second after a
// start: nobody is helped by that here, and the clients don't notice.
constexpr char kConfiguration[] = R"([unix_http_server]
file=$0/supervisor.sock

[supervisord]
nodaemon=true
logfile=$0/supervisord.log
pidfile=$0/supervisord.pid
childlogdir=$0

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://$0/supervisor.sock

[program:web]
command=/bin/sh $0/run
stdout_logfile=$0/web.log
redirect_stderr=true
stopsignal=$1
startsecs=0
)";

constexpr absl::Duration kLimit = absl::Seconds(30);

std::string Quoted(const std::string& word) {
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Way>> SupervisordWay::Start(BareSite site) {
  std::unique_ptr<SupervisordWay> way(new SupervisordWay(std::move(site)));
  RETURN_IF_ERROR(way->WriteScript());
  RETURN_IF_ERROR(way->WriteConfiguration());
  ASSIGN_OR_RETURN(
      way->supervisord_,
      e2e::Process::Start({"/usr/bin/supervisord", "-c", way->Configuration()},
                          way->site_.Path("output.log"), PlainEnvironment()));
  if (!programs::WatchFor([&] { return Answers(way->site_); })) {
    return absl::UnavailableError("what supervisord runs does not serve");
  }
  way->site_.SetServing();
  return way;
}

// Ends what it runs as well.
SupervisordWay::~SupervisordWay() {
  if (supervisord_ == nullptr) return;
  supervisord_->Signal(SIGTERM);
  supervisord_->Wait(kLimit);
}

absl::StatusOr<pid_t> SupervisordWay::MainProcess() const {
  return ReadPid(site_.Path("web.pid"));
}

absl::Status SupervisordWay::Prepare() {
  RETURN_IF_ERROR(site_.MakeNext());
  return WriteScript();
}

absl::StatusOr<absl::Time> SupervisordWay::Change() {
  Command restart;
  restart.arguments = {"/usr/bin/supervisorctl", "-c", Configuration(),
                       "restart", "web"};
  restart.environment = PlainEnvironment();
  restart.timeout = kLimit;
  const absl::Time command = SystemClock().Now();
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(restart));
  if (result.wait_status != 0) {
    return absl::UnavailableError(absl::StrCat(
        "supervisorctl restart ", DescribeWaitStatus(result.wait_status), ": ",
        result.output));
  }
  site_.SetServing();
  return command;
}

absl::Status SupervisordWay::WriteScript() const {
  const std::string text =
      absl::StrCat("echo $$ > ", site_.Path("web.pid"), "\nexec ",
                   absl::StrJoin(site_.Command(), " ",
                                 [](std::string* out, const std::string& word) {
                                   absl::StrAppend(out, Quoted(word));
                                 }),
                   "\n");
  return PosixFileSystem().WriteAtomically(site_.Path("run"), text);
}

absl::Status SupervisordWay::WriteConfiguration() const {
  return PosixFileSystem().WriteAtomically(
      Configuration(),
      absl::Substitute(kConfiguration, site_.directory(), site_.made().signal));
}

}  // namespace rollout::bench
