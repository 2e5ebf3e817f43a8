// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/peers/peer_ways.h"

#include <utility>

#include "base/status_macros.h"
#include "tests/bench/nginx_upgrade.h"
#include "tests/bench/peers/bare_site.h"
#include "tests/bench/peers/gunicorn_way.h"
#include "tests/bench/peers/haproxy_way.h"
#include "tests/bench/peers/nginx_way.h"
#include "tests/bench/peers/restart_way.h"
#include "tests/bench/peers/rollout_way.h"
#include "tests/bench/peers/supervisord_way.h"
#include "tests/bench/peers/tableflip_program.h"
#include "tests/bench/peers/tableflip_way.h"
#include "tests/programs/program.h"

namespace rollout::bench {
namespace {

using StartedWay = absl::StatusOr<std::unique_ptr<Way>>;

absl::StatusOr<BareSite> SiteOf(const std::string& program,
                                const std::string& directory) {
  ASSIGN_OR_RETURN(auto made, programs::MakeProgram(program, directory));
  return BareSite::Make(std::move(made), directory + "/site");
}

// A way that needs nothing but a site, such as RestartWay::Start.
PeerWay BareWay(const std::string& program, const std::string& name,
                WayKind kind, StartedWay (*start)(BareSite)) {
  return {program, name, kind,
          [program, start](const std::string& directory) -> StartedWay {
            ASSIGN_OR_RETURN(BareSite site, SiteOf(program, directory));
            return start(std::move(site));
          }};
}

// `recipe`: of the program, where it is not that of its name.
PeerWay Ours(const std::string& program, const std::string& handover,
             std::string recipe = "") {
  if (recipe.empty()) recipe = program;
  return {program, handover, WayKind::kOurs,
          [recipe](const std::string&) { return RolloutWay::Start(recipe); }};
}

PeerWay Nginx(const std::string& name, UpgradeWay order) {
  auto start = [order](const std::string& directory) -> StartedWay {
    ASSIGN_OR_RETURN(auto made, programs::MakeProgram("nginx", directory));
    ASSIGN_OR_RETURN(BareSite site, SiteOf("nginx", directory));
    const programs::BarePlace place = site.place();
    std::shared_ptr<programs::Program> program = std::move(made);
    return NginxWay::Start({place,
                            [program, place](int number) {
                              return program->Make(number, place.address,
                                                   place.port);
                            }},
                           order);
  };
  return {"nginx", name, WayKind::kOwn, start};
}

PeerWay Tableflip() {
  auto start = [](const std::string& directory) -> StartedWay {
    ASSIGN_OR_RETURN(
        BareSite site,
        BareSite::Make(std::make_unique<TableflipProgram>(directory),
                       directory + "/site"));
    return TableflipWay::Start(std::move(site));
  };
  return {"go", "tableflip", WayKind::kOwn, start};
}

std::vector<PeerWay> Generic(const std::string& program) {
  return {BareWay(program, "stop, start", WayKind::kGeneric, RestartWay::Start),
          BareWay(program, "supervisorctl", WayKind::kGeneric,
                  SupervisordWay::Start)};
}

}  // namespace

std::vector<PeerWay> PeerWays() {
  // Ours and the programs' own.
  const std::vector<std::vector<PeerWay>> programs = {
      {Ours("nginx", "intercept"), Ours("nginx", "signal", "nginx_signal"),
       Nginx("USR2, checked", UpgradeWay::kChecked),
       Nginx("USR2, as documented", UpgradeWay::kDocumented)},
      {Ours("haproxy", "intercept"),
       BareWay("haproxy", "-x, -sf", WayKind::kOwn, HaproxyWay::Start)},
      {Ours("go", "intercept"), Tableflip()},
      {Ours("gunicorn", "intercept"),
       Ours("gunicorn", "signal", "gunicorn_signal"),
       BareWay("gunicorn", "USR2, checked", WayKind::kOwn, GunicornWay::Start)},
      {Ours("python", "intercept")},
      {Ours("lighttpd", "activation")},
      {Ours("redis", "exclusive", "redis_exclusive")},
  };
  std::vector<PeerWay> all;
  for (const std::vector<PeerWay>& ways : programs) {
    all.insert(all.end(), ways.begin(), ways.end());
    for (PeerWay& way : Generic(ways.front().program)) {
      all.push_back(std::move(way));
    }
  }
  return all;
}

}  // namespace rollout::bench
