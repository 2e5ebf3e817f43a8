// SPDX-License-Identifier: Apache-2.0

#include "controller/store/sqlite_database.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::store {
namespace {

constexpr int kLockWaitMs = 1000;

absl::Status ErrorOf(int code, absl::string_view path, const char* text) {
  std::string message = absl::StrCat(path, ": ", text);
  int primary = code & 0xff;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
    return absl::DataLossError(message);
  }
  if (primary == SQLITE_BUSY) {
    absl::StrAppend(&message, ": is another controller running on it?");
  }
  return absl::UnavailableError(message);
}

}  // namespace

void SqliteStatement::Bind(int parameter, absl::string_view text) {
  sqlite3_bind_text(statement_.get(), parameter, text.data(), text.size(),
                    SQLITE_TRANSIENT);
}

void SqliteStatement::BindBlob(int parameter, absl::string_view bytes) {
  // An empty view may have no data, which SQLite takes for NULL.
  sqlite3_bind_blob(statement_.get(), parameter,
                    bytes.empty() ? "" : bytes.data(), bytes.size(),
                    SQLITE_TRANSIENT);
}

void SqliteStatement::Bind(int parameter, int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
}

absl::StatusOr<bool> SqliteStatement::Step() {
  int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  absl::Status status;
  if (code != SQLITE_DONE) {
    status = ErrorOf(code, path_,
                     sqlite3_errmsg(sqlite3_db_handle(statement_.get())));
  }
  Reset();
  RETURN_IF_ERROR(status);
  return false;
}

absl::Status SqliteStatement::Run() {
  for (;;) {
    ASSIGN_OR_RETURN(bool row, Step());
    if (!row) return absl::OkStatus();
  }
}

std::string SqliteStatement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), size);
}

int64_t SqliteStatement::Number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(
    const std::string& path) {
  sqlite3* handle = nullptr;
  // No mutex: the owner sees to it that one thread at a time uses it.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path, handle));
  if (code != SQLITE_OK) {
    return ErrorOf(code, path,
                   handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
  }
  sqlite3_busy_timeout(handle, kLockWaitMs);
  return database;
}

absl::Status SqliteDatabase::Execute(const char* sql) {
  int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return absl::OkStatus();
  return ErrorOf(code, path_, sqlite3_errmsg(handle_));
}

absl::StatusOr<SqliteStatement> SqliteDatabase::Prepare(absl::string_view sql) {
  SqliteStatement statement;
  statement.path_ = path_;
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(handle_, sql.data(), sql.size(), &raw, nullptr);
  statement.statement_.reset(raw);
  if (code != SQLITE_OK) return ErrorOf(code, path_, sqlite3_errmsg(handle_));
  return statement;
}

absl::StatusOr<int64_t> SqliteDatabase::QueryNumber(absl::string_view sql) {
  ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  ASSIGN_OR_RETURN(bool row, statement.Step());
  return row ? statement.Number(0) : 0;
}

absl::StatusOr<std::string> SqliteDatabase::QueryText(absl::string_view sql) {
  ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  ASSIGN_OR_RETURN(bool row, statement.Step());
  return row ? statement.Text(0) : std::string();
}

}  // namespace rollout::store
