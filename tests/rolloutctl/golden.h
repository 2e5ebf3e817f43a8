// SPDX-License-Identifier: Apache-2.0
//
// Compares text with a file that is checked in. To accept new output, run the
// test's binary with ROLLOUT_UPDATE_GOLDEN set to the root of the tree, and
// look at the difference before you commit it.

#ifndef TESTS_ROLLOUTCTL_GOLDEN_H_
#define TESTS_ROLLOUTCTL_GOLDEN_H_

#include <string>

namespace rollout {

// `path` from the root of the tree.
void ExpectGolden(const std::string& path, const std::string& text);

}  // namespace rollout

#endif  // TESTS_ROLLOUTCTL_GOLDEN_H_
