// SPDX-License-Identifier: Apache-2.0

#include "controller/store/sqlite_file.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::store {
namespace {

// "Roll", big endian; tells our files from other SQLite databases.
constexpr int64_t kApplicationId = 0x526f6c6c;
constexpr int64_t kFormatVersion = 1;

// EXCLUSIVE before WAL: no shared memory file, and a second controller is
// locked out instead of reading along.
//
// EXTRA is FULL and, before it is WAL, syncs the directory once a journal is
// removed: one that a power cut brought back would undo all that the log holds.
constexpr char kSettings[] =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA synchronous = EXTRA;"
    "PRAGMA journal_mode = WAL;"
    "BEGIN IMMEDIATE; COMMIT;";

// Puts on disk what a controller that was killed wrote last and had not synced:
// what is read from then on is not lost any more.
constexpr char kCheckpoint[] = "PRAGMA wal_checkpoint;";

constexpr char kSchema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB NOT NULL,"
    "  mod_revision INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE store (revision INTEGER NOT NULL);"
    "INSERT INTO store VALUES (0);"
    "PRAGMA application_id = 1383033964;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

absl::Status CheckSound(SqliteDatabase& database, const std::string& path) {
  ASSIGN_OR_RETURN(std::string verdict,
                   database.QueryText("PRAGMA quick_check(1)"));
  if (verdict == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, ": ", verdict));
}

absl::Status CheckOursOrMake(SqliteDatabase& database,
                             const std::string& path) {
  ASSIGN_OR_RETURN(int64_t tables,
                   database.QueryNumber("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) return database.Execute(kSchema);
  ASSIGN_OR_RETURN(int64_t id, database.QueryNumber("PRAGMA application_id"));
  if (id != kApplicationId) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": is a database of some other program: choose another dataDir"));
  }
  ASSIGN_OR_RETURN(int64_t version,
                   database.QueryNumber("PRAGMA user_version"));
  if (version <= kFormatVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": was written by a newer version (format ", version,
      ", this program knows ", kFormatVersion, "): run that version"));
}

// The first key after all that begin with `prefix`; empty: there is none.
std::string EndOf(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteFile>> SqliteFile::Open(
    const std::string& path) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(path));
  RETURN_IF_ERROR(database->Execute(kSettings));
  RETURN_IF_ERROR(CheckSound(*database, path));
  RETURN_IF_ERROR(CheckOursOrMake(*database, path));
  // Not into a file that is damaged, or another's.
  RETURN_IF_ERROR(database->Execute(kCheckpoint));
  ASSIGN_OR_RETURN(
      SqliteStatement get,
      database->Prepare("SELECT mod_revision FROM entries WHERE key = ?1"));
  ASSIGN_OR_RETURN(
      SqliteStatement put,
      database->Prepare("INSERT OR REPLACE INTO entries VALUES (?1, ?2, ?3)"));
  ASSIGN_OR_RETURN(SqliteStatement remove,
                   database->Prepare("DELETE FROM entries WHERE key = ?1"));
  ASSIGN_OR_RETURN(int64_t revision,
                   database->QueryNumber("SELECT revision FROM store"));
  std::unique_ptr<SqliteFile> file(new SqliteFile(
      std::move(database), std::move(get), std::move(put), std::move(remove)));
  file->revision_ = revision;
  return file;
}

absl::StatusOr<Snapshot> SqliteFile::List(absl::string_view prefix) {
  ASSIGN_OR_RETURN(
      SqliteStatement list,
      database_->Prepare("SELECT key, value, mod_revision FROM entries "
                         "WHERE key >= ?1 AND (?2 = '' OR key < ?2) "
                         "ORDER BY key"));
  list.Bind(1, prefix);
  list.Bind(2, EndOf(prefix));
  Snapshot snapshot;
  snapshot.revision = revision_;
  for (;;) {
    ASSIGN_OR_RETURN(bool row, list.Step());
    if (!row) return snapshot;
    snapshot.entries.push_back({list.Text(0), list.Text(1), list.Number(2)});
  }
}

absl::Status SqliteFile::Begin() {
  pending_revision_ = revision_;
  return database_->Execute("BEGIN IMMEDIATE");
}

absl::StatusOr<int64_t> SqliteFile::Apply(const Transaction& transaction) {
  for (const Comparison& comparison : transaction.comparisons) {
    RETURN_IF_ERROR(Compare(comparison));
  }
  RETURN_IF_ERROR(Write(transaction, pending_revision_ + 1));
  return ++pending_revision_;
}

absl::Status SqliteFile::Compare(const Comparison& comparison) {
  get_.Bind(1, comparison.key);
  ASSIGN_OR_RETURN(bool found, get_.Step());
  int64_t mod_revision = found ? get_.Number(0) : 0;
  get_.Reset();
  if (mod_revision == comparison.mod_revision) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(comparison.key, " was changed meanwhile: read it again"));
}

absl::Status SqliteFile::Write(const Transaction& transaction,
                               int64_t revision) {
  for (const KeyValue& put : transaction.puts) {
    put_.Bind(1, put.key);
    put_.BindBlob(2, put.value);
    put_.Bind(3, revision);
    RETURN_IF_ERROR(put_.Run());
  }
  for (const std::string& key : transaction.deletes) {
    remove_.Bind(1, key);
    RETURN_IF_ERROR(remove_.Run());
  }
  return absl::OkStatus();
}

absl::Status SqliteFile::Commit() {
  ASSIGN_OR_RETURN(SqliteStatement update,
                   database_->Prepare("UPDATE store SET revision = ?1"));
  update.Bind(1, pending_revision_);
  RETURN_IF_ERROR(update.Run());
  RETURN_IF_ERROR(database_->Execute("COMMIT"));
  revision_ = pending_revision_;
  return absl::OkStatus();
}

void SqliteFile::Rollback() {
  // Fails when SQLite has rolled back on its own, which is as good.
  (void)database_->Execute("ROLLBACK");
}

}  // namespace rollout::store
