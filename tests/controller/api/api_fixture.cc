// SPDX-License-Identifier: Apache-2.0

#include "tests/controller/api/api_fixture.h"

#include <stdlib.h>

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/grpc_credentials.h"
#include "base/grpc_settings.h"
#include "base/host_port.h"
#include "controller/api/apply.h"
#include "grpcpp/create_channel.h"

namespace rollout::api {
namespace {

std::string NewDirectory() {
  std::string path = absl::StrCat(testing::TempDir(), "/apiXXXXXX");
  CHECK(mkdtemp(path.data()) != nullptr);
  return path;
}

v1::ApplyRequest RequestOf(const std::string& manifest) {
  v1::ApplyRequest request;
  v1::ManifestFile* file = request.add_manifests();
  file->set_path("web.yaml");
  file->set_content(manifest);
  request.set_message("because");
  return request;
}

}  // namespace

AgentClient::AgentClient(std::shared_ptr<grpc::Channel> channel)
    : stub_(v1::AgentService::NewStub(std::move(channel))) {
  context_.set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(20));
  stream_ = stub_->Session(&context_);
}

bool AgentClient::Send(v1::AgentMessage message) {
  message.set_sequence(++sequence_);
  return stream_->Write(message);
}

bool AgentClient::SendHello(const std::string& host, const std::string& role) {
  v1::AgentMessage message;
  v1::HostInfo* info = message.mutable_hello()->mutable_host();
  info->set_name(host);
  info->set_address("127.0.1.1");
  (*info->mutable_labels())["role"] = role;
  return Send(std::move(message));
}

bool AgentClient::SendObservation(const v1::Observation& observation) {
  v1::AgentMessage message;
  *message.mutable_observation() = observation;
  return Send(std::move(message));
}

std::optional<v1::ControllerMessage> AgentClient::Receive() {
  v1::ControllerMessage message;
  if (!stream_->Read(&message)) return std::nullopt;
  return message;
}

grpc::Status AgentClient::Finish() {
  stream_->WritesDone();
  return stream_->Finish();
}

ApiTest::ApiTest() : directory_(NewDirectory()), pki_(directory_) {
  CHECK(pki_.Init(clock_.Now()).ok());
  catalog_ = *store::Catalog::Open(store_);
  history_ = *store::History::Open(history_store_, {});
  fleet_ = std::make_unique<fleet::Fleet>(*catalog_, *history_, clock_,
                                          fleet::FleetOptions{});
  operations_ =
      std::make_unique<store::PlanOperations>(*catalog_, *history_, clock_);
  holds_ =
      std::make_unique<store::HoldOperations>(*catalog_, *history_, clock_);
  fleet_->Subscribe([this](const std::string& host) {
    MutexLock lock(&mutex_);
    told_.insert(host);
    told_changed_.NotifyAll();
  });
  fleet_->Start([](absl::Status status) { CHECK(status.ok()); });
  store_.Settle();

  gitops::SourceSettings prod;
  prod.name = "prod";
  sources_ = std::make_unique<gitops::Sources>(
      gitops::SyncRooms{*catalog_, *history_, *operations_, fetcher_, clock_,
                        [this](const std::vector<manifest::ParsedPlan>& plans) {
                          return CheckPlans(plans, *catalog_, *fleet_);
                        },
                        gitops::ResolveDigest, source_metrics_},
      std::vector<gitops::SourceSettings>{prod}, directory_);

  ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  options.security = Issue(pki::Role::kController, "c1");
  options.watch_interval = absl::Milliseconds(20);
  options.hello_timeout = absl::Milliseconds(500);
  options.take_timeout = absl::Seconds(1);
  auto server = ApiServer::Start(
      {*catalog_, *history_, *operations_, *holds_, *sources_, *fleet_, clock_},
      options);
  CHECK(server.ok());
  server_ = *std::move(server);
  alice_ = v1::OperatorService::NewStub(DialAs(pki::Role::kOperator, "alice"));
}

ApiTest::~ApiTest() {
  sources_->Stop();
  server_->Stop();
  store_.Settle();
  history_store_.Settle();
}

TransportSecurity ApiTest::Issue(pki::Role role, const std::string& name) {
  std::vector<std::string> addresses;
  if (role == pki::Role::kController) addresses.push_back("127.0.0.1");
  auto subject = pki::Subject::Make(role, name, addresses);
  CHECK(subject.ok());
  auto files =
      pki_.Issue(*subject, clock_.Now(), absl::Hours(1),
                 absl::StrCat(directory_, "/", pki::RoleName(role), "-", name));
  CHECK(files.ok());
  TransportSecurity security;
  security.tls = {files->ca, files->certificate, files->key};
  return security;
}

std::shared_ptr<grpc::Channel> ApiTest::Dial(
    const TransportSecurity& security) {
  std::string address = ToString(server_->address());
  auto credentials = MakeChannelCredentials(security, address);
  CHECK(credentials.ok());
  return grpc::CreateCustomChannel(address, *credentials,
                                   MakeChannelArguments(kOperatorPing));
}

void ApiTest::SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(20));
}

grpc::Status ApiTest::Apply(const std::string& manifest,
                            v1::ApplyResponse* response) {
  grpc::ClientContext context;
  SetDeadline(&context);
  return alice().Apply(&context, RequestOf(manifest), response);
}

grpc::Status ApiTest::TryApply(const std::string& manifest,
                               v1::ApplyResponse* response) {
  grpc::ClientContext context;
  SetDeadline(&context);
  return alice().TryApply(&context, RequestOf(manifest), response);
}

bool ApiTest::WaitForHost(const std::string& host, bool connected) {
  absl::Duration deadline = clock_.Uptime() + absl::Seconds(20);
  while (clock_.Uptime() < deadline) {
    auto snapshot = fleet_->FindHost(host);
    if (snapshot && snapshot->connected == connected) return true;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return false;
}

std::unique_ptr<AgentClient> ApiTest::Connect(const std::string& host,
                                              const std::string& role) {
  auto agent = std::make_unique<AgentClient>(DialAs(pki::Role::kHost, host));
  EXPECT_TRUE(agent->SendHello(host, role));
  EXPECT_TRUE(WaitForHost(host, true));
  return agent;
}

bool ApiTest::WaitUntilTold(const std::string& host) {
  absl::Duration deadline = clock_.Uptime() + absl::Seconds(20);
  MutexLock lock(&mutex_);
  while (told_.count(host) == 0) {
    absl::Duration left = deadline - clock_.Uptime();
    if (left <= absl::ZeroDuration()) return false;
    told_changed_.WaitFor(&mutex_, left);
  }
  return true;
}

std::string Manifest(const std::string& name, const std::string& role,
                     int port) {
  return absl::StrCat(
      "apiVersion: rollout/v1\nkind: Plan\nmetadata: {name: ", name,
      "}\nspec:\n  hosts: {matchLabels: {role: ", role,
      "}}\n  service:\n"
      "    artifact: {url: \"file:///srv/a.tar\", sha256: ",
      std::string(64, 'a'),
      "}\n"
      "    command: [/usr/bin/python3]\n"
      "    endpoints: [{name: http, address: \"${host.address}:",
      port, "\"}]\n");
}

}  // namespace rollout::api
