// SPDX-License-Identifier: Apache-2.0
//
// The file under SqliteStore: its schema, how it is opened and checked, and
// reading and writing entries inside a disk transaction. One page in
// docs/formats/store.md.

#ifndef CONTROLLER_STORE_SQLITE_FILE_H_
#define CONTROLLER_STORE_SQLITE_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "controller/store/sqlite_database.h"
#include "controller/store/store.h"

namespace rollout::store {

// Not thread-safe. Errors as in sqlite_database.h.
class SqliteFile {
 public:
  // Opens and checks the file, and locks it against other processes. DataLoss:
  // not a sound database. FailedPrecondition: not ours, or of a newer version.
  static absl::StatusOr<std::unique_ptr<SqliteFile>> Open(
      const std::string& path);

  // Of the last commit.
  int64_t revision() const { return revision_; }

  absl::StatusOr<Snapshot> List(absl::string_view prefix);

  // A disk transaction: Begin, any number of Apply, then Commit (which is on
  // disk when it returns OK). After any error but Aborted: Rollback.
  absl::Status Begin();
  // The revision this gives. Aborted: a comparison does not hold, nothing was
  // written.
  absl::StatusOr<int64_t> Apply(const Transaction& transaction);
  absl::Status Commit();
  void Rollback();

 private:
  SqliteFile(std::unique_ptr<SqliteDatabase> database, SqliteStatement get,
             SqliteStatement put, SqliteStatement remove)
      : database_(std::move(database)),
        get_(std::move(get)),
        put_(std::move(put)),
        remove_(std::move(remove)) {}

  absl::Status Compare(const Comparison& comparison);
  absl::Status Write(const Transaction& transaction, int64_t revision);

  std::unique_ptr<SqliteDatabase> database_;
  SqliteStatement get_;
  SqliteStatement put_;
  SqliteStatement remove_;
  int64_t revision_ = 0;
  // Within a disk transaction: of the last Apply.
  int64_t pending_revision_ = 0;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_SQLITE_FILE_H_
