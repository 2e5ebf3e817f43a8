// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/site.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/file_system.h"
#include "base/sha256.h"

namespace rollout::e2e {

Site::Site(const std::string& directory, int number)
    : directory_(absl::StrCat(directory, "/site-", number)), number_(number) {
  PosixFileSystem files;
  CHECK(files.MakeDirectories(directory_).ok());
  CHECK(files
            .WriteAtomically(directory_ + "/index.html",
                             absl::StrCat("version ", number, "\n"))
            .ok());
  SetWell(true);
}

void Site::SetPage(const std::string& name, bool there) {
  PosixFileSystem files;
  std::string page = absl::StrCat(directory_, "/", name, "-", number_);
  CHECK((there ? files.WriteAtomically(page, "yes\n") : files.RemoveAll(page))
            .ok());
}

// The site is a directory that the test can change; the artifact, which can't
// be changed, is the program that serves it.
ManifestFields Site::Fields(int port) const {
  PosixFileSystem files;
  const std::string program = directory_ + ".program";
  const std::string text =
      "#!/bin/sh\nexec /usr/bin/python3 -m http.server \"$@\"\n";
  CHECK(files.WriteAtomically(program, text).ok());
  ManifestFields fields;
  fields.port = port;
  fields.ready = absl::StrCat("/ready-", number_);
  fields.version.artifact_url = absl::StrCat("file://", program);
  fields.version.sha256 = Sha256Of(text);
  fields.version.command = {"${artifact}", "--bind",   "${host.address}",
                            "--directory", directory_, absl::StrCat(port)};
  return fields;
}

}  // namespace rollout::e2e
