// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/program.h"

#include <filesystem>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::programs {
namespace {

// What makes one program different from the next.
struct Recipe {
  std::string name;
  // Copied into the artifact, with @ADDRESS@, @VERSION@ and @SHARED@, a
  // directory of all versions, put in.
  std::vector<std::string> sources;
  // Further files of the artifact, which hold the answer.
  std::function<std::vector<std::string>(int number)> answers;
  std::function<std::vector<std::string>(const std::string& port)> command;
  std::string signal = "TERM";
};

std::vector<std::string> VersionFile(int) { return {"version"}; }

std::vector<std::string> NoFile(int) { return {}; }

std::vector<std::string> Pages(int number) {
  return {"index.html", "ready", absl::StrCat("ready-", number)};
}

absl::StatusOr<std::string> Run(std::vector<std::string> arguments,
                                std::vector<std::string> environment = {}) {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = std::move(environment);
  command.environment.push_back("PATH=/usr/local/bin:/usr/bin:/bin");
  command.timeout = absl::Minutes(5);
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(command));
  if (result.wait_status != 0) {
    return absl::InternalError(absl::StrCat(
        absl::StrJoin(command.arguments, " "), " ",
        DescribeWaitStatus(result.wait_status), ": ", result.output));
  }
  return result.output;
}

absl::StatusOr<std::string> Source(absl::string_view name) {
  PosixFileSystem files;
  return files.Read(
      (std::filesystem::current_path() / "tests/programs" / std::string(name))
          .string());
}

absl::StatusOr<Version> Publish(const std::string& artifact,
                                std::vector<std::string> command) {
  PosixFileSystem files;
  ASSIGN_OR_RETURN(std::string content, files.Read(artifact));
  Version version;
  version.artifact_url = absl::StrCat("file://", artifact);
  version.sha256 = Sha256Of(content);
  version.command = std::move(command);
  return version;
}

// A program whose artifact is a tar file.
class TarProgram : public Program {
 public:
  TarProgram(Recipe recipe, std::string directory)
      : recipe_(std::move(recipe)), directory_(std::move(directory)) {}

  absl::string_view name() const override { return recipe_.name; }

  absl::StatusOr<Version> Make(int number, absl::string_view address,
                               int port) override {
    PosixFileSystem files;
    std::string root = absl::StrCat(directory_, "/", recipe_.name, "-", number);
    std::string shared = absl::StrCat(directory_, "/", recipe_.name, "-shared");
    RETURN_IF_ERROR(files.MakeDirectories(root));
    RETURN_IF_ERROR(files.MakeDirectories(shared));
    for (const std::string& source : recipe_.sources) {
      ASSIGN_OR_RETURN(std::string text, Source(source));
      absl::StrReplaceAll({{"@ADDRESS@", absl::StrCat(address, ":", port)},
                           {"@VERSION@", absl::StrCat(number)},
                           {"@SHARED@", shared}},
                          &text);
      RETURN_IF_ERROR(
          files.WriteAtomically(absl::StrCat(root, "/", source), text));
    }
    for (const std::string& answer : recipe_.answers(number)) {
      RETURN_IF_ERROR(
          files.WriteAtomically(absl::StrCat(root, "/", answer),
                                absl::StrCat("version ", number, "\n")));
    }
    std::string artifact = absl::StrCat(root, ".tar");
    RETURN_IF_ERROR(
        Run({"/usr/bin/tar", "-C", root, "-cf", artifact, "."}).status());
    ASSIGN_OR_RETURN(Version version,
                     Publish(artifact, recipe_.command(absl::StrCat(port))));
    version.signal = recipe_.signal;
    return version;
  }

 private:
  const Recipe recipe_;
  const std::string directory_;
};

// A program that is one executable, built here.
class GoProgram : public Program {
 public:
  explicit GoProgram(std::string directory)
      : directory_(std::move(directory)) {}

  absl::string_view name() const override { return "go"; }

  absl::StatusOr<Version> Make(int number, absl::string_view,
                               int port) override {
    std::string artifact = absl::StrCat(directory_, "/go_server");
    if (!std::filesystem::exists(artifact)) {
      RETURN_IF_ERROR(Build(artifact));
    }
    return Publish(artifact, {"${artifact}", "-address",
                              absl::StrCat("${host.address}:", port),
                              "-version", absl::StrCat(number)});
  }

 private:
  // Go finds its way by links badly: the source is copied first.
  absl::Status Build(const std::string& artifact) const {
    PosixFileSystem files;
    std::string source = absl::StrCat(directory_, "/go_server.go");
    ASSIGN_OR_RETURN(std::string text, Source("go_server.go"));
    RETURN_IF_ERROR(files.WriteAtomically(source, text));
    return Run({"/usr/bin/go", "build", "-o", artifact, source},
               {absl::StrCat("GOCACHE=", directory_, "/go-cache"),
                absl::StrCat("GOPATH=", directory_, "/go-path"), "GOPROXY=off",
                "GO111MODULE=off"})
        .status();
  }

  const std::string directory_;
};

Recipe Python() {
  return {"python",
          {},
          Pages,
          [](const std::string& port) -> std::vector<std::string> {
            return {"/usr/bin/python3", "-m",          "http.server", "--bind",
                    "${host.address}",  "--directory", "${artifact}", port};
          }};
}

Recipe Nginx() {
  return {"nginx",
          {"nginx.conf"},
          NoFile,
          [](const std::string&) -> std::vector<std::string> {
            return {"/usr/sbin/nginx",
                    "-p",
                    "${generation.dir}",
                    "-e",
                    "stderr",
                    "-c",
                    "${artifact}/nginx.conf",
                    "-g",
                    "daemon off; pid ${generation.dir}/nginx.pid;"};
          },
          "QUIT"};
}

Recipe Node() {
  return {"node",
          {"node_server.js"},
          VersionFile,
          [](const std::string& port) -> std::vector<std::string> {
            return {"/usr/bin/env", "node", "${artifact}/node_server.js",
                    "${host.address}", port};
          }};
}

Recipe Gunicorn() {
  return {"gunicorn",
          {"gunicorn_app.py"},
          VersionFile,
          [](const std::string& port) -> std::vector<std::string> {
            return {"/usr/bin/gunicorn",
                    "--chdir",
                    "${artifact}",
                    "--bind",
                    absl::StrCat("${host.address}:", port),
                    "--workers",
                    "2",
                    "--access-logfile",
                    "-",
                    "gunicorn_app"};
          }};
}

}  // namespace

std::vector<std::string> ProgramNames() {
  return {"python", "nginx", "go", "node", "gunicorn"};
}

absl::StatusOr<std::unique_ptr<Program>> MakeProgram(
    absl::string_view name, const std::string& directory) {
  if (name == "go") return std::make_unique<GoProgram>(directory);
  for (const Recipe& recipe : {Python(), Nginx(), Node(), Gunicorn()}) {
    if (recipe.name == name) {
      return std::make_unique<TarProgram>(recipe, directory);
    }
  }
  return absl::NotFoundError(absl::StrCat(
      "there is no program \"", name,
      "\" (there are: ", absl::StrJoin(ProgramNames(), ", "), ")"));
}

}  // namespace rollout::programs
