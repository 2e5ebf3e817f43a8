// SPDX-License-Identifier: Apache-2.0
//
// The grpc probe: good when the standard health service says SERVING, see
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md. Plaintext.

#ifndef AGENT_PROBE_GRPC_QUESTION_H_
#define AGENT_PROBE_GRPC_QUESTION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "agent/probe/question.h"
#include "base/endpoint_address.h"

namespace rollout::probe {

class GrpcQuestion : public Question {
 public:
  // `service`: the name that is asked for; empty: the server as a whole.
  GrpcQuestion(const EndpointAddress& address, uint32_t mark,
               std::string service, absl::Duration timeout);
  ~GrpcQuestion() override;

  Answer Ask() override;
  void Cancel() override;

 private:
  // Of one call; keeps gRPC out of whoever includes this.
  class Call;

  const EndpointAddress address_;
  const uint32_t mark_;
  const std::string service_;
  const absl::Duration timeout_;
  const std::unique_ptr<Call> call_;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_GRPC_QUESTION_H_
