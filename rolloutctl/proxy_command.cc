// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/proxy_command.h"

#include <memory>
#include <ostream>

#include "base/net_address.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/generation_choice.h"
#include "rolloutctl/proxy.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CommandParser& ProxyCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "proxy", "Open a port here that reaches one generation on a host");
  parser.AddArgument("host", host_, "The host").Type(kHostValue).Required();
  parser.AddArgument("service", service_, "The service: its plan's name")
      .Type(kPlanValue)
      .Required();
  parser
      .AddFlag(
          "--revision", revision_,
          "Reach a generation of this revision, by its id (default: the newest "
          "generation that listens, which is the candidate while "
          "there is one)")
      .Type(kRevisionIdValue);
  parser.AddFlag("--listen", listen_, "The port here, IP:PORT; port 0: any")
      .ShowDefault();
  parser.AddFlag("--endpoint", endpoint_,
                 "Name of the service's endpoint (default: the first)");
  parser.SetFooter(
      "Each connection is carried through the controller and the host's "
      "agent;\n"
      "clients of the service do not meet it. Ends with Ctrl-C.\n"
      "Examples:\n  rolloutctl proxy web-1 web --listen 127.0.0.1:8080");
  return parser;
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
