// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/http_exchange.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <exception>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/http_url.h"
#include "base/status_macros.h"
#include "httplib.h"

namespace rollout::gitops {
namespace {

absl::StatusOr<std::unique_ptr<httplib::ClientImpl>> MakeClient(
    const HttpUrl& url, const std::string& ca_file) {
  if (!url.secure) {
    return std::make_unique<httplib::ClientImpl>(url.server.host,
                                                 url.server.port);
  }
  auto client =
      std::make_unique<httplib::SSLClient>(url.server.host, url.server.port);
  if (!ca_file.empty() &&
      SSL_CTX_load_verify_file(client->ssl_context(), ca_file.c_str()) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(ca_file,
                     ": no certificates can be read from it: name a "
                     "PEM file of authorities"));
  }
  return client;
}

httplib::Request MakeRequest(const HttpQuestion& question,
                             const std::string& path) {
  httplib::Request request;
  request.method = question.method;
  request.path = path;
  request.body = question.body;
  request.set_header("User-Agent", "rollout-controller");
  for (const auto& [name, value] : question.headers) {
    request.set_header(name, value);
  }
  return request;
}

absl::Status Failure(httplib::Error error) {
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

}  // namespace

// Ends the exchange when it is cancelled or its time is up. httplib's own
// time-outs are of single reads, and it holds a lock while it connects.
class HttpExchange::Watch {
 public:
  explicit Watch(HttpExchange& exchange) : exchange_(exchange) {
    MutexLock lock(&exchange_.mutex_);
    exchange_.over_ = false;
    deadline_ = clock_.Uptime() + exchange_.bounds_.time;
    thread_ = std::thread([this] { Run(); });
  }
  ~Watch() {
    {
      MutexLock lock(&exchange_.mutex_);
      exchange_.over_ = true;
      exchange_.socket_.reset();
      exchange_.changed_.NotifyAll();
    }
    thread_.join();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Called with every socket before it connects.
  void Take(int socket) {
    MutexLock lock(&exchange_.mutex_);
    exchange_.socket_.reset(fcntl(socket, F_DUPFD_CLOEXEC, 0));
  }

  // Why it was ended; OK: it was not.
  absl::Status reason() const {
    MutexLock lock(&exchange_.mutex_);
    if (exchange_.cancelled_) {
      return absl::CancelledError("the controller is leaving");
    }
    if (clock_.Uptime() < deadline_) return absl::OkStatus();
    return absl::DeadlineExceededError(
        absl::StrCat("the server did not answer within ",
                     absl::FormatDuration(exchange_.bounds_.time)));
  }

 private:
  void Run() {
    MutexLock lock(&exchange_.mutex_);
    while (!exchange_.over_) {
      absl::Duration left = deadline_ - clock_.Uptime();
      if (left > absl::ZeroDuration() && !exchange_.cancelled_) {
        exchange_.changed_.WaitFor(&exchange_.mutex_, left);
        continue;
      }
      // Again and again: one that has not begun to connect is not ended by it.
      shutdown(exchange_.socket_.get(), SHUT_RDWR);
      exchange_.changed_.WaitFor(&exchange_.mutex_, absl::Milliseconds(10));
    }
  }

  HttpExchange& exchange_;
  SystemClock clock_;
  absl::Duration deadline_;
  std::thread thread_;
};

absl::StatusOr<HttpAnswer> HttpExchange::Ask(const HttpQuestion& question) {
  ASSIGN_OR_RETURN(HttpUrl url, ParseHttpUrl(question.url));
  ASSIGN_OR_RETURN(auto client, MakeClient(url, question.ca_file));
  Watch watch(*this);
  RETURN_IF_ERROR(watch.reason());
  client->set_socket_options([&](int socket) { watch.Take(socket); });
  const auto time = absl::ToChronoMicroseconds(bounds_.time);
  client->set_connection_timeout(time);
  client->set_read_timeout(time);
  client->set_write_timeout(time);
  client->set_follow_location(question.follows_redirects);
  client->set_decompress(false);

  httplib::Request request = MakeRequest(question, url.path);
  HttpAnswer answer;
  bool fits = true;
  request.content_receiver = [&](const char* bytes, size_t size, uint64_t,
                                 uint64_t) {
    fits = size <= bounds_.bytes - answer.body.size();
    if (fits) answer.body.append(bytes, size);
    return fits;
  };
  try {
    httplib::Result result = client->send(request);
    if (!fits) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "the server answered with more than ", bounds_.bytes, " bytes"));
    }
    if (!result) {
      RETURN_IF_ERROR(watch.reason());
      return Failure(result.error());
    }
    answer.status = result->status;
    return answer;
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("the exchange failed: ", error.what()));
  }
}

void HttpExchange::Cancel() {
  MutexLock lock(&mutex_);
  cancelled_ = true;
  changed_.NotifyAll();
}

}  // namespace rollout::gitops
