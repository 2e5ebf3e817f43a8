// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/git_http_server.h"

#include <filesystem>
#include <fstream>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "tests/e2e/wait_until.h"
#include "tests/programs/local_port.h"
#include "tests/programs/run.h"

namespace rollout::programs {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(30);
constexpr int kTries = 3;

// See git help http-backend.
constexpr char kConfiguration[] = R"conf(
server.modules = ("mod_alias", "mod_auth", "mod_authn_file", "mod_setenv",
                  "mod_redirect", "mod_accesslog", "mod_cgi")
server.bind = "@ADDRESS@"
server.port = @PORT@
server.document-root = "@FILES@"
server.upload-dirs = ("@FILES@")
# A file's lines would be held back; a pipe's are not.
accesslog.filename = "|exec /usr/bin/tee -a @FILES@/access"
accesslog.format = "%u %m %U %s"
alias.url = ("/git" => "/usr/lib/git-core/git-http-backend")
url.redirect = ("^/to/([a-z]+)/(.*)" => "$1://$2")
$HTTP["url"] =~ "^/git" {
  cgi.assign = ("" => "")
  setenv.add-environment = ("GIT_PROJECT_ROOT" => "@ROOT@",
                            "GIT_HTTP_EXPORT_ALL" => "1")
}
)conf";

constexpr char kAuthentication[] = R"conf(
auth.backend = "plain"
auth.backend.plain.userfile = "@FILES@/users"
auth.require = ("/" => ("method" => "basic", "realm" => "git",
                        "require" => "valid-user"))
)conf";

constexpr char kTls[] = R"(
server.modules += ("mod_openssl")
ssl.engine = "enable"
ssl.pemfile = "@FILES@/server.crt"
ssl.privkey = "@FILES@/server.key"
)";

}  // namespace

GitHttpServer::GitHttpServer(const GitHttpSettings& settings, int port)
    : settings_(settings),
      port_(port),
      files_(absl::StrCat(settings.directory, "/http-", port)) {}

absl::StatusOr<std::unique_ptr<GitHttpServer>> GitHttpServer::Start(
    const GitHttpSettings& settings) {
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    auto server = absl::WrapUnique(new GitHttpServer(settings, FreePort()));
    status = server->StartProcess();
    if (status.ok()) return server;
  }
  return status;
}

absl::Status GitHttpServer::StartProcess() {
  std::filesystem::create_directories(files_);
  if (settings_.tls) RETURN_IF_ERROR(MakeCertificates());
  RETURN_IF_ERROR(WriteFiles());
  const std::string log = files_ + "/log";
  ASSIGN_OR_RETURN(
      process_, e2e::Process::Start(
                    {"/usr/sbin/lighttpd", "-D", "-f", files_ + "/conf"}, log));
  bool answers = e2e::WaitUntil(kLimit, [this] {
    return Listens(settings_.address, port_) || !process_->Running();
  });
  if (answers && process_->Running()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "lighttpd does not start: ", PosixFileSystem().Read(log).value_or("")));
}

absl::Status GitHttpServer::WriteFiles() const {
  std::ofstream(files_ + "/users")
      << settings_.user << ":" << settings_.password << "\n";
  std::ofstream conf(files_ + "/conf");
  conf << absl::StrReplaceAll(
      absl::StrCat(kConfiguration,
                   settings_.user.empty() ? "" : kAuthentication,
                   settings_.tls ? kTls : ""),
      {{"@ADDRESS@", settings_.address},
       {"@PORT@", absl::StrCat(port_)},
       {"@FILES@", files_},
       {"@ROOT@", settings_.directory}});
  conf.close();
  return conf ? absl::OkStatus()
              : absl::InternalError("cannot write below " + files_);
}

absl::Status GitHttpServer::MakeCertificates() const {
  const std::string key = files_ + "/ca.key";
  const std::string server = files_ + "/server";
  std::ofstream(server + ".ext") << "subjectAltName=DNS:localhost\n";
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=Git test", "-keyout", key, "-out", ca_file()},
           {"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
            "-keyout", server + ".key", "-out", server + ".csr"},
           {"x509", "-req", "-days", "2", "-in", server + ".csr", "-CA",
            ca_file(), "-CAkey", key, "-CAcreateserial", "-extfile",
            server + ".ext", "-out", server + ".crt"}}) {
    std::vector<std::string> arguments = {"/usr/bin/openssl"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    RETURN_IF_ERROR(Run(arguments).status());
  }
  return absl::OkStatus();
}

std::string GitHttpServer::Root() const {
  return absl::StrCat(
      settings_.tls ? "https://localhost" : "http://" + settings_.address, ":",
      port_);
}

std::string GitHttpServer::Url(const std::string& name) const {
  return absl::StrCat(Root(), "/git/", name, ".git");
}

std::string GitHttpServer::UrlThatLeadsTo(const std::string& url) const {
  return absl::StrCat(Root(), "/to/", absl::StrReplaceAll(url, {{"://", "/"}}));
}

std::string GitHttpServer::Log() const {
  return PosixFileSystem().Read(files_ + "/access").value_or("");
}

}  // namespace rollout::programs
