// SPDX-License-Identifier: Apache-2.0
//
// Looks after the certificates of one service, on a thread of its own: whenever
// their files may have changed, whenever a generation has come, and once a
// minute.

#ifndef AGENT_CERTIFICATE_CERTIFICATE_KEEPER_H_
#define AGENT_CERTIFICATE_CERTIFICATE_KEEPER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "agent/certificate/kept_certificate.h"
#include "agent/certificate/path_watch.h"
#include "agent/certificate/server_contact.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace rollout::certificate {

// Safe from any thread.
class CertificateKeeper {
 public:
  // `on_states` is called on the keeper's thread with all states when one has
  // changed. The others must outlive this.
  CertificateKeeper(
      FileSystem* files, const Clock* clock,
      std::function<void(std::vector<CertificateState>)> on_states);
  // As Stop.
  ~CertificateKeeper();
  CertificateKeeper(const CertificateKeeper&) = delete;
  CertificateKeeper& operator=(const CertificateKeeper&) = delete;

  // These shall be kept from now on, and no others. Does not block.
  void Follow(std::vector<CertificateTerms> terms) ABSL_LOCKS_EXCLUDED(mutex_);

  // Good pairs for all of `terms` are in place; else says of the first that is
  // not why. Blocks while a look is under way, and for the disk.
  absl::Status Prepare(const std::vector<CertificateTerms>& terms)
      ABSL_LOCKS_EXCLUDED(work_);

  // Ends the thread, and what it waits for. Not from on_states.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  void Wait();
  KeptCertificate& Kept(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(work_);

  FileSystem& files_;
  const Clock& clock_;
  const std::function<void(std::vector<CertificateState>)> on_states_;
  // Readable: there are new terms; to be ended.
  const UniqueFd wake_;
  const UniqueFd end_;
  MarkedContact contact_;
  PathWatch watch_;

  Mutex mutex_;
  std::vector<CertificateTerms> terms_ ABSL_GUARDED_BY(mutex_);

  // Held while certificates are worked on. By name; made at first sight.
  Mutex work_;
  std::map<std::string, std::unique_ptr<KeptCertificate>> kept_
      ABSL_GUARDED_BY(work_);
  // Last: it uses all of the above.
  std::thread thread_;
};

}  // namespace rollout::certificate

#endif  // AGENT_CERTIFICATE_CERTIFICATE_KEEPER_H_
