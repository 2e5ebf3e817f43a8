// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/live_view.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "rolloutctl/render/status_tree.h"
#include "rolloutctl/render/words.h"

namespace rollout::ctl {
namespace {

// The status as it would be told `later`, were nothing else to change.
v1::PlanStatus Aged(v1::PlanStatus status, absl::Duration later) {
  for (v1::PlanHostStatus& host : *status.mutable_hosts()) {
    *host.mutable_state_age() = ToProto(FromProto(host.state_age()) + later);
  }
  return status;
}

}  // namespace

LiveView::LiveView(Console& console, const Clock& clock, absl::Duration tick)
    : console_(console), clock_(clock), tick_(tick), screen_(console.out) {
  loop_.PostAfter(tick_, [this] { Tick(); });
}

void LiveView::Show(v1::PlanStatus status) {
  loop_.Run([&] {
    status_ = std::move(status);
    heard_ = clock_.Uptime();
    note_.clear();
    Draw();
  });
}

void LiveView::Note(std::string note) {
  loop_.Run([&] {
    note_ = std::move(note);
    Draw();
  });
}

void LiveView::Draw() {
  const WindowSize window = console_.window().value_or(WindowSize{});
  const v1::PlanStatus status = Aged(status_, clock_.Uptime() - heard_);
  render::StatusView view;
  view.now = clock_.Now();
  view.color = console_.color;
  view.columns = window.columns;
  // On top: what does not fit the window is cut at the bottom.
  const std::string note =
      note_.empty() ? "" : absl::StrCat(render::Printable(note_), "\n\n");
  std::string text = note + render::StatusTree(status, view);
  if (std::count(text.begin(), text.end(), '\n') >= window.rows) {
    view.brief = true;
    text = note + render::StatusTree(status, view);
  }
  screen_.Draw(text, window.columns, window.rows);
}

void LiveView::Tick() {
  // Nothing to show yet.
  if (status_.has_plan()) Draw();
  loop_.PostAfter(tick_, [this] { Tick(); });
}

}  // namespace rollout::ctl
