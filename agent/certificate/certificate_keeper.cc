// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/certificate_keeper.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::certificate {
namespace {

// For what no watch tells, and for expiry.
constexpr int kLookEveryMs = 60000;

void Set(int event) {
  const uint64_t one = 1;
  CHECK(write(event, &one, sizeof one) == sizeof one);
}

}  // namespace

CertificateKeeper::CertificateKeeper(
    FileSystem* files, const Clock* clock,
    std::function<void(std::vector<CertificateState>)> on_states)
    : files_(*files),
      clock_(*clock),
      on_states_(std::move(on_states)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      end_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      contact_(end_.get()),
      thread_([this] { Run(); }) {
  CHECK(wake_.valid() && end_.valid());
}

CertificateKeeper::~CertificateKeeper() { Stop(); }

void CertificateKeeper::Follow(std::vector<CertificateTerms> terms) {
  {
    MutexLock lock(&mutex_);
    if (terms == terms_) return;
    terms_ = std::move(terms);
  }
  Set(wake_.get());
}

absl::Status CertificateKeeper::Prepare(
    const std::vector<CertificateTerms>& terms) {
  MutexLock lock(&work_);
  for (const CertificateTerms& each : terms) {
    RETURN_IF_ERROR(WithContext(Kept(each.name).Prepare(each),
                                absl::StrCat("certificate ", each.name)));
  }
  return absl::OkStatus();
}

void CertificateKeeper::Stop() {
  if (!thread_.joinable()) return;
  Set(end_.get());
  thread_.join();
}

void CertificateKeeper::Run() {
  std::vector<CertificateState> told;
  while (contact_.Pause(absl::ZeroDuration())) {
    std::vector<CertificateTerms> terms;
    {
      MutexLock lock(&mutex_);
      terms = terms_;
    }
    std::vector<std::string> paths;
    for (const CertificateTerms& each : terms) {
      paths.push_back(each.certificate);
      paths.push_back(each.key);
    }
    // Before the files are read, so that no change is missed.
    watch_.Follow(paths);
    std::vector<CertificateState> states;
    {
      MutexLock lock(&work_);
      for (const CertificateTerms& each : terms) {
        states.push_back(Kept(each.name).Look(each, contact_));
      }
    }
    if (states != told) {
      for (const CertificateState& state : states) {
        if (state.problem.empty()) continue;
        LogWarning("certificate ", state.name, ": ", state.problem);
      }
      told = states;
      on_states_(std::move(states));
    }
    Wait();
  }
}

void CertificateKeeper::Wait() {
  pollfd events[] = {{wake_.get(), POLLIN, 0},
                     {end_.get(), POLLIN, 0},
                     {watch_.fd(), POLLIN, 0}};
  poll(events, 3, kLookEveryMs);
  uint64_t count;
  ssize_t size = read(wake_.get(), &count, sizeof count);
  (void)size;  // nothing to read: it was another one
}

KeptCertificate& CertificateKeeper::Kept(const std::string& name) {
  std::unique_ptr<KeptCertificate>& kept = kept_[name];
  if (kept == nullptr) {
    kept = std::make_unique<KeptCertificate>(&files_, &clock_);
  }
  return *kept;
}

}  // namespace rollout::certificate
