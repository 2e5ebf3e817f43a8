// SPDX-License-Identifier: Apache-2.0
//
// A version of a site served by Python's http.server, that is ready when the
// test says so, and not before.

#ifndef TESTS_E2E_SITE_H_
#define TESTS_E2E_SITE_H_

#include <string>

#include "tests/e2e/manifest.h"

namespace rollout::e2e {

// Answers "/" with "version N", "/ready-N" with 200 while it is ready and 404
// otherwise, "/alive-N" with 200 while it is well and 404 otherwise. Well and
// not ready at first.
class Site {
 public:
  // Makes the directory `directory`/site-N, and an artifact beside it.
  Site(const std::string& directory, int number);

  void SetReady(bool ready) { SetPage("ready", ready); }
  void SetWell(bool well) { SetPage("alive", well); }

  // For fields that differ from what ManifestFields has; without liveness.
  ManifestFields Fields(int port) const;
  std::string Manifest(int port) const { return e2e::Manifest(Fields(port)); }

 private:
  void SetPage(const std::string& name, bool there);

  const std::string directory_;
  const int number_;
};

}  // namespace rollout::e2e

#endif  // TESTS_E2E_SITE_H_
