// SPDX-License-Identifier: Apache-2.0
//
// Tells a controller of pushes, as GitHub does.

#ifndef TESTS_E2E_FORGE_H_
#define TESTS_E2E_FORGE_H_

#include <cstddef>
#include <string>
#include <utility>

namespace rollout::e2e {

// Not thread-safe.
class Forge {
 public:
  // `controller`: where it takes webhooks, HOST:PORT.
  Forge(std::string controller, std::string secret)
      : controller_(std::move(controller)), secret_(std::move(secret)) {}

  // Of one to main. Returns the status of the answer; 0: there was none.
  int TellOfPush() const { return Post(secret_); }
  // The same by somebody who does not know the secret.
  int TellFalsely() const { return Post(secret_ + "?"); }

  // `count` one after the other over one connection, of `bytes` each. Returns
  // how many were accepted.
  int TellOften(int count, size_t bytes) const;

 private:
  int Post(const std::string& secret) const;

  const std::string controller_;
  const std::string secret_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_FORGE_H_
