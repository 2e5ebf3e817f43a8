// SPDX-License-Identifier: Apache-2.0
//
// Owns one file descriptor and closes it.

#ifndef BASE_UNIQUE_FD_H_
#define BASE_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace rollout {

class UniqueFd {
 public:
  UniqueFd() = default;
  // Takes over `fd`; negative: none.
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { reset(); }

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  // The descriptor, still owned here.
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

  // The caller closes it from now on.
  int release() { return std::exchange(fd_, -1); }

  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace rollout

#endif  // BASE_UNIQUE_FD_H_
