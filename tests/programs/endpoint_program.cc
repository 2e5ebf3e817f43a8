// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/endpoint_program.h"

#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/check.h"
#include "base/file_system.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::programs {
namespace {

struct Recipe {
  const char* name;
  const char* endpoints;
  const char* readiness;
  // The one file of the artifact, beside "version"; @...@ are put in.
  const char* source;
  std::vector<std::string> command;
  const char* signal = "TERM";
};

constexpr char kQuick[] = "period: 50ms, timeout: 2s}";

std::vector<Recipe> Recipes() {
  const char* const on_path = "[{name: http, address: \"unix:@PATH@\"}]";
  const char* const http = "{http: {path: /ready}, ";
  return {
      {"nginx_path",
       on_path,
       http,
       "nginx.conf",
       {"/usr/sbin/nginx", "-p", "${generation.dir}", "-e", "stderr", "-c",
        "${artifact}/nginx.conf", "-g",
        "daemon off; pid ${generation.dir}/nginx.pid;"},
       "QUIT"},
      {"gunicorn_path",
       on_path,
       http,
       "gunicorn_app.py",
       {"/usr/bin/gunicorn", "--chdir", "${artifact}", "--bind", "unix:@PATH@",
        "--workers", "2", "gunicorn_app"}},
      {"udp_echo",
       "[{name: echo, address: \"udp:${host.address}:@PORT@\"}]",
       "{listening: {}, ",
       "udp_echo.py",
       {"/usr/bin/python3", "${artifact}/udp_echo.py", "${host.address}",
        "@PORT@", "@VERSION@"}},
      {"dnsmasq",
       "[{name: udp, address: \"udp:${host.address}:@PORT@\"}, "
       "{name: tcp, address: \"${host.address}:@PORT@\"}]",
       "{tcp: {}, ",
       "udp_echo.py",  // of no use: it needs no file
       {"/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
        "--pid-file=${generation.dir}/pid", "--user=root", "--no-resolv",
        "--no-hosts", "--bind-interfaces", "--listen-address=${host.address}",
        "--port=@PORT@", "--txt-record=version.test,version @VERSION@"}},
  };
}

Recipe Find(absl::string_view name) {
  for (Recipe& recipe : Recipes()) {
    if (recipe.name == name) return recipe;
  }
  CHECK(false);
  return {};
}

std::string PutIn(absl::string_view text, int number,
                  const EndpointPlace& place) {
  return absl::StrReplaceAll(
      text, {{"@PATH@", place.path()},
             {"@ADDRESS@", absl::StrCat("unix:", place.path())},
             {"@PORT@", absl::StrCat(place.port)},
             {"@SHARED@", place.directory},
             {"@VERSION@", absl::StrCat(number)}});
}

absl::Status Pack(const std::string& directory, const std::string& archive) {
  Command tar;
  tar.arguments = {"/usr/bin/tar", "-C", directory, "-cf", archive, "."};
  tar.timeout = absl::Minutes(1);
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(tar));
  if (result.wait_status == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("tar: ", result.output));
}

}  // namespace

std::vector<std::string> EndpointProgramNames() {
  std::vector<std::string> names;
  for (const Recipe& recipe : Recipes()) names.push_back(recipe.name);
  return names;
}

EndpointProgram DescribeEndpointProgram(absl::string_view name,
                                        const EndpointPlace& place) {
  const Recipe recipe = Find(name);
  return {recipe.name, PutIn(recipe.endpoints, 0, place),
          absl::StrCat(recipe.readiness, kQuick)};
}

absl::StatusOr<Version> MakeEndpointVersion(absl::string_view name, int number,
                                            const EndpointPlace& place) {
  const Recipe recipe = Find(name);
  PosixFileSystem files;
  const std::string root =
      absl::StrCat(place.directory, "/", recipe.name, "-", number);
  RETURN_IF_ERROR(files.MakeDirectories(root));
  RETURN_IF_ERROR(files.MakeDirectories(place.directory + "/run"));
  ASSIGN_OR_RETURN(std::string source,
                   files.Read((std::filesystem::current_path() /
                               "tests/programs" / recipe.source)
                                  .string()));
  RETURN_IF_ERROR(files.WriteAtomically(absl::StrCat(root, "/", recipe.source),
                                        PutIn(source, number, place)));
  RETURN_IF_ERROR(files.WriteAtomically(
      root + "/version", absl::StrCat("version ", number, "\n")));
  const std::string archive = root + ".tar";
  RETURN_IF_ERROR(Pack(root, archive));
  ASSIGN_OR_RETURN(std::string content, files.Read(archive));
  Version version;
  version.artifact_url = absl::StrCat("file://", archive);
  version.sha256 = Sha256Of(content);
  for (const std::string& word : recipe.command) {
    version.command.push_back(PutIn(word, number, place));
  }
  version.signal = recipe.signal;
  return version;
}

}  // namespace rollout::programs
