// SPDX-License-Identifier: Apache-2.0
//
// Makes tar archives for tests, also such as no decent program makes.

#ifndef TESTS_AGENT_ARTIFACT_TAR_BUILDER_H_
#define TESTS_AGENT_ARTIFACT_TAR_BUILDER_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct archive;

namespace rollout::artifact {

enum class Compression { kNone, kGzip, kZstd, kBzip2 };

// Paths and targets are written as they are given.
class TarBuilder {
 public:
  explicit TarBuilder(Compression compression = Compression::kNone);

  TarBuilder& File(const std::string& path, absl::string_view content,
                   int mode = 0644);
  TarBuilder& Directory(const std::string& path);
  TarBuilder& Symlink(const std::string& path, const std::string& target);
  TarBuilder& HardLink(const std::string& path, const std::string& target);
  // `type`: S_IFCHR, S_IFBLK or S_IFIFO.
  TarBuilder& Special(const std::string& path, unsigned type);

  // The archive. The last call.
  std::string Build();

 private:
  struct Entry;
  void Add(const Entry& entry);

  std::unique_ptr<std::string> bytes_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace rollout::artifact

#endif  // TESTS_AGENT_ARTIFACT_TAR_BUILDER_H_
