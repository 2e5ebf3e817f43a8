// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/certificate_terms.h"

#include <signal.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::HostInfo Host() {
  v1::HostInfo host;
  host.set_name("web1");
  host.set_address("192.0.2.7");
  return host;
}

v1::Revision MakeRevision() {
  v1::Revision revision;
  v1::ServiceTemplate* service = revision.mutable_service();
  v1::Endpoint* endpoint = service->add_endpoints();
  endpoint->set_name("https");
  endpoint->set_address("0.0.0.0:443");
  v1::ServiceCertificate* site = service->add_certificates();
  site->set_name("site");
  site->set_certificate("/etc/${host.name}.pem");
  site->set_key("/etc/${host.name}.key");
  site->add_names("192.0.2.7");
  site->add_names("${host.name}.example.com");
  site->set_signal("HUP");
  site->set_endpoint("https");
  return revision;
}

Start StartOf(const v1::Revision& revision) {
  Start start{revision, 1, 7, "/artifact", "/own", "/log", "", "web-7"};
  start.certificates_directory = "/kept";
  return start;
}

shim::v1::Generation Told() {
  shim::v1::Generation told;
  told.set_pid(4711);
  told.set_mark(77);
  return told;
}

TEST(BuildCertificateTerms, PutsInWhatTheHostIs) {
  auto terms = BuildCertificateTerms(Host(), MakeRevision().service(), "/kept");
  ASSERT_TRUE(terms.ok()) << terms.status();
  ASSERT_EQ(terms->size(), 1u);
  EXPECT_EQ(terms->front().certificate, "/etc/web1.pem");
  EXPECT_EQ(terms->front().key, "/etc/web1.key");
  EXPECT_THAT(terms->front().names,
              ElementsAre("192.0.2.7", "web1.example.com"));
  EXPECT_EQ(terms->front().directory, "/kept/site");
  EXPECT_THAT(terms->front().servers, IsEmpty());
}

TEST(BuildCertificateTerms, SaysWhatIsWrongOnThisHost) {
  v1::Revision revision = MakeRevision();
  revision.mutable_service()->mutable_certificates(0)->set_key(
      "/etc/${host.labels.zone}.key");
  auto terms = BuildCertificateTerms(Host(), revision.service(), "/kept");
  EXPECT_THAT(std::string(terms.status().message()),
              HasSubstr("spec.service.certificates \"site\": "));
  revision = MakeRevision();
  revision.mutable_service()->set_user("nobody-of-that-name");
  EXPECT_FALSE(BuildCertificateTerms(Host(), revision.service(), "/kept").ok());
}

TEST(BuildServer, IsToldAndAskedAsItsTemplateSays) {
  v1::Revision revision = MakeRevision();
  auto server = BuildServer(Host(), StartOf(revision), Told(), 4000, "site");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->generation, 7);
  EXPECT_EQ(server->pid, 4711);
  EXPECT_EQ(server->parent, 4000);
  EXPECT_EQ(server->address, "127.0.0.1:443");
  EXPECT_EQ(server->mark, 77u);
  EXPECT_EQ(server->server_name, "web1.example.com");
  EXPECT_EQ(server->signal, SIGHUP);
  EXPECT_TRUE(absl::IsNotFound(
      BuildServer(Host(), StartOf(revision), Told(), 4000, "other").status()));

  v1::ServiceTemplate* service = revision.mutable_service();
  service->set_user("nobody");
  v1::ReloadCommand* reload =
      service->mutable_certificates(0)->mutable_command();
  reload->add_command("${artifact}/reload");
  reload->add_command("${certificates.site.key}");
  server = BuildServer(Host(), StartOf(revision), Told(), 4000, "site");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->signal, 0);
  ASSERT_GT(server->command.size(), 3u);
  EXPECT_EQ(server->command.front(), "/usr/bin/setpriv");
  EXPECT_EQ(server->command[server->command.size() - 2], "/artifact/reload");
  EXPECT_EQ(server->command.back(), "/kept/site/current/key.pem");
}

}  // namespace
}  // namespace rollout::agent
