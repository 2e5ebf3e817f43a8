// SPDX-License-Identifier: Apache-2.0
//
// Serves repositories by smart HTTP: git http-backend behind a lighttpd.

#ifndef TESTS_PROGRAMS_GIT_HTTP_SERVER_H_
#define TESTS_PROGRAMS_GIT_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/e2e/process.h"

namespace rollout::programs {

struct GitHttpSettings {
  // What is below it is served; the server's own files go there, too.
  std::string directory;
  // An IPv4 address of this host.
  std::string address = "127.0.0.1";
  // Empty: anybody may read and write.
  std::string user;
  std::string password;
  // With a certificate for "localhost", by an authority of its own.
  bool tls = false;
};

// Not thread-safe. Ends with this.
class GitHttpServer {
 public:
  // Returns when it answers. Unavailable: it does not, with what it has said.
  static absl::StatusOr<std::unique_ptr<GitHttpServer>> Start(
      const GitHttpSettings& settings);

  // Of `directory`/NAME.git. With TLS of host "localhost".
  std::string Url(const std::string& name = "plans") const;
  // A path that leads to another URL.
  std::string UrlThatLeadsTo(const std::string& url) const;

  // The authority's certificate.
  std::string ca_file() const { return files_ + "/ca.crt"; }
  // A line for each request: its user, method, path and status.
  std::string Log() const;

 private:
  GitHttpServer(const GitHttpSettings& settings, int port);

  // On its port, which somebody else may have taken meanwhile.
  absl::Status StartProcess();

  std::string Root() const;
  absl::Status WriteFiles() const;
  absl::Status MakeCertificates() const;

  const GitHttpSettings settings_;
  const int port_;
  // Where its own files are.
  const std::string files_;
  std::unique_ptr<e2e::Process> process_;
};

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_GIT_HTTP_SERVER_H_
