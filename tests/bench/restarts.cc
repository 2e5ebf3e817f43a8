// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/restarts.h"

#include "base/status_macros.h"
#include "tests/load/connection_load.h"

namespace rollout::bench {

absl::StatusOr<load::LoadResult> LoadOverRestarts(
    programs::BareProgram& program, int times) {
  RETURN_IF_ERROR(program.Start().status());
  load::LoadOptions options;
  options.address = program.Target();
  options.protocol = program.protocol();
  ASSIGN_OR_RETURN(auto load, load::ConnectionLoad::Start(options));
  for (int i = 0; i < times; ++i) {
    int64_t before = load->Result().total();
    programs::WatchFor([&] { return load->Result().total() > before + 500; });
    RETURN_IF_ERROR(program.Stop().status());
    RETURN_IF_ERROR(program.Start().status());
  }
  load->Stop();
  RETURN_IF_ERROR(program.Stop().status());
  return load->Result();
}

}  // namespace rollout::bench
