// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/proxy_command.h"

#include <memory>
#include <ostream>

#include "CLI/CLI.hpp"
#include "base/net_address.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/generation_choice.h"
#include "rolloutctl/proxy.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CLI::App* ProxyCommand::Register(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "proxy", "Open a port here that reaches one generation on a host");
  app->add_option("host", host_, "The host")->type_name(kHostValue)->required();
  app->add_option("service", service_, "The service: its plan's name")
      ->type_name(kPlanValue)
      ->required();
  app->add_option(
         "--revision", revision_,
         "Reach a generation of this revision, by its id (default: the newest "
         "generation that listens, which is the candidate while "
         "there is one)")
      ->type_name(kRevisionIdValue);
  app->add_option("--listen", listen_, "The port here, IP:PORT; port 0: any")
      ->capture_default_str();
  app->add_option("--endpoint", endpoint_,
                  "Name of the service's endpoint (default: the first)");
  app->footer(
      "Each connection is carried through the controller and the host's "
      "agent;\n"
      "clients of the service do not meet it. Ends with Ctrl-C.\n"
      "Examples:\n  rolloutctl proxy web-1 web --listen 127.0.0.1:8080");
  return app;
}

absl::StatusOr<ExitCode> ProxyCommand::Run(Session& session) {
  absl::StatusOr<NetAddress> listen = NetAddress::Parse(listen_);
  if (!listen.ok()) return WithContext(listen.status(), "--listen");
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  v1::GetRequest get;
  get.set_host(host_);
  ASSIGN_OR_RETURN(v1::GetResponse found, client->Get(get));
  ASSIGN_OR_RETURN(v1::GenerationObservation generation,
                   ChooseGeneration(found.host(), service_, revision_));
  v1::ChannelRequest request;
  request.set_host(host_);
  request.mutable_target()->set_service(service_);
  v1::ProxyTarget& target = *request.mutable_target()->mutable_proxy();
  target.set_generation(generation.number());
  target.set_endpoint(endpoint_);
  std::ostream& err = session.console.err;
  ASSIGN_OR_RETURN(auto proxy,
                   Proxy::Listen(
                       *listen, [&] { return client->OpenChannel(request); },
                       [&err](const absl::Status& why) {
                         err << "rolloutctl: a connection failed: "
                             << why.message() << std::endl;
                       }));
  session.console.out << "Forwarding from " << proxy->address()
                      << " to generation " << generation.number()
                      << " (revision " << generation.revision() << ") of "
                      << service_ << " on " << host_ << std::endl;
  RETURN_IF_ERROR(proxy->Run());
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
