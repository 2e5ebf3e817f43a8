// SPDX-License-Identifier: Apache-2.0
//
// An artifact on an HTTP server that lets those who ask for it wait until the
// test says so.

#ifndef TESTS_E2E_HELD_ARTIFACT_H_
#define TESTS_E2E_HELD_ARTIFACT_H_

#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace rollout::e2e {

// Listens on loopback, on a port of the kernel's choice. Not thread-safe.
class HeldArtifact {
 public:
  explicit HeldArtifact(std::string content);
  ~HeldArtifact();
  HeldArtifact(const HeldArtifact&) = delete;
  HeldArtifact& operator=(const HeldArtifact&) = delete;

  std::string url() const { return url_; }
  // As a plan names it.
  std::string sha256() const;

  // Somebody waits for it.
  bool Asked() const;

  // From now on everybody gets it. Once.
  void Release();

 private:
  void Serve() const;

  const std::string content_;
  UniqueFd listener_;
  std::string url_;
  std::thread server_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_HELD_ARTIFACT_H_
