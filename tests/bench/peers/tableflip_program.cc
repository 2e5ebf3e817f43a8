// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/tableflip_program.h"

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::bench {
namespace {

constexpr char kSource[] = "tests/bench/peers/tableflip_server.go";
// Where Debian has the sources of Go libraries.
constexpr char kLibraries[] = "/usr/share/gocode";

}  // namespace

absl::StatusOr<programs::Version> TableflipProgram::Make(
    int number, absl::string_view address, int port) {
  if (!built_) RETURN_IF_ERROR(Build());
  built_ = true;
  programs::Version version;
  const std::string file = directory_ + "/version";
  version.answer = absl::StrCat("version ", number, "\n");
  RETURN_IF_ERROR(PosixFileSystem().WriteAtomically(file, version.answer));
  version.artifact_url = absl::StrCat("file://", Binary());
  version.command = {"${artifact}",
                     "-address",
                     absl::StrCat(address, ":", port),
                     "-version-file",
                     file,
                     "-pid-file",
                     "${generation.dir}/tableflip.pid"};
  return version;
}

absl::Status TableflipProgram::Build() const {
  PosixFileSystem files;
  // Go finds its way by links badly: the source is copied first.
  const std::string source = Binary() + ".go";
  ASSIGN_OR_RETURN(std::string text, files.Read(kSource));
  RETURN_IF_ERROR(files.WriteAtomically(source, text));
  Command build;
  build.arguments = {"/usr/bin/go", "build", "-o", Binary(), source};
  build.environment = {
      "PATH=/usr/bin:/bin", absl::StrCat("GOCACHE=", directory_, "/go-cache"),
      absl::StrCat("GOPATH=", kLibraries), "GOPROXY=off", "GO111MODULE=off"};
  build.timeout = absl::Minutes(5);
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(build));
  if (result.wait_status == 0) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("build ", kSource, ": ", result.output));
}

}  // namespace rollout::bench
