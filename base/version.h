// SPDX-License-Identifier: Apache-2.0
//
// The version all our programs are released under.

#ifndef BASE_VERSION_H_
#define BASE_VERSION_H_

namespace rollout {

inline constexpr char kVersion[] = "0.1.0";
// Of its manual pages.
inline constexpr char kVersionDate[] = "2026-11-28";

}  // namespace rollout

#endif  // BASE_VERSION_H_
