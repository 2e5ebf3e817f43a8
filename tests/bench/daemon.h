// SPDX-License-Identifier: Apache-2.0
//
// Programs that went off on their own: what is known of them is a file with
// their process number. Their parents have ended, so they fall to process 1, to
// us: see e2e::RunIsolated.

#ifndef TESTS_BENCH_DAEMON_H_
#define TESTS_BENCH_DAEMON_H_

#include <sys/types.h>

#include <string>

namespace rollout::bench {

// 0: there is no such file, or nothing in it.
pid_t ReadPid(const std::string& path);

// Nothing is left of the process; to be asked again until it is so.
bool HasEnded(pid_t pid);

// It has children beside that one.
bool HasChildren(pid_t pid, pid_t except = 0);

// Sends the signal and waits for the end; kills it where that takes too long.
void EndDaemon(pid_t pid, int signal);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_DAEMON_H_
