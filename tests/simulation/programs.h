// SPDX-License-Identifier: Apache-2.0
//
// How the programs of a simulation's plans behave: a revision's command says
// which, and some are bad, on some hosts.

#ifndef TESTS_SIMULATION_PROGRAMS_H_
#define TESTS_SIMULATION_PROGRAMS_H_

#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rollout::simulation {

struct Behaviour {
  bool becomes_ready = true;
  // After its first client; infinite: it does not.
  absl::Duration dies_after = absl::InfiniteDuration();
  // When it is started on a host for the first so many times; then it does
  // well.
  int starts = std::numeric_limits<int>::max();

  bool is_good() const {
    return becomes_ready && dies_after == absl::InfiniteDuration();
  }
};

class Programs {
 public:
  // On so many of 1000 hosts.
  void SetBad(const std::string& command, Behaviour behaviour, int permille) {
    bad_[command] = {behaviour, permille, {}};
  }

  // On just these.
  void SetBad(const std::string& command, Behaviour behaviour,
              std::set<std::string> hosts) {
    bad_[command] = {behaviour, 0, std::move(hosts)};
  }

  Behaviour Of(const std::string& command, absl::string_view host) const {
    auto found = bad_.find(command);
    if (found == bad_.end()) return {};
    if (found->second.hosts.count(std::string(host)) > 0) {
      return found->second.behaviour;
    }
    // The same one each time.
    unsigned hash = 0;
    for (char c : command + "/" + std::string(host)) hash = hash * 31 + c;
    return static_cast<int>(hash % 1000) < found->second.permille
               ? found->second.behaviour
               : Behaviour();
  }

 private:
  struct Bad {
    Behaviour behaviour;
    int permille = 0;
    std::set<std::string> hosts;
  };
  std::map<std::string, Bad> bad_;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_PROGRAMS_H_
