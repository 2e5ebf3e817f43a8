// SPDX-License-Identifier: Apache-2.0

#include "controller/store/hold_operations.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/closest_name.h"
#include "base/proto_time.h"
#include "controller/store/holds.h"
#include "controller/store/keys.h"
#include "controller/store/word.h"
#include "proto/rollout/v1/hold.pb.h"

namespace rollout::store {
namespace {

absl::Status NoSuchHost(const Catalog& catalog, const std::string& host) {
  std::vector<std::string> names;
  for (const HostRecord& record : catalog.Hosts()) {
    names.push_back(record.info().name());
  }
  const std::string nearest = ClosestName(host, names);
  return absl::NotFoundError(absl::StrCat(
      "no host \"", host, "\" has ever connected: ",
      nearest.empty() ? "'rolloutctl get hosts' lists those there are"
                      : absl::StrCat("did you mean \"", nearest, "\"?")));
}

std::string FrozenHosts(const std::string& selector) {
  return selector.empty() ? "the fleet"
                          : absl::StrCat("all hosts with ", selector);
}

// A name or value with a separator could be taken for two.
absl::Status CheckLabels(const v1::HostSelector& hosts) {
  for (const auto& [name, value] : hosts.match_labels()) {
    if (!name.empty() && !absl::StrContains(name, '=') &&
        !absl::StrContains(name, ',') && !absl::StrContains(value, ',')) {
      continue;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("\"", name, "=", value,
                     "\" is no label a host can have: a name, '=' and a value "
                     "without ','"));
  }
  return absl::OkStatus();
}

absl::Status NotFrozen(const Catalog& catalog, const std::string& selector) {
  std::vector<std::string> others;
  for (const auto& [hosts, freeze] : catalog.Holds().freezes) {
    others.push_back(hosts.empty() ? "the fleet" : hosts);
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "there is no freeze of ", FrozenHosts(selector),
      others.empty()
          ? ": nothing is frozen"
          : absl::StrCat(", but of ", absl::StrJoin(others, ", "),
                         ": name the labels that one was made with")));
}

v1::Event OfHost(const std::string& host, v1::Event event) {
  event.set_host(host);
  return event;
}

}  // namespace

void HoldOperations::Cordon(const std::string& host, v1::Cause cause,
                            Done done) {
  if (!catalog_.FindHost(host)) return done(NoSuchHost(catalog_, host));
  const Holds holds = catalog_.Holds();
  if (const v1::Cordon* present = holds.CordonOf(host)) {
    return done(absl::FailedPreconditionError(
        absl::StrCat("host ", host, " is already ", TextOf(*present))));
  }
  const absl::Time now = clock_.Now();
  v1::Cordon cordon;
  *cordon.mutable_cause() = cause;
  *cordon.mutable_since() = ToProto(now);
  Transaction transaction;
  transaction.comparisons.push_back({CordonKey(host), 0});
  transaction.puts.push_back({CordonKey(host), cordon.SerializeAsString()});
  Commit(std::move(transaction),
         OfHost(host, Word{cause, now}.Done("HostCordoned",
                                            "no rollout begins there")),
         std::move(done));
}

void HoldOperations::Uncordon(const std::string& host, v1::Cause cause,
                              Done done) {
  const Holds holds = catalog_.Holds();
  auto present = holds.cordons.find(host);
  if (present == holds.cordons.end()) {
    return done(catalog_.FindHost(host)
                    ? absl::FailedPreconditionError(
                          absl::StrCat("host ", host, " is not cordoned"))
                    : NoSuchHost(catalog_, host));
  }
  Transaction transaction;
  transaction.comparisons.push_back(
      {CordonKey(host), present->second.mod_revision});
  transaction.deletes.push_back(CordonKey(host));
  Commit(std::move(transaction),
         OfHost(host, Word{cause, clock_.Now()}.Done(
                          "HostUncordoned", "rollouts begin there again")),
         std::move(done));
}

void HoldOperations::Freeze(v1::HostSelector hosts, v1::Cause cause,
                            Done done) {
  if (absl::Status status = CheckLabels(hosts); !status.ok()) {
    return done(status);
  }
  const std::string selector = SelectorText(hosts);
  const Holds holds = catalog_.Holds();
  if (auto found = holds.freezes.find(selector); found != holds.freezes.end()) {
    return done(absl::FailedPreconditionError(
        absl::StrCat("already ", TextOf(found->second.record))));
  }
  const absl::Time now = clock_.Now();
  v1::Freeze freeze;
  *freeze.mutable_hosts() = std::move(hosts);
  *freeze.mutable_cause() = cause;
  *freeze.mutable_since() = ToProto(now);
  Transaction transaction;
  transaction.comparisons.push_back({FreezeKey(selector), 0});
  transaction.puts.push_back({FreezeKey(selector), freeze.SerializeAsString()});
  Commit(std::move(transaction),
         Word{cause, now}.Done("Frozen", FrozenHosts(selector)),
         std::move(done));
}

void HoldOperations::Unfreeze(v1::HostSelector hosts, v1::Cause cause,
                              Done done) {
  const std::string selector = SelectorText(hosts);
  const Holds holds = catalog_.Holds();
  auto found = holds.freezes.find(selector);
  if (found == holds.freezes.end()) return done(NotFrozen(catalog_, selector));
  Transaction transaction;
  transaction.comparisons.push_back(
      {FreezeKey(selector), found->second.mod_revision});
  transaction.deletes.push_back(FreezeKey(selector));
  Commit(std::move(transaction),
         Word{cause, clock_.Now()}.Done("Unfrozen", FrozenHosts(selector)),
         std::move(done));
}

void HoldOperations::Commit(Transaction transaction, v1::Event event,
                            Done done) {
  transaction.puts.push_back({kHoldsKey, ""});
  catalog_.store().Commit(
      std::move(transaction),
      [this, event = std::move(event),
       done = std::move(done)](absl::StatusOr<int64_t> revision) {
        if (revision.ok()) {
          history_.Add(event);
        } else if (absl::IsAborted(revision.status())) {
          return done(absl::AbortedError(
              "somebody else said the same or the opposite at this moment: "
              "look at it, then try again"));
        }
        done(revision.status());
      });
}

}  // namespace rollout::store
