// SPDX-License-Identifier: Apache-2.0
//
// OpenSSH's server, for the one who started it, on a port of loopback's.

#ifndef TESTS_PROGRAMS_SSH_SERVER_H_
#define TESTS_PROGRAMS_SSH_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/e2e/process.h"

namespace rollout::programs {

struct SshSettings {
  // For the server's own files; it exists.
  std::string directory;
  // Of the one who may log in.
  std::string public_key_file;
  // The kinds of host keys it has, as ssh-keygen -t names them.
  std::vector<std::string> host_key_types = {"ed25519"};
};

// Not thread-safe. Ends with this.
class SshServer {
 public:
  // Returns when it answers. Unavailable: it does not, with what it has said.
  static absl::StatusOr<std::unique_ptr<SshServer>> Start(
      const SshSettings& settings);

  // "ssh://USER@127.0.0.1:PORT/PATH"; `path` is absolute.
  std::string Url(const std::string& path) const;
  // "[127.0.0.1]:PORT", as known_hosts has it.
  std::string Host() const;
  // "TYPE KEY" of the host's n-th key.
  absl::StatusOr<std::string> HostKey(size_t n = 0) const;
  // A known_hosts file with all of them.
  absl::StatusOr<std::string> WriteKnownHosts() const;
  // "GIT_SSH_COMMAND=...": has git use this private key, and know this host.
  absl::StatusOr<std::string> GitVariable(const std::string& key_file) const;

 private:
  SshServer(const SshSettings& settings, int port);

  // On its port, which somebody else may have taken meanwhile.
  absl::Status StartProcess();

  std::string HostKeyFile(const std::string& type) const;
  absl::Status WriteFiles() const;

  const SshSettings settings_;
  const int port_;
  // Where its own files are.
  const std::string files_;
  std::unique_ptr<e2e::Process> process_;
};

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_SSH_SERVER_H_
