// SPDX-License-Identifier: Apache-2.0
//
// Binds a service's Unix socket so that the service sees no difference, while
// its file is another one than the service has named.

#ifndef AGENT_SHIM_PATH_BIND_H_
#define AGENT_SHIM_PATH_BIND_H_

#include <string>

#include "agent/shim/asker.h"

namespace rollout::shim {

// Binds `socket` to `path`, the text the service has for it and finds again
// with getsockname(2), as some do to unlink it; its file becomes `file_name` in
// `directory` (an O_PATH descriptor), replacing what is there, with the owner
// and mode it would have had. Needs CAP_SYS_CHROOT. False: errno says why, and
// nothing has changed.
//
// The kernel makes the file where the text leads. So the text is led elsewhere,
// by chroot(2) into a directory of our own, and back: for the one thread there
// is.
bool BindPath(int socket, const std::string& path, int directory,
              const std::string& file_name, const FileUser& user);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_PATH_BIND_H_
