// SPDX-License-Identifier: Apache-2.0
//
// How much memory is to be had: on the host, and in the control groups that
// enclose those of the generations.

#ifndef AGENT_RESOURCES_MEMORY_ROOM_H_
#define AGENT_RESOURCES_MEMORY_ROOM_H_

#include <string>
#include <vector>

#include "agent/decide/memory_fit.h"
#include "base/file_system.h"

namespace rollout::agent {

// The host's MemAvailable, and of each control group with a limit, from this
// process's own (of either version) and from `group` upwards, what is left of
// it: its limit - (its use - what it holds of files it has not used lately).
// What can't be read is left out. `group`: that of version 2 that holds those
// of the generations; may be empty.
std::vector<MemoryRoom> ReadMemoryRooms(FileSystem& files,
                                        const std::string& group);

}  // namespace rollout::agent

#endif  // AGENT_RESOURCES_MEMORY_ROOM_H_
