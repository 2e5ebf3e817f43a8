// SPDX-License-Identifier: Apache-2.0

#include "tests/rolloutctl/render/samples.h"

#include <string>

#include "base/check.h"
#include "google/protobuf/text_format.h"

namespace rollout::render {
namespace {

template <typename T>
T Parse(const std::string& text) {
  T message;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

constexpr char kPlan[] = R"pb(
  plan {
    name: "web"
    spec_version: 2
    created { seconds: 1799990000 }
    spec {
      service {
        endpoints { name: "http" address: "${host.address}:8080" }
        endpoints { name: "admin" address: "unix:/run/web/admin.sock" }
      }
    }
  }
  stable_revision: "77aa01bb2c"
)pb";

constexpr char kMidRollout[] = R"pb(
  rollout {
    plan: "web"
    number: 2
    revision: "3f2a91c0de"
    stable_revision: "77aa01bb2c"
    phase: PROGRESSING
    message: "1 host in change"
    cause { user: "ann" message: "new front page" }
    created { seconds: 1799999875 }
    hosts {
      desired: 4
      updated: 1
      available: 3
      unavailable: 1
      in_change: 1
      overlapping: 2
    }
    conditions {
      type: "Available"
      status: true
      reason: "EnoughHosts"
      message: "3 of 4 hosts serve; at most 1 may be out of service"
      changed { seconds: 1799990100 }
    }
    conditions {
      type: "Degraded"
      status: false
      reason: "AsExpected"
      message: "no host has failed"
      changed { seconds: 1799990100 }
    }
  }
  hosts {
    host: "web-1"
    address: "127.0.1.1"
    connected: true
    state: "Updated"
    state_age { seconds: 64 }
    generations {
      number: 4
      revision: "77aa01bb2c"
      phase: WARM
      ready: true
      startup { nanos: 204000000 }
    }
    generations {
      number: 5
      revision: "3f2a91c0de"
      phase: SERVING
      weight: 1000
      ready: true
      startup { nanos: 213400000 }
      usage {
        cpu_time { seconds: 12 }
        memory_bytes: 432013312
        peak_memory_bytes: 524288000
      }
    }
    certificates {
      name: "site"
      serial: "0A1B2C3D"
      expires { seconds: 1805184000 }
    }
    certificates {
      name: "admin"
      serial: "77"
      expires { seconds: 1800432000 }
      problem: "/etc/admin.key: the key does not belong to /etc/admin.pem"
      warning: "it expires soon"
    }
    generations { number: 3 revision: "77aa01bb2c" phase: EXITED }
  }
  hosts {
    host: "web-2"
    address: "127.0.1.2"
    connected: true
    state: "Starting"
    state_age { seconds: 1 nanos: 500000000 }
    rule: "Starting"
    reason: "waits for the readiness probe"
    generations {
      number: 2
      revision: "77aa01bb2c"
      phase: SERVING
      weight: 1000
      ready: true
      startup { seconds: 12 nanos: 40000000 }
    }
    generations {
      number: 3
      revision: "3f2a91c0de"
      phase: LISTENING
      message: "GET / gave 503"
    }
  }
  hosts {
    host: "web-3"
    address: "127.0.1.3"
    state: "Disconnected"
    state_age { seconds: 100000 }
    rule: "Disconnected"
    reason: "not heard of: is its agent running?"
  }
  hosts {
    host: "web-4"
    address: "127.0.1.4"
    connected: true
    state: "Pending"
    state_age { seconds: 125 }
    rule: "MaxSurge"
    reason: "1 may be in change: 1 host (web-2) in change"
  }
)pb";

constexpr char kComplete[] = R"pb(
  rollout {
    plan: "web"
    number: 2
    revision: "3f2a91c0de"
    stable_revision: "77aa01bb2c"
    phase: COMPLETE
    reason: "Complete"
    message: "1 of 1 hosts serve the revision"
    cause { user: "ann" }
    created { seconds: 1799999875 }
    finished { seconds: 1799999990 nanos: 500000000 }
    hosts { desired: 1 updated: 1 available: 1 }
  }
  stable_revision: "3f2a91c0de"
  hosts {
    host: "web-1"
    connected: true
    state: "Updated"
    state_age { seconds: 64 }
    generations {
      number: 5
      revision: "3f2a91c0de"
      phase: SERVING
      weight: 1000
      ready: true
      startup { nanos: 213400000 }
    }
  }
)pb";

constexpr char kRollingBack[] = R"pb(
  rollout {
    plan: "web"
    number: 2
    revision: "3f2a91c0de"
    stable_revision: "77aa01bb2c"
    phase: ROLLING_BACK
    reason: "HostFailed"
    message: "host web-2: its main process was killed by signal 9 (Killed)"
    cause { user: "ann" message: "new front page" }
    created { seconds: 1799999875 }
    hosts { desired: 2 updated: 1 available: 2 in_change: 1 }
    conditions {
      type: "Progressing"
      status: true
      reason: "RollingBack"
      message: "to revision 77aa01bb2c"
      changed { seconds: 1799999875 }
    }
    conditions {
      type: "Degraded"
      status: true
      reason: "HostFailed"
      message: "host web-2: its main process was killed by signal 9 (Killed)"
      changed { seconds: 1799999990 }
    }
  }
  hosts {
    host: "web-1"
    connected: true
    state: "RollingBack"
    state_age { seconds: 3 }
    rule: "MinReady"
    reason: "has served for 3s of 10s"
    generations {
      number: 6
      revision: "77aa01bb2c"
      phase: SERVING
      weight: 1000
      ready: true
      startup { nanos: 40000000 }
    }
  }
  hosts {
    host: "web-2"
    connected: true
    state: "Serving"
    state_age { seconds: 9 }
    generations {
      number: 2
      revision: "77aa01bb2c"
      phase: SERVING
      weight: 1000
      ready: true
      startup { nanos: 40000000 }
    }
  }
)pb";

constexpr char kRolledBack[] = R"pb(
  rollout {
    plan: "web"
    number: 2
    revision: "3f2a91c0de"
    stable_revision: "77aa01bb2c"
    phase: ROLLED_BACK
    reason: "HostFailed"
    message: "web-2: exited with status 1 before it was ready"
    created { seconds: 1799999875 }
    finished { seconds: 1799999990 }
    hosts { desired: 1 updated: 1 available: 1 }
  }
  hosts {
    host: "web-2"
    connected: true
    state: "Serving"
    state_age { seconds: 9 }
    generations {
      number: 2
      revision: "77aa01bb2c"
      phase: SERVING
      weight: 1000
      ready: true
      startup { nanos: 40000000 }
    }
    generations {
      number: 3
      revision: "3f2a91c0de"
      phase: FAILED_GENERATION
      message: "exited with status 1\n\x1b[31mpanic\x1b[0m"
    }
  }
)pb";

}  // namespace

v1::PlanStatus MidRollout() {
  return Parse<v1::PlanStatus>(std::string(kPlan) + kMidRollout);
}

v1::PlanStatus Complete() {
  return Parse<v1::PlanStatus>(
      std::string(R"pb(plan {
                         name: "web"
                         created { seconds: 1799990000 }
                       })pb") +
      kComplete);
}

v1::PlanStatus RollingBack() {
  return Parse<v1::PlanStatus>(std::string(kPlan) + kRollingBack);
}

v1::PlanStatus RolledBack() {
  return Parse<v1::PlanStatus>(std::string(kPlan) + kRolledBack);
}

}  // namespace rollout::render
