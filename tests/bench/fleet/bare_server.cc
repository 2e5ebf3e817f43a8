// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/bare_server.h"

#include "absl/strings/str_cat.h"
#include "base/grpc_credentials.h"
#include "base/grpc_settings.h"
#include "base/proto_time.h"
#include "controller/fleet/fleet.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/server_callback.h"
#include "proto/rollout/v1/agent_service.grpc.pb.h"

namespace rollout::bench {
namespace {

class IdleStream
    : public grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage> {
 public:
  explicit IdleStream(absl::Duration redial_spread) {
    welcome_.mutable_welcome()->set_epoch(1);
    *welcome_.mutable_welcome()->mutable_redial_spread() =
        ToProto(redial_spread);
    StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    if (incoming_.has_hello()) StartWrite(&welcome_);
    StartRead(&incoming_);
  }
  void OnDone() override { delete this; }

 private:
  v1::AgentMessage incoming_;
  v1::ControllerMessage welcome_;
};

class BareService : public v1::AgentService::CallbackService {
 public:
  explicit BareService(int hosts)
      : redial_spread_(fleet::FleetOptions{}.redial_spacing * hosts) {}

  grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage>* Session(
      grpc::CallbackServerContext*) override {
    return new IdleStream(redial_spread_);
  }

 private:
  const absl::Duration redial_spread_;
};

}  // namespace

void ServeBare(const FleetKeys& keys, const std::string& address, int hosts,
               LineChannel& channel) {
  SkipMutexChecks();
  // To be told to start.
  if (!channel.Receive().ok()) return;
  TransportSecurity security;
  security.tls = keys.FilesOf("controller");
  auto credentials = MakeServerCredentials(security, address);
  if (!credentials.ok()) {
    (void)channel.Send(absl::StrCat("error ", credentials.status().message()));
    return;
  }
  BareService service(hosts);
  grpc::ServerBuilder builder;
  ApplyServerSettings(builder);
  int port = 0;
  builder.AddListeningPort(address, *credentials, &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  (void)channel.Send(port == 0 ? "error cannot listen" : "done");
  // Until the benchmark is over.
  (void)channel.Receive();
}

}  // namespace rollout::bench
