// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "agent/artifact/sealed_tree.h"
#include "base/check.h"

namespace rollout::fuzz {
namespace {

namespace fs = std::filesystem;

std::string MakeDirectory() {
  const char* given = getenv("TEST_TMPDIR");
  fs::path parent = given != nullptr ? given : fs::temp_directory_path();
  std::string path = (parent / "fuzz.XXXXXX").string();
  CHECK(mkdtemp(path.data()) != nullptr);
  return path;
}

std::string FactsOf(const std::string& path) {
  struct stat info;
  CHECK(lstat(path.c_str(), &info) == 0);
  return absl::StrCat(path, " ", info.st_ino, " ", info.st_mode, " ",
                      info.st_uid, " ", info.st_nlink, " ", info.st_size, " ",
                      info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec);
}

}  // namespace

Scratch& Scratch::Get() {
  static Scratch scratch;
  return scratch;
}

Scratch::Scratch() : directory_(MakeDirectory()) {
  fs::create_directory(play());
  fs::create_directory(directory_ + "/elsewhere");
  std::ofstream(bystander()) << "unharmed";
  CHECK(chdir((directory_ + "/elsewhere").c_str()) == 0);
  facts_ = Facts();
}

Scratch::~Scratch() {
  absl::Status removed = artifact::RemoveTree(directory_);
  CHECK(removed.ok());
}

void Scratch::Clear() {
  for (const auto& entry : fs::directory_iterator(play())) {
    absl::Status removed = artifact::RemoveTree(entry.path().string());
    CHECK(removed.ok());
  }
}

void Scratch::CheckBystanders() const { CHECK(Facts() == facts_); }

std::vector<std::string> Scratch::Facts() const {
  // A change of the directory's entries is in its times.
  std::vector<std::string> facts;
  for (const char* name : {"", "/elsewhere", "/bystander"}) {
    facts.push_back(FactsOf(directory_ + name));
  }
  return facts;
}

}  // namespace rollout::fuzz
