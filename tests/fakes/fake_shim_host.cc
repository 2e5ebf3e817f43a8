// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/fake_shim_host.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"

namespace rollout {
namespace {

uint64_t NowNs() {
  return static_cast<uint64_t>(
      absl::ToInt64Nanoseconds(SystemClock().Uptime()));
}

shim::v1::Generation* Find(shim::v1::Status* status, uint64_t number) {
  for (shim::v1::Generation& generation : *status->mutable_generations()) {
    if (generation.number() == number) return &generation;
  }
  return nullptr;
}

void Exit(int status, shim::v1::Generation* generation) {
  generation->set_pid(0);
  generation->set_exit_status(status);
  generation->set_ended(true);
  const uint64_t now = NowNs();
  generation->mutable_times()->set_gone_ns(now);
  generation->mutable_times()->set_ended_ns(now);
}

}  // namespace

class FakeShimHost::Connection : public shim_client::Shim {
 public:
  Connection(FakeShimHost* host, std::string service)
      : host_(*host), service_(std::move(service)) {}
  ~Connection() override { host_.Disconnect(service_, this); }

  void Send(shim::v1::Request request,
            std::function<void(absl::Status)> done) override {
    host_.loop_.Post([&host = host_, service = service_,
                      request = std::move(request), done = std::move(done)] {
      absl::Status status = host.Handle(service, request);
      host.Push(service);
      done(status);
    });
  }

 private:
  FakeShimHost& host_;
  const std::string service_;
};

FakeShimHost::~FakeShimHost() { loop_.Stop(); }

void FakeShimHost::SetBehaviour(const std::string& revision,
                                FakeBehaviour behaviour) {
  MutexLock lock(&mutex_);
  behaviours_[revision] = behaviour;
}

void FakeShimHost::Crash(const std::string& service, uint64_t generation) {
  Later(absl::ZeroDuration(), service, generation,
        [](shim::v1::Generation* crashed) { Exit(9, crashed); });
}

shim::v1::Status FakeShimHost::StatusOf(const std::string& service) {
  MutexLock lock(&mutex_);
  return services_[service].status;
}

absl::StatusOr<std::vector<std::string>> FakeShimHost::FindServices() {
  MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, service] : services_) {
    if (!service.over) names.push_back(name);
  }
  return names;
}

absl::StatusOr<std::unique_ptr<shim_client::Shim>> FakeShimHost::Open(
    const std::string& service, shim_client::ShimEvents events) {
  auto connection = std::make_unique<Connection>(this, service);
  {
    MutexLock lock(&mutex_);
    if (std::exchange(services_[service].over, false)) {
      services_[service].status.Clear();
    }
    services_[service].connection = connection.get();
    services_[service].events = std::move(events);
  }
  loop_.Post([this, service] { Push(service); });
  return connection;
}

void FakeShimHost::Disconnect(const std::string& service,
                              const Connection* connection) {
  MutexLock lock(&mutex_);
  if (services_[service].connection != connection) return;
  services_[service].connection = nullptr;
  services_[service].events = {};
}

void FakeShimHost::Push(const std::string& service) {
  shim_client::ShimEvents events;
  shim::v1::Status status;
  {
    MutexLock lock(&mutex_);
    if (services_[service].connection == nullptr) return;
    events = services_[service].events;
    status = services_[service].status;
  }
  events.on_status(std::move(status));
}

void FakeShimHost::Later(absl::Duration delay, const std::string& service,
                         uint64_t generation,
                         std::function<void(shim::v1::Generation*)> change) {
  if (delay == absl::InfiniteDuration()) return;
  loop_.PostAfter(delay,
                  [this, service, generation, change = std::move(change)] {
                    {
                      MutexLock lock(&mutex_);
                      shim::v1::Generation* found =
                          Find(&services_[service].status, generation);
                      if (found == nullptr || found->ended()) return;
                      change(found);
                    }
                    Push(service);
                  });
}

absl::Status FakeShimHost::Shutdown(const std::string& service) {
  shim_client::ShimEvents events;
  {
    MutexLock lock(&mutex_);
    Service& ended = services_[service];
    for (const shim::v1::Generation& generation : ended.status.generations()) {
      if (!generation.ended()) {
        return absl::FailedPreconditionError("a generation is alive");
      }
    }
    ended.over = true;
    ended.connection = nullptr;
    events = std::exchange(ended.events, {});
  }
  if (events.on_lost) events.on_lost(absl::UnavailableError("it has ended"));
  return absl::OkStatus();
}

absl::Status FakeShimHost::Handle(const std::string& service,
                                  const shim::v1::Request& request) {
  if (request.has_shutdown()) return Shutdown(service);
  MutexLock lock(&mutex_);
  shim::v1::Status& status = services_[service].status;
  switch (request.kind_case()) {
    case shim::v1::Request::kStart:
      return Start(service, request.start());
    case shim::v1::Request::kSetWeights:
      return SetWeights(request.set_weights(), &status);
    case shim::v1::Request::kDrain:
      return Drain(service, request.drain());
    case shim::v1::Request::kForget: {
      auto* all = status.mutable_generations();
      for (int i = 0; i < all->size(); ++i) {
        if (all->Get(i).number() != request.forget().generation()) continue;
        if (!all->Get(i).ended()) {
          return absl::FailedPreconditionError("it has not ended");
        }
        all->DeleteSubrange(i, 1);
        return absl::OkStatus();
      }
      return absl::NotFoundError("no such generation");
    }
    default:
      return absl::UnimplementedError("the fake does not do that");
  }
}

absl::Status FakeShimHost::Start(const std::string& service,
                                 const shim::v1::StartRequest& start) {
  shim::v1::Status& status = services_[service].status;
  if (start.generation() <= status.last_generation()) {
    return absl::FailedPreconditionError("generation numbers go up");
  }
  status.set_last_generation(start.generation());
  status.set_takes_group_limits(true);
  shim::v1::Generation* made = status.add_generations();
  made->set_number(start.generation());
  made->set_revision(start.revision());
  made->set_attempt(start.attempt());
  made->set_pid(static_cast<int32_t>(10000 + start.generation()));
  made->set_mark(static_cast<uint32_t>(start.generation()));
  made->mutable_times()->set_started_ns(NowNs());
  const FakeBehaviour& behaviour = behaviours_[start.revision()];
  Later(behaviour.listens_after, service, start.generation(),
        [](shim::v1::Generation* generation) {
          generation->set_all_endpoints_listen(true);
          generation->mutable_times()->set_listening_ns(NowNs());
        });
  Later(behaviour.notifies_after, service, start.generation(),
        [](shim::v1::Generation* generation) {
          generation->set_notified_ready(true);
          generation->mutable_times()->set_notified_ready_ns(NowNs());
        });
  Later(behaviour.exits_after, service, start.generation(),
        [](shim::v1::Generation* generation) { Exit(1 << 8, generation); });
  return absl::OkStatus();
}

absl::Status FakeShimHost::SetWeights(
    const shim::v1::SetWeightsRequest& request, shim::v1::Status* status) {
  std::map<uint64_t, uint32_t> weights;
  for (const shim::v1::Weight& weight : request.weights()) {
    const shim::v1::Generation* found = Find(status, weight.generation());
    if (found == nullptr || !found->all_endpoints_listen()) {
      return absl::FailedPreconditionError(
          absl::StrCat("generation ", weight.generation(), " can't serve"));
    }
    weights[weight.generation()] = weight.permille();
  }
  const uint64_t now = NowNs();
  for (shim::v1::Generation& generation : *status->mutable_generations()) {
    const uint32_t weight = weights[generation.number()];
    shim::v1::GenerationTimes* times = generation.mutable_times();
    if (weight > 0 && generation.weight() == 0) {
      times->set_flip_began_ns(now);
      times->set_flip_ended_ns(now);
      times->clear_retired_ns();
      times->clear_queue_empty_ns();
    }
    if (weight == 0 && generation.weight() > 0) {
      times->set_retired_ns(now);
      times->set_queue_empty_ns(now);
    }
    generation.set_weight(weight);
  }
  return absl::OkStatus();
}

absl::Status FakeShimHost::Drain(const std::string& service,
                                 const shim::v1::DrainRequest& drain) {
  shim::v1::Generation* found =
      Find(&services_[service].status, drain.generation());
  if (found == nullptr) return absl::NotFoundError("no such generation");
  if (found->weight() > 0) {
    return absl::FailedPreconditionError("it serves clients");
  }
  found->set_draining(true);
  found->mutable_times()->set_drain_began_ns(NowNs());
  found->mutable_times()->set_signalled_ns(NowNs());
  Later(behaviours_[found->revision()].drains_for, service, drain.generation(),
        [](shim::v1::Generation* generation) { Exit(0, generation); });
  return absl::OkStatus();
}

}  // namespace rollout
