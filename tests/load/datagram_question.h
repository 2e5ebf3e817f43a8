// SPDX-License-Identifier: Apache-2.0
//
// One question in a datagram, from a socket of its own, told apart by how it
// ended. Nothing is asked twice: on one machine no datagram is lost but by whom
// it was sent to.

#ifndef TESTS_LOAD_DATAGRAM_QUESTION_H_
#define TESTS_LOAD_DATAGRAM_QUESTION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/net_address.h"
#include "tests/load/answer.h"

namespace rollout::load {

// What is asked, each time with another number, and what the answer says;
// none: it is no answer to that.
struct DatagramForm {
  std::function<std::string(uint16_t number)> question;
  std::function<std::optional<std::string>(uint16_t number,
                                           absl::string_view answer)>
      read;
};

// Anything, answered with a text, a line break and itself.
DatagramForm EchoForm();

// The TXT record of a name like "version.test", over DNS.
DatagramForm DnsTextForm(absl::string_view name);

// A value; any number of threads may use one.
class DatagramQuestion {
 public:
  // `timeout` bounds the wait for the answer.
  DatagramQuestion(const NetAddress& address, DatagramForm form,
                   absl::Duration timeout)
      : address_(address), form_(std::move(form)), timeout_(timeout) {}

  // kOk, kRefused, kReset (another error), kTimedOut; kBadAnswer: not the
  // answer to the question.
  Answer Ask() const;

 private:
  const NetAddress address_;
  const DatagramForm form_;
  const absl::Duration timeout_;
};

}  // namespace rollout::load

#endif  // TESTS_LOAD_DATAGRAM_QUESTION_H_
