// SPDX-License-Identifier: Apache-2.0
//
// One SQLite file: a thin owner of the handle and of prepared statements, with
// statuses for errors. Knows nothing of what is stored.

#ifndef CONTROLLER_STORE_SQLITE_DATABASE_H_
#define CONTROLLER_STORE_SQLITE_DATABASE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::store {

// Errors of both classes carry the path and SQLite's text. DataLoss: the file
// is no sound database. Unavailable: anything else.

// Not thread-safe. Must not outlive its database.
class SqliteStatement {
 public:
  // Parameters count from 1. What is bound need not outlive the call.
  void Bind(int parameter, absl::string_view text);
  void BindBlob(int parameter, absl::string_view bytes);
  void Bind(int parameter, int64_t number);

  // True: there is a row. False: done, and reset for the next use.
  absl::StatusOr<bool> Step();
  // Runs to the end and resets.
  absl::Status Run();
  void Reset() { sqlite3_reset(statement_.get()); }

  // Of the present row; columns count from 0.
  std::string Text(int column) const;
  int64_t Number(int column) const;

 private:
  friend class SqliteDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string path_;
};

// Not thread-safe.
class SqliteDatabase {
 public:
  // Opens or makes the file. Waits at most a second for another's lock.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(
      const std::string& path);
  ~SqliteDatabase() { sqlite3_close(handle_); }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // One or several statements without rows of interest.
  absl::Status Execute(const char* sql);
  absl::StatusOr<SqliteStatement> Prepare(absl::string_view sql);
  // The one number in the one row of a query.
  absl::StatusOr<int64_t> QueryNumber(absl::string_view sql);
  // The one text in the first row of a query.
  absl::StatusOr<std::string> QueryText(absl::string_view sql);

 private:
  SqliteDatabase(std::string path, sqlite3* handle)
      : path_(std::move(path)), handle_(handle) {}

  const std::string path_;
  sqlite3* const handle_;
};

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_SQLITE_DATABASE_H_
