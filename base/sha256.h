// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 of bytes that come piece by piece.

#ifndef BASE_SHA256_H_
#define BASE_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace rollout {

// Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Add(absl::string_view bytes);

  // The digest of all that was added: 64 hexadecimal digits, lower case. The
  // last call.
  std::string Finish();

 private:
  evp_md_ctx_st* const context_;
};

// Of the whole of `bytes`.
std::string Sha256Of(absl::string_view bytes);

}  // namespace rollout

#endif  // BASE_SHA256_H_
