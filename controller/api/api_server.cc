// SPDX-License-Identifier: Apache-2.0

#include "controller/api/api_server.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/event_loop.h"
#include "base/grpc_credentials.h"
#include "base/grpc_settings.h"
#include "base/status_macros.h"
#include "controller/api/agent_service.h"
#include "controller/api/audit.h"
#include "controller/api/channels.h"
#include "controller/api/operator_service.h"
#include "controller/api/plan_watches.h"
#include "controller/api/status_reader.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace rollout::api {
namespace {

// Unary calls get this long to be carried out when the server stops; streams
// are ended at its end.
constexpr std::chrono::milliseconds kStopGrace(200);

class GrpcApiServer : public ApiServer {
 public:
  GrpcApiServer(const ServerRooms& rooms, const ServerOptions& options)
      : reader_(rooms.catalog, rooms.fleet, rooms.clock,
                {options.max_in_change, rooms.clock.Now()}),
        watches_(rooms.catalog, rooms.fleet, reader_, loop_,
                 options.watch_interval),
        channels_(rooms.fleet, loop_, options.take_timeout),
        audit_(rooms.history, rooms.clock),
        operators_({rooms.catalog, rooms.history, rooms.operations, rooms.holds,
                    rooms.sources, rooms.fleet, reader_, watches_, channels_,
                    audit_, rooms.clock, loop_, options.hello_timeout}),
        agents_(rooms.fleet, channels_, loop_, options.hello_timeout) {}

  ~GrpcApiServer() override { Stop(); }

  absl::Status Listen(const ServerOptions& options) {
    std::string wanted = ToString(options.listen);
    ASSIGN_OR_RETURN(auto credentials,
                     MakeServerCredentials(options.security, wanted));
    grpc::ServerBuilder builder;
    ApplyServerSettings(builder);
    int port = 0;
    builder.AddListeningPort(wanted, credentials, &port);
    builder.RegisterService(&operators_);
    builder.RegisterService(&agents_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      server_ = nullptr;
      return absl::UnavailableError(absl::StrCat(
          "cannot listen on ", wanted,
          ": the port is taken or the address is not this machine's; choose "
          "another with --listen"));
    }
    address_ = {options.listen.host, static_cast<uint16_t>(port)};
    return absl::OkStatus();
  }

  const HostPort& address() const override { return address_; }

  void Stop() override {
    if (server_ != nullptr) {
      server_->Shutdown(std::chrono::system_clock::now() + kStopGrace);
      server_->Wait();
      server_ = nullptr;
    }
    // Watches that have just ended leave through the loop.
    loop_.Run([] {});
    loop_.Stop();
  }

 private:
  EventLoop loop_;
  const StatusReader reader_;
  PlanWatches watches_;
  Channels channels_;
  Audit audit_;
  OperatorService operators_;
  AgentService agents_;
  HostPort address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(
    const ServerRooms& rooms, const ServerOptions& options) {
  auto server = std::make_unique<GrpcApiServer>(rooms, options);
  RETURN_IF_ERROR(server->Listen(options));
  return absl::StatusOr<std::unique_ptr<ApiServer>>(std::move(server));
}

}  // namespace rollout::api
