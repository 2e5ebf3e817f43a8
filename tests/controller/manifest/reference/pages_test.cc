// SPDX-License-Identifier: Apache-2.0
//
// docs/reference is what the messages of proto/manifest/v1 say.

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "controller/manifest/reference/json_schema.h"
#include "controller/manifest/reference/reference_page.h"
#include "controller/manifest/reference/written_manifest.h"
#include "gtest/gtest.h"
#include "tests/rolloutctl/golden.h"

namespace rollout::manifest {
namespace {

absl::StatusOr<std::unique_ptr<WrittenManifest>> ReadDescriptors() {
  std::ifstream file("proto/manifest/v1/manifest.descriptors",
                     std::ios::binary);
  return WrittenManifest::Read(
      std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST(Reference, TheCheckedInSchemaIsThatOfTheMessages) {
  auto written = ReadDescriptors();
  ASSERT_TRUE(written.ok()) << written.status();
  ExpectGolden("docs/reference/manifest.schema.json", JsonSchema(**written));
}

TEST(Reference, TheCheckedInPageIsThatOfTheMessages) {
  auto written = ReadDescriptors();
  ASSERT_TRUE(written.ok()) << written.status();
  ExpectGolden("docs/reference/manifest.md", ReferencePage(**written));
}

// Which CONVENTIONS ask of the proto files as of a header.
TEST(Reference, EveryKeyHasAComment) {
  auto written = ReadDescriptors();
  ASSERT_TRUE(written.ok()) << written.status();
  const auto* file = (*written)->Kinds().front()->file();
  std::vector<const google::protobuf::FileDescriptor*> files = {file};
  int fields = 0;
  for (size_t f = 0; f < files.size(); ++f) {
    if (files[f]->name().find("options.proto") != std::string::npos) continue;
    for (int i = 0; i < files[f]->dependency_count(); ++i) {
      files.push_back(files[f]->dependency(i));
    }
    for (int m = 0; m < files[f]->message_type_count(); ++m) {
      const auto* message = files[f]->message_type(m);
      if (message->name() == "Manifest") continue;
      for (int i = 0; i < message->field_count(); ++i, ++fields) {
        EXPECT_NE(CommentOf(*message->field(i)), "")
            << message->field(i)->full_name();
      }
    }
  }
  EXPECT_GT(fields, 80);
}

TEST(Reference, WhatIsNoDescriptorIsRefused) {
  EXPECT_FALSE(WrittenManifest::Read("{}").ok());
  EXPECT_FALSE(WrittenManifest::Read("").ok());
}

}  // namespace
}  // namespace rollout::manifest
