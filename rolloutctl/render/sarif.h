// SPDX-License-Identifier: Apache-2.0
//
// Errors of manifests as SARIF 2.1.0, the form that forges and editors show
// beside the source.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_SARIF_H_
#define ROLLOUTCTL_RENDER_SARIF_H_

#include <string>
#include <vector>

#include "controller/manifest/manifest.h"

namespace rollout::render {

// One run with a result for each error, in their order. `texts` are what the
// errors are about: SARIF counts columns in characters. Ends with a line break.
std::string Sarif(const std::vector<manifest::ManifestError>& errors,
                  const std::vector<manifest::ManifestText>& texts);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_SARIF_H_
