// SPDX-License-Identifier: Apache-2.0

#include "tests/tidy/rules.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kLicence[] = "// SPDX-License-Identifier: Apache-2.0\n";

TEST(Complaints, AboutWhoSeesWhom) {
  struct Case {
    const char* name;
    const char* path;
    const char* included;
    const char* complaint;  // null: it is fine
  };
  const Case kCases[] = {
      {"a room sees itself", "agent/link/a.cc", "\"agent/link/a.h\"", nullptr},
      {"everybody sees base", "rolloutctl/a.cc", "\"base/a.h\"", nullptr},
      {"base sees nobody", "base/a.cc", "\"agent/link/a.h\"", "must not see"},
      {"decide does not see proto", "controller/decide/a.cc",
       "\"proto/rollout/v1/plan.pb.h\"", "must not see"},
      {"decide does not see base", "agent/decide/a.cc", "\"base/clock.h\"",
       "must not see"},
      {"agent and controller never meet", "agent/main.cc",
       "\"controller/fleet/fleet.h\"", "must not see"},
      {"api does not see reconcile", "controller/api/a.cc",
       "\"controller/reconcile/engine.h\"", "must not see"},
      {"the shim sees its own protocol", "agent/shim/a.cc",
       "\"proto/shim/v1/shim.pb.h\"", nullptr},
      {"the shim sees no rollout", "agent/shim/a.cc",
       "\"proto/rollout/v1/plan.pb.h\"", "must not see"},
      {"nothing sees tests", "controller/main.cc", "\"tests/fakes/a.h\"",
       "must not see"},
      {"tests see all", "tests/agent/a.cc", "\"agent/link/a.h\"", nullptr},
      {"rolloutctl reads manifests", "rolloutctl/a.cc",
       "\"controller/manifest/manifest.h\"", nullptr},
      {"rolloutctl sees no more of it", "rolloutctl/a.cc",
       "\"controller/manifest/names.h\"", "must not see"},
      {"rolloutctl and controller never meet", "rolloutctl/a.cc",
       "\"controller/store/catalog.h\"", "must not see"},
      {"the reference is of what people write",
       "controller/manifest/reference/a.cc",
       "\"proto/manifest/v1/options.pb.h\"", nullptr},
      {"which the reader does not see", "controller/manifest/a.cc",
       "\"proto/manifest/v1/options.pb.h\"", "must not see"},
      {"gRPC in its room", "agent/link/a.cc", "<grpcpp/grpcpp.h>", nullptr},
      {"gRPC elsewhere", "agent/probe/a.cc", "<grpcpp/grpcpp.h>", "gRPC"},
      {"absl's mutex", "base/a.cc", "\"absl/synchronization/mutex.h\"",
       "base/mutex.h"},
      {"CLI11 in its file", "base/command_parser.cc", "\"CLI/CLI.hpp\"",
       nullptr},
      {"CLI11 elsewhere", "rolloutctl/a.cc", "\"CLI/CLI.hpp\"",
       "base/command_parser.h"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> complaints =
        Complaints(c.path, absl::StrCat(kLicence, "#include ", c.included));
    if (c.complaint == nullptr) {
      EXPECT_THAT(complaints, IsEmpty());
    } else {
      EXPECT_THAT(complaints, ElementsAre(HasSubstr(c.complaint)));
    }
  }
}

TEST(Complaints, AboutTheFileItself) {
  struct Case {
    const char* name;
    const char* path;
    std::string text;
    const char* complaint;
  };
  const Case kCases[] = {
      {"a good source", "base/a.cc", kLicence, nullptr},
      {"no licence", "base/a.cc", "int x;\n", "base/a.cc:1: the licence"},
      {"licence after the interpreter", "bazel/a.py",
       "#!/usr/bin/python3\n# SPDX-License-Identifier: Apache-2.0\n", nullptr},
      {"a good header", "base/a.h",
       absl::StrCat(kLicence, "\n#ifndef BASE_A_H_\n"), nullptr},
      {"another guard", "base/a.h", absl::StrCat(kLicence, "\n#ifndef A_H\n"),
       "BASE_A_H_"},
      {"too long", "base/a.cc", absl::StrCat(kLicence, std::string(400, '\n')),
       "more than one idea"},
      {"work not done", "base/a.cc",
       absl::StrCat(kLicence, "// TO", "DO: later\n"), "base/a.cc:2: "},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> complaints = Complaints(c.path, c.text);
    if (c.complaint == nullptr) {
      EXPECT_THAT(complaints, IsEmpty());
    } else {
      EXPECT_THAT(complaints, ElementsAre(HasSubstr(c.complaint)));
    }
  }
}

}  // namespace
}  // namespace rollout::tidy
