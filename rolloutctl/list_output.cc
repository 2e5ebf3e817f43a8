// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/list_output.h"

#include <vector>

#include "base/status_macros.h"
#include "google/protobuf/message.h"
#include "rolloutctl/kind_name.h"
#include "rolloutctl/render/names.h"
#include "rolloutctl/render/row_order.h"

namespace rollout::ctl {
namespace {

using render::Width;

// The list with its items in that order.
v1::ListResponse InOrder(v1::Kind kind, const v1::ListResponse& list,
                         const std::vector<size_t>& order) {
  const auto* field =
      v1::ListResponse::descriptor()->FindFieldByName(NameOf(kind).plural);
  v1::ListResponse sorted;
  const google::protobuf::Reflection& reflection = *list.GetReflection();
  for (size_t index : order) {
    reflection.AddMessage(&sorted, field)
        ->CopyFrom(reflection.GetRepeatedMessage(list, field, index));
  }
  return sorted;
}

}  // namespace

void ListOutput::Register(CommandParser& command) {
  output_.Register(command);
  command.AddSwitch("--no-headers", no_headers_, "Of a table, only its rows");
  command.AddFlag("--sort-by", sort_by_,
                  "Sort by this column, named as its header (of wide)");
}

absl::Status ListOutput::Check(const ListView& view) const {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  if (format == render::Format::kName && !render::HasNames(view.kind)) {
    return absl::InvalidArgumentError(
        "-o name: what is listed has no names: take -o json");
  }
  if (sort_by_.empty()) return absl::OkStatus();
  return render::FindColumn(view.table({}, Width::kWide), sort_by_).status();
}

void ListOutput::Print(const ListView& view, const v1::ListResponse& list,
                       Console& console) const {
  if (!sort_by_.empty()) {
    const render::Table table = view.table(list, Width::kWide);
    const std::vector<size_t> order =
        render::RowOrder(table, *render::FindColumn(table, sort_by_));
    return PrintAsItIs(view, InOrder(view.kind, list, order), console);
  }
  PrintAsItIs(view, list, console);
}

void ListOutput::PrintAsItIs(const ListView& view, const v1::ListResponse& list,
                             Console& console) const {
  switch (format()) {
    case render::Format::kJson:
    case render::Format::kYaml:
      console.out << render::Structured(list,
                                        {format(), NameOf(view.kind).plural});
      return;
    case render::Format::kName:
      for (const std::string& name : render::Names(view.kind, list)) {
        console.out << NameOf(view.kind).singular << "/" << name << "\n";
      }
      return;
    case render::Format::kTable:
    case render::Format::kWide:
      break;
  }
  render::Table table = view.table(
      list, format() == render::Format::kWide ? Width::kWide : Width::kNarrow);
  if (no_headers_) table.HideHeader();
  if (table.empty()) {
    console.err << view.none << "\n";
  } else {
    console.out << table.Render(console.color);
  }
}

}  // namespace rollout::ctl
