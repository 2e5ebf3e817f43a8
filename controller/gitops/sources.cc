// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/sources.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/closest_name.h"
#include "base/event_loop.h"

namespace rollout::gitops {

Sources::Sources(const SyncRooms& rooms, std::vector<SourceSettings> settings,
                 const std::string& directory)
    : rooms_(rooms) {
  std::sort(settings.begin(), settings.end(),
            [](const SourceSettings& a, const SourceSettings& b) {
              return a.name < b.name;
            });
  std::set<std::string> names;
  for (const SourceSettings& source : settings) names.insert(source.name);
  for (SourceSettings& source : settings) {
    const std::string own = absl::StrCat(directory, "/", source.name);
    Followed followed;
    followed.sync =
        std::make_unique<SourceSync>(rooms_, std::move(source), own, names);
    followed.loop = std::make_unique<SourceLoop>(*followed.sync, rooms_.clock,
                                                 std::make_unique<EventLoop>());
    sources_.push_back(std::move(followed));
  }
}

Sources::~Sources() { Stop(); }

void Sources::Stop() {
  rooms_.fetcher.Stop();
  for (Followed& source : sources_) source.sync->Stop();
  for (Followed& source : sources_) source.loop->Stop();
}

void Sources::Hint(const std::string& source) {
  const Followed* found = Find(source);
  if (found != nullptr) found->loop->Hint();
}

void Sources::Sync(const std::string& source, SourceLoop::Synced done) {
  const Followed* found = Find(source);
  if (found == nullptr) return done(NoSuchSource(source));
  found->loop->Sync(std::move(done));
}

std::vector<v1::Source> Sources::List() const {
  std::vector<v1::Source> sources;
  for (const Followed& source : sources_) {
    sources.push_back(source.sync->Status());
    sources.back().clear_plans();
  }
  return sources;
}

absl::StatusOr<v1::Source> Sources::Get(const std::string& source) const {
  const Followed* found = Find(source);
  if (found == nullptr) return NoSuchSource(source);
  return found->sync->Status();
}

const Sources::Followed* Sources::Find(const std::string& source) const {
  auto found = std::find_if(sources_.begin(), sources_.end(),
                            [&source](const Followed& one) {
                              return one.sync->settings().name == source;
                            });
  return found == sources_.end() ? nullptr : &*found;
}

absl::Status Sources::NoSuchSource(const std::string& source) const {
  if (sources_.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no source \"", source,
                     "\": the controller's configuration has none"));
  }
  std::vector<std::string> names;
  for (const Followed& one : sources_) {
    names.push_back(one.sync->settings().name);
  }
  const std::string nearest = ClosestName(source, names);
  return absl::NotFoundError(absl::StrCat(
      "there is no source \"", source, "\": ",
      nearest.empty() ? "'rolloutctl get sources' lists those there are"
                      : absl::StrCat("did you mean \"", nearest, "\"?")));
}

}  // namespace rollout::gitops
