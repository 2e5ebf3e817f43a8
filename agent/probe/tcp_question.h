// SPDX-License-Identifier: Apache-2.0
//
// The tcp probe: good when the connection is established.

#ifndef AGENT_PROBE_TCP_QUESTION_H_
#define AGENT_PROBE_TCP_QUESTION_H_

#include <cstdint>

#include "absl/time/time.h"
#include "agent/probe/cancel_event.h"
#include "agent/probe/question.h"
#include "base/endpoint_address.h"

namespace rollout::probe {

class TcpQuestion : public Question {
 public:
  TcpQuestion(const EndpointAddress& address, uint32_t mark,
              absl::Duration timeout)
      : address_(address), mark_(mark), timeout_(timeout) {}

  Answer Ask() override;
  void Cancel() override { cancelled_.Set(); }

 private:
  const EndpointAddress address_;
  const uint32_t mark_;
  const absl::Duration timeout_;
  CancelEvent cancelled_;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_TCP_QUESTION_H_
