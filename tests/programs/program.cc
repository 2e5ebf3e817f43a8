// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/program.h"

#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "base/subprocess.h"
#include "tests/programs/recipe.h"

namespace rollout::programs {
namespace {

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

std::string SourcePath(absl::string_view name) {
  return (std::filesystem::current_path() / "tests/programs" /
          std::string(name))
      .string();
}

absl::StatusOr<std::string> Source(absl::string_view name) {
  PosixFileSystem files;
  return files.Read(SourcePath(name));
}

// Fills in where the artifact is and what it is.
absl::Status Publish(const std::string& artifact, Version* version) {
  PosixFileSystem files;
  ASSIGN_OR_RETURN(std::string content, files.Read(artifact));
  version->artifact_url = absl::StrCat("file://", artifact);
  version->sha256 = Sha256Of(content);
  return absl::OkStatus();
}

// A program whose artifact is a tar file.
class TarProgram : public Program {
 public:
  TarProgram(Recipe recipe, std::string directory)
      : recipe_(std::move(recipe)), directory_(std::move(directory)) {}

  absl::string_view name() const override { return recipe_.name; }

  absl::StatusOr<Version> Make(int number, absl::string_view address,
                               int port) override {
    const std::string root =
        absl::StrCat(directory_, "/", recipe_.name, "-", number);
    const std::string artifact = root + ".tar";
    RETURN_IF_ERROR(WriteFiles(root, number, absl::StrCat(address, ":", port)));
    RETURN_IF_ERROR(
        Run({"/usr/bin/tar", "-C", root, "-cf", artifact, "."}).status());
    Version version;
    version.command = recipe_.command({number, absl::StrCat(port)});
    version.signal = recipe_.signal;
    version.handover = recipe_.handover;
    version.settings = recipe_.settings;
    if (!recipe_.readiness.empty()) version.readiness = recipe_.readiness;
    version.protocol = recipe_.protocol;
    version.answer = recipe_.answer(number);
    RETURN_IF_ERROR(Publish(artifact, &version));
    return version;
  }

 private:
  absl::Status WriteFiles(const std::string& root, int number,
                          const std::string& address) const {
    PosixFileSystem files;
    const std::string shared =
        absl::StrCat(directory_, "/", recipe_.name, "-shared");
    RETURN_IF_ERROR(files.MakeDirectories(root));
    RETURN_IF_ERROR(files.MakeDirectories(shared));
    for (const std::string& source : recipe_.sources) {
      ASSIGN_OR_RETURN(std::string text, Source(source));
      absl::StrReplaceAll({{"@ADDRESS@", address},
                           {"@VERSION@", absl::StrCat(number)},
                           {"@SHARED@", shared}},
                          &text);
      RETURN_IF_ERROR(
          files.WriteAtomically(absl::StrCat(root, "/", source), text));
    }
    for (const NamedText& file : recipe_.texts({number, ""})) {
      RETURN_IF_ERROR(
          files.WriteAtomically(absl::StrCat(root, "/", file.name), file.text));
    }
    return absl::OkStatus();
  }

  const Recipe recipe_;
  const std::string directory_;
};

// A program built here, once for all versions: they differ in an argument.
class BuiltProgram : public Program {
 public:
  explicit BuiltProgram(std::string directory)
      : directory_(std::move(directory)) {}

  absl::StatusOr<Version> Make(int number, absl::string_view,
                               int port) override {
    if (artifact_.empty()) {
      ASSIGN_OR_RETURN(artifact_, Build());
    }
    Version version;
    version.command = Command(absl::StrCat(port), absl::StrCat(number));
    version.answer = absl::StrCat("version ", number, "\n");
    RETURN_IF_ERROR(Publish(artifact_, &version));
    return version;
  }

 protected:
  const std::string& directory() const { return directory_; }

 private:
  // Returns the artifact's path.
  virtual absl::StatusOr<std::string> Build() const = 0;
  virtual std::vector<std::string> Command(const std::string& port,
                                           const std::string& number) const = 0;

  const std::string directory_;
  std::string artifact_;
};

class GoProgram : public BuiltProgram {
 public:
  using BuiltProgram::BuiltProgram;

  absl::string_view name() const override { return "go"; }

 private:
  // Go finds its way by links badly: the source is copied first.
  absl::StatusOr<std::string> Build() const override {
    PosixFileSystem files;
    std::string artifact = absl::StrCat(directory(), "/go_server");
    std::string source = absl::StrCat(directory(), "/go_server.go");
    ASSIGN_OR_RETURN(std::string text, Source("go_server.go"));
    RETURN_IF_ERROR(files.WriteAtomically(source, text));
    RETURN_IF_ERROR(Run({"/usr/bin/go", "build", "-o", artifact, source},
                        {absl::StrCat("GOCACHE=", directory(), "/go-cache"),
                         absl::StrCat("GOPATH=", directory(), "/go-path"),
                         "GOPROXY=off", "GO111MODULE=off"})
                        .status());
    return artifact;
  }

  std::vector<std::string> Command(const std::string& port,
                                   const std::string& number) const override {
    return {"${artifact}", "-address", absl::StrCat("${host.address}:", port),
            "-version", number};
  }
};

class JavaProgram : public BuiltProgram {
 public:
  using BuiltProgram::BuiltProgram;

  absl::string_view name() const override { return "java"; }

 private:
  absl::StatusOr<std::string> Build() const override {
    const std::string classes = absl::StrCat(directory(), "/java");
    std::string artifact = classes + ".tar";
    RETURN_IF_ERROR(
        Run({"/usr/bin/javac", "-d", classes, SourcePath("JavaServer.java")})
            .status());
    RETURN_IF_ERROR(
        Run({"/usr/bin/tar", "-C", classes, "-cf", artifact, "."}).status());
    return artifact;
  }

  std::vector<std::string> Command(const std::string& port,
                                   const std::string& number) const override {
    // By default Java binds IPv4 addresses on IPv6 sockets, and sends the body
    // of a second answer only when the head of it is acknowledged: after 40 ms.
    return {"/usr/bin/java",
            "-Djava.net.preferIPv4Stack=true",
            "-Dsun.net.httpserver.nodelay=true",
            "-cp",
            "${artifact}",
            "JavaServer",
            "${host.address}",
            port,
            number};
  }
};

}  // namespace

std::vector<std::string> ProgramNames() {
  std::vector<std::string> names = {"go", "java"};
  for (const Recipe& recipe : Recipes()) names.push_back(recipe.name);
  return names;
}

absl::StatusOr<std::unique_ptr<Program>> MakeProgram(
    absl::string_view name, const std::string& directory) {
  if (name == "go") return std::make_unique<GoProgram>(directory);
  if (name == "java") return std::make_unique<JavaProgram>(directory);
  for (const Recipe& recipe : Recipes()) {
    if (recipe.name == name) {
      return std::make_unique<TarProgram>(recipe, directory);
    }
  }
  return absl::NotFoundError(absl::StrCat(
      "there is no program \"", name,
      "\" (there are: ", absl::StrJoin(ProgramNames(), ", "), ")"));
}

}  // namespace rollout::programs
