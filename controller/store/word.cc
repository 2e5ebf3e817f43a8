// SPDX-License-Identifier: Apache-2.0

#include "controller/store/word.h"

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"

namespace rollout::store {
namespace {

std::string WithMessage(absl::string_view text, const v1::Cause& cause) {
  return absl::StrCat(text, cause.message().empty() ? "" : ": ",
                      cause.message());
}

}  // namespace

std::string Word::Text() const {
  return WithMessage(absl::StrCat("by ", cause.user()), cause);
}

v1::Event Word::Done(absl::string_view reason, absl::string_view what) const {
  v1::Event event;
  *event.mutable_time() = ToProto(now);
  event.set_severity(v1::Event::NORMAL);
  event.set_reason(std::string(reason));
  event.set_message(WithMessage(what, cause));
  event.set_user(cause.user());
  event.set_address(cause.address());
  event.set_result("OK");
  return event;
}

}  // namespace rollout::store
