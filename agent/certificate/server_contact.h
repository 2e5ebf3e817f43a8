// SPDX-License-Identifier: Apache-2.0
//
// How a certificate gets from its files to the clients: the generations that
// serve it are told, and asked what they show.

#ifndef AGENT_CERTIFICATE_SERVER_CONTACT_H_
#define AGENT_CERTIFICATE_SERVER_CONTACT_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/certificate/certificate_pair.h"

namespace rollout::certificate {

// A generation that lives and listens.
struct Server {
  int64_t generation = 0;
  // Its main process, and the parent that it must have, so that no other one of
  // that number is meant.
  pid_t pid = 0;
  pid_t parent = 0;
  // Where it is asked (as NetAddress::Parse reads it), by what mark it is known
  // there, and for which name.
  std::string address;
  uint32_t mark = 0;
  std::string server_name;
  // What it is told by: a signal, or if that is 0 a command; absolute, no
  // shell.
  int signal = 0;
  std::vector<std::string> command;
};

bool operator==(const Server& a, const Server& b);

// From one thread at a time.
class ServerContact {
 public:
  virtual ~ServerContact() = default;

  // Has the server read its certificate again. Unavailable: it is gone.
  virtual absl::Status Tell(const Server& server) = 0;

  // Its main process runs.
  virtual bool Lives(const Server& server) = 0;

  // Asks it what it shows.
  virtual absl::StatusOr<CertificateFacts> Ask(const Server& server) = 0;

  // Waits; false: it was told to end instead.
  virtual bool Pause(absl::Duration time) = 0;
};

// The real one.
class MarkedContact : public ServerContact {
 public:
  // `cancel_fd`, borrowed: readable ends whatever waits, now and later.
  explicit MarkedContact(int cancel_fd) : cancel_fd_(cancel_fd) {}

  absl::Status Tell(const Server& server) override;
  bool Lives(const Server& server) override;
  absl::StatusOr<CertificateFacts> Ask(const Server& server) override;
  bool Pause(absl::Duration time) override;

 private:
  const int cancel_fd_;
};

}  // namespace rollout::certificate

#endif  // AGENT_CERTIFICATE_SERVER_CONTACT_H_
