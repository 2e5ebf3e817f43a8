// SPDX-License-Identifier: Apache-2.0
//
// Whom the store believes over https.

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "agent/artifact/http_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"

namespace rollout::artifact {
namespace {

using ::testing::HasSubstr;

class StringSink : public SourceSink {
 public:
  absl::Status Begin(std::optional<uint64_t>) override {
    return absl::OkStatus();
  }
  absl::Status Append(absl::string_view bytes) override {
    content.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }

  std::string content;
};

// A certificate that vouches for itself and 127.0.0.1.
class SelfSigned {
 public:
  SelfSigned() {
    X509* certificate = certificate_.get();
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key_.get());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>("artifacts"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_EXTENSION* names = X509V3_EXT_conf_nid(
        nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key_.get(), EVP_sha256());
  }

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

  void WriteTo(const std::string& path) const {
    std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "w"),
                                               &fclose);
    ASSERT_EQ(PEM_write_X509(file.get(), certificate()), 1);
  }

 private:
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_{EVP_EC_gen("P-256"),
                                                      &EVP_PKEY_free};
  std::unique_ptr<X509, void (*)(X509*)> certificate_{X509_new(), &X509_free};
};

class HttpsServer {
 public:
  explicit HttpsServer(const SelfSigned& identity)
      : server_(identity.certificate(), identity.key()) {
    server_.Get("/", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("secret of nobody", "text/plain");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~HttpsServer() {
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

  std::string Url(const std::string& host) const {
    return absl::StrCat("https://", host, ":", port_, "/");
  }

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread thread_;
};

TEST(HttpsSource, BelievesWhomTheMachineTrusts) {
  SelfSigned trusted, stranger;
  const std::string ca = ::testing::TempDir() + "/https_source_test_ca.crt";
  trusted.WriteTo(ca);
  setenv("SSL_CERT_FILE", ca.c_str(), 1);
  HttpsServer server(trusted), strange_server(stranger);
  struct Case {
    const char* name;
    std::string url;
    absl::StatusCode code;
  };
  const Case kCases[] = {
      {"trusted", server.Url("127.0.0.1"), absl::StatusCode::kOk},
      {"another name", server.Url("localhost"), absl::StatusCode::kUnavailable},
      {"a stranger", strange_server.Url("127.0.0.1"),
       absl::StatusCode::kUnavailable},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    StringSink sink;
    absl::Status status = ReadHttpSource(c.url, {}, sink);
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_EQ(sink.content, status.ok() ? "secret of nobody" : "");
    EXPECT_THAT(status.message(), HasSubstr(status.ok() ? "" : "not trusted"));
  }
}

}  // namespace
}  // namespace rollout::artifact
