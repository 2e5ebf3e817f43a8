// SPDX-License-Identifier: Apache-2.0

#include "controller/store/revision_id.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/sha256.h"

namespace rollout::store {
namespace {

constexpr size_t kDigits = 10;

}  // namespace

std::string CanonicalBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream out(&bytes);
  google::protobuf::io::CodedOutputStream coded(&out);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

std::string RevisionId(const v1::ServiceTemplate& service) {
  return Sha256Of(CanonicalBytes(service)).substr(0, kDigits);
}

}  // namespace rollout::store
