// SPDX-License-Identifier: Apache-2.0

#include "tests/rolloutctl/render/list_samples.h"

#include "base/check.h"
#include "google/protobuf/text_format.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::render {
namespace {

constexpr char kLists[] = R"pb(
  rollouts {
    plan: "web"
    number: 2
    revision: "3f2a91c0de"
    stable_revision: "77aa01bb2c"
    phase: ROLLED_BACK
    reason: "HostFailed"
    message: "web-2: exited at once"
    cause { user: "ann" message: "new front page" }
    created { seconds: 1799999875 }
    finished { seconds: 1799999990 nanos: 500000000 }
    hosts { desired: 3 }
  }
  rollouts {
    plan: "web"
    number: 1
    revision: "77aa01bb2c"
    phase: PROGRESSING
    paused: true
    cause { user: "ben" }
    created { seconds: 1799990000 }
    hosts { desired: 3 updated: 2 }
  }
  hosts {
    info {
      name: "web-1"
      address: "127.0.1.1"
      agent_version: "0.1.0"
      kernel_release: "6.1.0-18-amd64"
      labels { key: "zone" value: "b" }
      labels { key: "role" value: "web" }
      limitations: "tcp_migrate_req can't be set: a crash loses its queue"
    }
    connected: true
    silent_for { seconds: 2 }
    joined { seconds: 1799000000 }
    services { plan: "web" }
  }
  hosts {
    info { name: "web-2" address: "127.0.1.2" }
    silent_for { seconds: 7300 }
    joined { seconds: 1799000000 }
    cordon { cause { user: "ann" message: "its disk dies" } }
  }
  freezes {
    hosts {}
    cause { user: "ben" message: "the sale" }
    since { seconds: 1799999000 }
  }
  freezes {
    hosts { match_labels { key: "zone" value: "a" } }
    cause { user: "ann" }
    since { seconds: 1799990000 }
  }
  sources {
    name: "prod"
    url: "https://git.example.com/team/plans.git"
    branch: "main"
    path: "plans"
    interval { seconds: 60 }
    prune: true
    state: OUT_OF_SYNC
    reason: "Drifted"
    message: "1 of 2 plans are not as the commit has them: api (Drifted)"
    seen {
      id: "c0ffee0000000000000000000000000000000000"
      author: "Ann <ann@example.com>"
      committed { seconds: 1799990000 }
      subject: "New front page"
      signer: "Ann (ED25519 SHA256:abc)"
    }
    applied {
      id: "c0ffee0000000000000000000000000000000000"
      author: "Ann <ann@example.com>"
      committed { seconds: 1799990000 }
      subject: "New front page"
      signer: "Ann (ED25519 SHA256:abc)"
    }
    applied_at { seconds: 1799990010 }
    checked { seconds: 1799999970 }
    plan_count: 2
    plans {
      plan: "api"
      source: "prod"
      path: "plans/api.yaml"
      state: OUT_OF_SYNC
      reason: "Drifted"
      message: "an operator changed it"
    }
    plans {
      plan: "web"
      source: "prod"
      path: "plans/web.yaml"
      state: SYNCED
      reason: "Synced"
    }
  }
  sources {
    name: "test"
    url: "git@git.example.com:team/plans.git"
    branch: "next"
    interval { seconds: 300 }
    state: FAILED_TO_SYNC
    reason: "CommitRefused"
    message: "web.yaml:3:1: spec.hosts: is missing\nweb.yaml:9:1: no"
    seen { id: "badbad0000000000000000000000000000000000" }
    checked { seconds: 1799999999 }
  }
  revisions {
    plan: "web"
    id: "3f2a91c0de"
    number: 2
    created { seconds: 1799999875 }
    service {
      artifact {
        url: "file:///srv/site-2.tar.gz"
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
      }
    }
  }
  revisions {
    plan: "web"
    id: "77aa01bb2c"
    number: 1
    created { seconds: 1799990000 }
    service {
      artifact {
        url: "file:///srv/site-1.tar.gz"
        sha256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
      }
    }
  }
  swaps {
    id: "web/5"
    host: "web-1"
    plan: "web"
    attempt: 2000
    rollout: 2
    old_generation: 4
    old_revision: "77aa01bb2c"
    new_generation: 5
    new_revision: "3f2a91c0de"
    handover: INTERCEPT
    outcome: SWAPPED
    final: true
    connections_carried: 12
    connections_finished: 12
    accept_queue_peak: 3
    old_usage {
      cpu_time { seconds: 71 nanos: 400000000 }
      peak_memory_bytes: 536870912
      oom_kills: 1
    }
    new_usage {
      cpu_time { nanos: 310000000 }
      memory_bytes: 432013312
      peak_memory_bytes: 524288000
      processes: 5
      threads: 9
      descriptors: 80
    }
    counters_before { listen_drops: 10 estab_resets: 5 migrated: 2 }
    counters_after { listen_drops: 10 estab_resets: 6 migrated: 9 }
    began { seconds: 1799999900 }
    timings {
      startup { nanos: 213400000 }
      switchover { nanos: 1240000 }
      flip { nanos: 85000 }
      wait { nanos: 20000000 }
      exit { nanos: 31000000 }
    }
  }
  swaps {
    id: "web/3"
    host: "web-2"
    plan: "web"
    attempt: 2000
    rollout: 2
    old_revision: "77aa01bb2c"
    new_revision: "3f2a91c0de"
    old_generation: 2
    new_generation: 3
    handover: ACTIVATION
    outcome: REFUSED
    final: true
    reason: "exited with status 1 before it was ready"
    began { seconds: 1799999910 }
  }
  events {
    time { seconds: 1799999915 }
    plan: "web"
    rollout: 2
    host: "web-2"
    severity: WARNING
    reason: "HostFailed"
    message: "web-2: exited at once"
  }
  events {
    time { seconds: 1799999875 }
    plan: "web"
    rollout: 2
    severity: NORMAL
    reason: "RolloutCreated"
    message: "to 3f2a91c0de"
    user: "ann"
    address: "10.0.0.7:51234"
    result: "OK"
  }
  events {
    time { seconds: 1799999861 }
    plan: "web"
    severity: WARNING
    reason: "RequestRefused"
    message: "Pause: web has no rollout under way: nothing to pause"
    user: "ben"
    address: "10.0.0.8:49152"
    result: "FailedPrecondition"
  }
  events {
    time { seconds: 1799990000 }
    host: "web-2"
    severity: NORMAL
    reason: "HostCordoned"
    message: "no rollout begins there: its disk dies"
    user: "ann"
    address: "10.0.0.7:51234"
    result: "OK"
  }
)pb";

}  // namespace

v1::ListResponse SampleLists() {
  v1::ListResponse lists;
  CHECK(google::protobuf::TextFormat::ParseFromString(kLists, &lists));
  *lists.add_plans() = MidRollout();
  lists.mutable_plans(0)->clear_hosts();
  lists.add_plans()->mutable_plan()->set_name("new");
  *lists.mutable_plans(1)->mutable_plan()->mutable_created() =
      lists.plans(0).plan().created();
  return lists;
}

}  // namespace rollout::render
