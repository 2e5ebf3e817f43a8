// SPDX-License-Identifier: Apache-2.0
//
// Rotates the output of every service of the agent, on a thread of its own, so
// that nothing waits for a compression.

#ifndef AGENT_OUTPUT_ROTATIONS_H_
#define AGENT_OUTPUT_ROTATIONS_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "agent/output/rotation.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "base/file_system.h"

namespace rollout::output {

// Safe from any thread.
class Rotations {
 public:
  // Looks at each service this often; one that writes quickly goes that much
  // beyond its size. Both must outlive this.
  Rotations(FileSystem* files, const Clock* clock,
            absl::Duration interval = absl::Seconds(1));
  // A compression under way is finished.
  ~Rotations() { loop_.Stop(); }
  Rotations(const Rotations&) = delete;
  Rotations& operator=(const Rotations&) = delete;

  // From now on the output in that directory is kept by `policy`. What fails is
  // logged, once for each reason.
  void Keep(const std::string& directory, const RotationPolicy& policy);

 private:
  struct Kept {
    Rotation rotation;
    RotationPolicy policy;
    std::string last_trouble;
  };

  // On the loop.
  void Pass();

  FileSystem& files_;
  const Clock& clock_;
  const absl::Duration interval_;
  // By directory; of the loop.
  std::map<std::string, Kept> kept_;
  EventLoop loop_;
};

}  // namespace rollout::output

#endif  // AGENT_OUTPUT_ROTATIONS_H_
