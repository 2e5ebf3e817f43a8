// SPDX-License-Identifier: Apache-2.0
//
// An artifact passes through the agent without ever being in its memory.

#include <sys/resource.h>

#include <string>

#include "agent/artifact/disk_artifact_store.h"
#include "agent/artifact/sealed_tree.h"
#include "base/sha256.h"
#include "gtest/gtest.h"
#include "tests/agent/artifact/artifact_server.h"

namespace rollout::artifact {
namespace {

long PeakKilobytes() {
  rusage usage;
  EXPECT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
  return usage.ru_maxrss;
}

TEST(BigArtifact, TakesNoMemory) {
  ArtifactServer server("");
  Sha256 digest;
  const std::string piece = ArtifactServer::BigPiece();
  for (int i = 0; i < ArtifactServer::kBigPieces; ++i) digest.Add(piece);
  v1::Artifact artifact;
  artifact.set_url(server.Url("/big"));
  artifact.set_sha256(digest.Finish());
  artifact.set_format(v1::Artifact::EXECUTABLE);
  const std::string directory = ::testing::TempDir() + "/big_artifact_test";
  auto store = DiskArtifactStore::Open(directory, {});
  ASSERT_TRUE(store.ok()) << store.status();

  long before = PeakKilobytes();
  auto path = (*store)->Fetch(artifact);
  long grown = PeakKilobytes() - before;
  ASSERT_TRUE(path.ok()) << path.status();
  // 96 MiB went through; server and store together need less than 16.
  EXPECT_LT(grown, 16 << 10);
  RecordProperty("peak_growth_kilobytes", static_cast<int>(grown));
  EXPECT_TRUE(RemoveTree(directory).ok());
}

}  // namespace
}  // namespace rollout::artifact
