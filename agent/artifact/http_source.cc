// SPDX-License-Identifier: Apache-2.0

#include "agent/artifact/http_source.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/http_url.h"
#include "base/status_macros.h"
#include "httplib.h"

namespace rollout::artifact {
namespace {

std::unique_ptr<httplib::ClientImpl> MakeClient(const HttpUrl& url,
                                                const HttpSettings& settings) {
  std::unique_ptr<httplib::ClientImpl> client;
  if (url.secure) {
    client =
        std::make_unique<httplib::SSLClient>(url.server.host, url.server.port);
  } else {
    client =
        std::make_unique<httplib::ClientImpl>(url.server.host, url.server.port);
  }
  client->set_connection_timeout(
      absl::ToChronoMicroseconds(settings.connect_timeout));
  client->set_read_timeout(absl::ToChronoMicroseconds(settings.idle_timeout));
  client->set_follow_location(true);
  client->set_decompress(false);
  return client;
}

// One GET: hands the body of a 200 to the sink.
class Transfer {
 public:
  explicit Transfer(SourceSink& sink) : sink_(sink) {}

  absl::Status Run(httplib::ClientImpl& client, const std::string& path) {
    auto begin = [this](const httplib::Response& response) {
      status_ = Begin(response);
      return status_.ok();
    };
    auto append = [this](const char* bytes, size_t size) {
      received_ += size;
      status_ = sink_.Append(absl::string_view(bytes, size));
      return status_.ok();
    };
    httplib::Headers headers = {{"User-Agent", "rollout-agent"}};
    httplib::Result result = client.Get(path, headers, begin, append);
    RETURN_IF_ERROR(status_);
    if (!result) return Failure(result.error());
    // Without a body the handlers are not called.
    return begun_ ? absl::OkStatus() : Refusal(result->status);
  }

 private:
  absl::Status Begin(const httplib::Response& response) {
    if (response.status != 200) return Refusal(response.status);
    begun_ = true;
    uint64_t size = 0;
    if (absl::SimpleAtoi(response.get_header_value("Content-Length"), &size)) {
      size_ = size;
    }
    return sink_.Begin(size_);
  }

  static absl::Status Refusal(int http_status) {
    std::string message =
        absl::StrCat("the server answered with status ", http_status);
    return http_status == 404 || http_status == 410
               ? absl::NotFoundError(message)
               : absl::UnavailableError(message);
  }

  absl::Status Failure(httplib::Error error) const {
    if (begun_) {
      return absl::DataLossError(absl::StrCat(
          "the transfer ended after ", received_, " bytes",
          size_ ? absl::StrCat(" of ", *size_) : "", ": try again"));
    }
    switch (error) {
      case httplib::Error::Connection:
      case httplib::Error::ConnectionTimeout:
        return absl::UnavailableError("cannot connect to the server");
      case httplib::Error::ExceedRedirectCount:
        return absl::UnavailableError("the server redirects without end");
      case httplib::Error::SSLServerVerification:
        return absl::UnavailableError(
            "the server's certificate is not trusted: add its CA to the "
            "machine's (/usr/local/share/ca-certificates, "
            "update-ca-certificates)");
      default:
        return absl::UnavailableError(absl::StrCat(
            "the server did not answer (", httplib::to_string(error), ")"));
    }
  }

  SourceSink& sink_;
  absl::Status status_;
  bool begun_ = false;
  std::optional<uint64_t> size_;
  uint64_t received_ = 0;
};

}  // namespace

absl::Status ReadHttpSource(const std::string& url,
                            const HttpSettings& settings, SourceSink& sink) {
  ASSIGN_OR_RETURN(HttpUrl parsed, ParseHttpUrl(url));
  try {
    return Transfer(sink).Run(*MakeClient(parsed, settings), parsed.path);
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("the transfer failed: ", error.what()));
  }
}

}  // namespace rollout::artifact
