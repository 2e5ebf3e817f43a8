// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki/pki_directory.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "rolloutctl/pki/authority.h"
#include "rolloutctl/pki/key_files.h"

namespace rollout::pki {
namespace {

std::string In(const std::string& directory, const std::string& file) {
  return (std::filesystem::path(directory) / file).string();
}

absl::Status CheckAbsent(const std::string& path) {
  std::error_code error;
  auto status = std::filesystem::symlink_status(path, error);
  if (!std::filesystem::exists(status)) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      path,
      " is there already, and every certificate of the fleet depends on it: "
      "choose another --dir, or move ca.crt and ca.key away yourself"));
}

absl::StatusOr<std::string> ReadPart(const std::string& path,
                                     const std::string& directory) {
  PosixFileSystem files;
  absl::StatusOr<std::string> content = files.Read(path);
  if (!absl::IsNotFound(content.status())) return content;
  return absl::NotFoundError(absl::StrCat(
      path,
      ": there is no such file, so no authority to issue with: make one "
      "with \"rolloutctl pki init --dir ",
      directory, "\""));
}

// Puts the authority's certificate into `path`, or finds it there.
absl::Status ProvideCa(const std::string& path, const std::string& ca) {
  absl::Status written = WriteNewFile(path, ca, kPublicMode);
  if (!absl::IsAlreadyExists(written)) return written;
  PosixFileSystem files;
  ASSIGN_OR_RETURN(std::string present, files.Read(path));
  if (present == ca) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path,
                   " is the certificate of another authority: choose "
                   "another --out, or remove it to change over"));
}

}  // namespace

std::string PkiDirectory::CertificatePath() const {
  return In(directory_, "ca.crt");
}

std::string PkiDirectory::KeyPath() const { return In(directory_, "ca.key"); }

absl::Status PkiDirectory::Init(absl::Time now) {
  RETURN_IF_ERROR(CheckAbsent(CertificatePath()));
  RETURN_IF_ERROR(CheckAbsent(KeyPath()));
  ASSIGN_OR_RETURN(Authority authority, Authority::Create(now));
  ASSIGN_OR_RETURN(KeyPair own, authority.Own());
  RETURN_IF_ERROR(PosixFileSystem().MakeDirectories(directory_));
  RETURN_IF_ERROR(WriteNewFile(KeyPath(), own.key, kPrivateMode));
  return WriteNewFile(CertificatePath(), own.certificate, kPublicMode);
}

absl::StatusOr<IssuedFiles> PkiDirectory::Issue(const Subject& subject,
                                                absl::Time now,
                                                absl::Duration valid,
                                                const std::string& out) {
  ASSIGN_OR_RETURN(std::string ca, ReadPart(CertificatePath(), directory_));
  ASSIGN_OR_RETURN(std::string ca_key, ReadPart(KeyPath(), directory_));
  absl::StatusOr<Authority> authority = Authority::FromPem(ca, ca_key);
  if (!authority.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        CertificatePath(), " and ca.key: ", authority.status().message(),
        ": restore both from a backup"));
  }
  ASSIGN_OR_RETURN(KeyPair issued, authority->Issue(subject, now, valid));
  RETURN_IF_ERROR(PosixFileSystem().MakeDirectories(out));
  IssuedFiles files{In(out, subject.name() + ".crt"),
                    In(out, subject.name() + ".key"), In(out, "ca.crt"),
                    issued.not_after};
  RETURN_IF_ERROR(ProvideCa(files.ca, ca));
  RETURN_IF_ERROR(ReplaceFile(files.key, issued.key, kPrivateMode));
  RETURN_IF_ERROR(
      ReplaceFile(files.certificate, issued.certificate, kPublicMode));
  return files;
}

}  // namespace rollout::pki
