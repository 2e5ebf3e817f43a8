// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/connection_choice.h"

#include <initializer_list>

#include "base/status_macros.h"
#include "rolloutctl/context_file.h"

namespace rollout::ctl {
namespace {

constexpr char kDefaultController[] = "127.0.0.1:7400";

void CompleteField(std::string& field, const std::string& weaker) {
  if (field.empty()) field = weaker;
}

void Complete(ConnectionSettings& settings, const ConnectionSettings& weaker) {
  CompleteField(settings.controller, weaker.controller);
  if (settings.insecure_loopback) return;
  if (!settings.has_any_file()) {
    settings.insecure_loopback = weaker.insecure_loopback;
  }
  CompleteField(settings.ca, weaker.ca);
  CompleteField(settings.certificate, weaker.certificate);
  CompleteField(settings.key, weaker.key);
}

bool IsComplete(const ConnectionSettings& settings) {
  const bool has_all_files = !settings.ca.empty() &&
                             !settings.certificate.empty() &&
                             !settings.key.empty();
  return !settings.controller.empty() &&
         (settings.insecure_loopback || has_all_files);
}

bool NamesContext(const ConnectionFlags& flags) {
  return !flags.context.empty() || !flags.environment_context.empty();
}

absl::Status CompleteFromContext(FileSystem& files,
                                 const ConnectionFlags& flags,
                                 ConnectionSettings& settings) {
  ASSIGN_OR_RETURN(ContextFile file, ContextFile::Locate(files, flags.config));
  ASSIGN_OR_RETURN(Contexts contexts, file.Read());
  const std::string name = ChosenContext(flags, contexts);
  if (!name.empty()) {
    ASSIGN_OR_RETURN(Context context, contexts.Find(name));
    Complete(settings, context.settings);
  }
  return absl::OkStatus();
}

absl::Status CheckCredentials(const ConnectionSettings& settings) {
  if (settings.insecure_loopback || settings.has_any_file()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "no certificates to reach the controller with: give --ca, --certificate "
      "and --key, or set ROLLOUT_CA, ROLLOUT_CERTIFICATE and ROLLOUT_KEY (made "
      "by \"rolloutctl pki issue operator\"), or take a context that has them "
      "(\"rolloutctl config use\")");
}

}  // namespace

std::string ChosenContext(const ConnectionFlags& flags,
                          const Contexts& contexts) {
  if (!flags.context.empty()) return flags.context;
  if (!flags.environment_context.empty()) return flags.environment_context;
  return contexts.current;
}

absl::StatusOr<ConnectionSettings> ChooseConnection(
    FileSystem& files, const ConnectionFlags& flags) {
  ConnectionSettings settings = flags;
  if (flags.context.empty()) Complete(settings, flags.environment);
  if (NamesContext(flags) || !IsComplete(settings)) {
    RETURN_IF_ERROR(CompleteFromContext(files, flags, settings));
  }
  Complete(settings, flags.environment);
  CompleteField(settings.controller, kDefaultController);
  RETURN_IF_ERROR(CheckCredentials(settings));
  for (std::string* path :
       {&settings.ca, &settings.certificate, &settings.key}) {
    ASSIGN_OR_RETURN(*path, AbsolutePath(*path));
  }
  return settings;
}

}  // namespace rollout::ctl
