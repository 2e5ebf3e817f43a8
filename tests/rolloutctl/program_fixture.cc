// SPDX-License-Identifier: Apache-2.0

#include "tests/rolloutctl/program_fixture.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "rolloutctl/program.h"

namespace rollout::ctl {

RefusingAddress::RefusingAddress()
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(socket_.get(), generic, size), 0);
  EXPECT_EQ(getsockname(socket_.get(), generic, &size), 0);
  text_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
}

ProgramTest::ProgramTest() {
  std::string pattern = ::testing::TempDir() + "/rolloutctl.XXXXXX";
  top_ = mkdtemp(pattern.data());
  for (const char* name :
       {"ROLLOUT_CONTROLLER", "ROLLOUT_CA", "ROLLOUT_CERTIFICATE",
        "ROLLOUT_KEY", "ROLLOUT_CONTEXT", "ROLLOUT_CONFIG"}) {
    unsetenv(name);
  }
  setenv("XDG_CONFIG_HOME", top_.c_str(), /*overwrite=*/1);
}

ProgramTest::~ProgramTest() { std::filesystem::remove_all(top_); }

Ran ProgramTest::Run(std::vector<std::string> arguments) {
  std::istringstream in(input_);
  std::ostringstream out, err;
  Console console{in, out, err, [this] { return window_; }};
  Ran ran;
  ran.code = RunProgram(arguments, console, FixedTimeClock());
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

Ran ProgramTest::Call(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(),
                   {"--insecure-loopback", "--controller", controller_});
  return Run(std::move(arguments));
}

void ProgramTest::Write(const std::string& name, const std::string& content) {
  std::filesystem::create_directories(
      std::filesystem::path(Path(name)).parent_path());
  std::ofstream(Path(name)) << content;
}

}  // namespace rollout::ctl
