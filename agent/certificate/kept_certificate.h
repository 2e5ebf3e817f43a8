// SPDX-License-Identifier: Apache-2.0
//
// One certificate of a service, and its way to the clients:
//
//   source files --check--> copies --tell--> generations --ask--> shown
//        |                    ^                                     |
//        bad: reported        +---- back, when it is not shown -----+
//
// Each look goes as far as it can and says where it stands; nothing is lost by
// an end in between, because the next look begins with what is there.

#ifndef AGENT_CERTIFICATE_KEPT_CERTIFICATE_H_
#define AGENT_CERTIFICATE_KEPT_CERTIFICATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/certificate/certificate_pair.h"
#include "agent/certificate/installed_pair.h"
#include "agent/certificate/server_contact.h"
#include "base/clock.h"
#include "base/file_system.h"

namespace rollout::certificate {

// What is wanted of one certificate.
struct CertificateTerms {
  std::string name;
  // The source.
  std::string certificate;
  std::string key;
  // What it must be good for.
  std::vector<std::string> names;
  // The copies: their directory, and who may read the key.
  std::string directory;
  Owner owner;
  // Whoever serves it.
  std::vector<Server> servers;
};

bool operator==(const CertificateTerms& a, const CertificateTerms& b);

struct CertificateState {
  std::string name;
  // Of the pair in place; empty: none is.
  std::string serial;
  absl::Time expires;
  // Why a newer one is not in place, or not shown; empty: all is well.
  std::string problem;
  // It ends soon; empty: it does not.
  std::string warning;
};

bool operator==(const CertificateState& a, const CertificateState& b);

// How long a server has to show a new certificate, from being told.
inline constexpr absl::Duration kShownWithin = absl::Seconds(10);

// Not thread-safe.
class KeptCertificate {
 public:
  // Both must outlive this.
  KeptCertificate(FileSystem* files, const Clock* clock)
      : files_(*files), clock_(*clock) {}

  // Before a service is started with it: a pair that is good for `terms` is in
  // place. Errors say why there is none.
  absl::Status Prepare(const CertificateTerms& terms);

  // Takes up what is new, has it shown, and says how things stand.
  CertificateState Look(const CertificateTerms& terms, ServerContact& contact);

 private:
  // Puts a good new pair in place. Why not; empty: there is none, or it is.
  std::string TakeUp(const CertificateTerms& terms);
  // Why a server does not show what is in place; empty: all do.
  std::string Show(const CertificateTerms& terms, ServerContact& contact);
  // Tells it unless it shows the certificate, and waits until it does.
  absl::Status ShowBy(const Server& server, const CertificateFacts& facts,
                      ServerContact& contact);
  absl::Status AwaitShown(const Server& server, const CertificateFacts& facts,
                          ServerContact& contact);
  void ForgetAllBut(const std::vector<Server>& servers);
  std::string GoBack(const CertificateTerms& terms, const std::string& why,
                     ServerContact& contact);

  FileSystem& files_;
  const Clock& clock_;
  // SHA-256 of one that was in place and was not shown: not tried again.
  std::string given_up_;
  std::string why_given_up_;
  // The pair in place took another's, which is there still, and has not been
  // shown by all.
  bool is_new_ = false;
  // By generation, the fingerprint it shows, or why it does not show what it
  // was told to.
  std::map<int64_t, std::string> shown_;
  std::map<int64_t, std::string> refused_;
};

}  // namespace rollout::certificate

#endif  // AGENT_CERTIFICATE_KEPT_CERTIFICATE_H_
