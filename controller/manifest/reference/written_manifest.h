// SPDX-License-Identifier: Apache-2.0
//
// The messages of proto/manifest/v1, with their comments and options: what the
// schema and the reference are made of.
//
// Pure functions and values, safe from any thread. What a function returns of a
// descriptor is borrowed from the WrittenManifest that it came from.

#ifndef CONTROLLER_MANIFEST_REFERENCE_WRITTEN_MANIFEST_H_
#define CONTROLLER_MANIFEST_REFERENCE_WRITTEN_MANIFEST_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "proto/manifest/v1/options.pb.h"

namespace rollout::manifest {

class WrittenManifest {
 public:
  // `descriptors`: a FileDescriptorSet with imports and source info.
  // InvalidArgument: it is none, or not of manifest.proto.
  static absl::StatusOr<std::unique_ptr<WrittenManifest>> Read(
      absl::string_view descriptors);

  // A message for each kind of document.
  std::vector<const google::protobuf::Descriptor*> Kinds() const;
  // The forms that have something to tell.
  std::vector<const google::protobuf::EnumValueDescriptor*> Forms() const;

 private:
  WrittenManifest() = default;

  google::protobuf::DescriptorPool pool_;
  const google::protobuf::Descriptor* manifest_ = nullptr;
};

// What the comment above it says, a paragraph; empty: there is none. Of a
// message, field, oneof or enum value.
template <typename Descriptor>
std::string CommentOf(const Descriptor& descriptor);

const v1::Value& ValueOf(const google::protobuf::FieldDescriptor& field);

// Whether the key must be there, by itself.
bool IsRequired(const google::protobuf::FieldDescriptor& field);
// Whether one of its keys must be there.
bool IsRequired(const google::protobuf::OneofDescriptor& one_of);

// The oneof as people wrote it; null: the field is in none.
const google::protobuf::OneofDescriptor* OneofOf(
    const google::protobuf::FieldDescriptor& field);

// The text of the default; none: no value could be written for it.
std::optional<std::string> DefaultOf(
    const google::protobuf::FieldDescriptor& field);

// What a text may be.
struct TextRule {
  struct Word {
    std::string word;
    std::string meaning;
  };

  // A regular expression of ECMA-262; empty: any text.
  std::string pattern;
  // The only ones, where they are few.
  std::vector<Word> words;
  // For people, in Markdown: "duration".
  std::string called;
  // How that is written; empty: `called` says it.
  std::string about;
};

// Of a field that is no message; of a list its items, of a map its values.
TextRule TextOf(const google::protobuf::FieldDescriptor& field);
// Of a map's keys.
TextRule KeyTextOf(const google::protobuf::FieldDescriptor& field);
TextRule FormRule(const google::protobuf::EnumValueDescriptor& form);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_REFERENCE_WRITTEN_MANIFEST_H_
