// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/host_description.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/byte_size.h"
#include "base/proto_time.h"
#include "rolloutctl/render/description_line.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/words.h"

namespace rollout::render {
namespace {

// In their order, which that of the map is not.
std::string Labels(const v1::HostInfo& info) {
  const std::map<std::string, std::string> labels(info.labels().begin(),
                                                  info.labels().end());
  return labels.empty() ? "-"
                        : absl::StrJoin(labels, ", ", absl::PairFormatter("="));
}

std::string State(const v1::Host& host) {
  const std::string age = Age(FromProto(host.silent_for()));
  return host.connected() ? absl::StrCat("connected, heard of ", age, " ago")
                          : absl::StrCat("not heard of for ", age);
}

std::string CordonText(const v1::Cordon& cordon, absl::Time now) {
  std::string text = absl::StrCat(Age(now - FromProto(cordon.since())),
                                  " ago by ", cordon.cause().user());
  if (!cordon.cause().message().empty()) {
    absl::StrAppend(&text, ": ", cordon.cause().message());
  }
  return text;
}

Table Services(const v1::Host& host) {
  Table table({"PLAN", "GENERATION", "REVISION", "WEIGHT", "PHASE", "STARTUP",
               "MEMORY", "REASON"});
  for (const v1::ServiceObservation& service : host.services()) {
    for (const v1::GenerationObservation& generation : service.generations()) {
      table.Add({service.plan(), absl::StrCat("#", generation.number()),
                 generation.revision(), Share(generation.weight()),
                 Cell::State(PhaseWord(generation.phase())),
                 generation.has_startup()
                     ? Took(FromProto(generation.startup()))
                     : "-",
                 generation.usage().has_memory_bytes()
                     ? ByteSizeText(generation.usage().memory_bytes())
                     : "-",
                 service.orphaned() ? "orphaned: no plan has it here"
                                    : generation.message()});
    }
  }
  return table;
}

}  // namespace

std::string HostDescription(const v1::Host& host,
                            const v1::ListResponse& events, absl::Time now,
                            bool color) {
  const v1::HostInfo& info = host.info();
  std::string text = DescriptionLine("Host", info.name());
  absl::StrAppend(
      &text, DescriptionLine("Address", info.address()),
      DescriptionLine("Labels", Labels(info)),
      DescriptionLine("Agent", absl::StrCat(info.agent_version(), ", Linux ",
                                            info.kernel_release())),
      DescriptionLine("State", State(host)),
      DescriptionLine("Joined", Age(now - FromProto(host.joined())) + " ago"));
  if (host.has_cordon()) {
    text += DescriptionLine("Cordoned", CordonText(host.cordon(), now));
  }
  for (const std::string& limitation : info.limitations()) {
    text += DescriptionLine("Limitation", limitation);
  }
  for (const Table& table :
       {Services(host), ListTable(v1::EVENTS, events, now, Width::kNarrow)}) {
    if (!table.empty()) absl::StrAppend(&text, "\n", table.Render(color));
  }
  return text;
}

}  // namespace rollout::render
