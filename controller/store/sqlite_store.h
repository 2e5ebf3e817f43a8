// SPDX-License-Identifier: Apache-2.0
//
// The default Store: one SQLite file in WAL mode, synced with every commit. One
// thread writes and puts whatever waits into one disk transaction (group
// commit), so a wave of commits costs one fsync.

#ifndef CONTROLLER_STORE_SQLITE_STORE_H_
#define CONTROLLER_STORE_SQLITE_STORE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "controller/store/store.h"

namespace rollout::store {

struct SqliteOptions {
  // In an existing directory. Made if there is none.
  std::string path;
  // Told how long each group commit took; on the store's thread. May be empty.
  std::function<void(absl::Duration took)> on_commit;
  // Puts on disk which names a directory holds, before the file is opened.
  // SQLite does that for each log it makes; but one that was killed first may
  // have left a log with a name that is lost when the power goes.
  std::function<absl::Status(const std::string& directory)> sync_directory =
      SyncDirectory;
  // How long a commit waits for others that go to the disk with it: for what
  // nobody waits for and many bring. What comes while the disk is busy goes
  // together anyway.
  absl::Duration gather = absl::ZeroDuration();
};

// Opens the file. A file that is not a sound database is kept aside as
// PATH.corrupt-<unix seconds>, an error is logged, and an empty one takes its
// place: an empty controller stops no service. FailedPrecondition: the file was
// written by a newer version. Unavailable: it can't be opened, read or locked
// (another controller has it); says why.
//
// Destroying the store carries out what was handed to Commit, then closes.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(SqliteOptions options,
                                                       const Clock& clock);

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_SQLITE_STORE_H_
