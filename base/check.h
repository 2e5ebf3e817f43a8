// SPDX-License-Identifier: Apache-2.0
//
// CHECK(condition): our own invariants, in every build. What network, disk,
// children and users do wrong is handled, never checked.

#ifndef BASE_CHECK_H_
#define BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, \
                   #condition);                                             \
      std::abort();                                                         \
    }                                                                       \
  } while (false)

#endif  // BASE_CHECK_H_
