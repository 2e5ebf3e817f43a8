// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/http_question.h"

#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/probe/marked_socket.h"
#include "base/clock.h"
#include "httplib.h"

namespace rollout::probe {
namespace {

constexpr size_t kEnoughBytes = 64 << 10;

// "127.0.0.1" or "::1": httplib adds brackets itself. What is asked over a Unix
// socket is on this host.
std::string HostOf(const EndpointAddress& address) {
  if (!address.ip()) return "localhost";
  std::string text = address.ToString();
  text.resize(text.rfind(':'));
  return text[0] == '[' ? text.substr(1, text.size() - 2) : text;
}

struct Reply {
  int status = 0;  // 0: none
  size_t bytes = 0;
  bool whole = false;  // or enough of it
};

// What was wrong; empty: nothing.
std::string Problem(const Reply& reply, httplib::Error error, bool late) {
  if (reply.status != 0 && (reply.status < 200 || reply.status > 399)) {
    return absl::StrCat("gave ", reply.status);
  }
  if (reply.whole) return "";
  if (late) return "was not answered in time";
  if (error == httplib::Error::ConnectionTimeout) return "found no connection";
  if (error == httplib::Error::Connection) return "was refused a connection";
  return reply.status != 0 ? "got an answer that broke off" : "got no answer";
}

// httplib connects to IP addresses only.
class Client : public httplib::ClientImpl {
 public:
  Client(const EndpointAddress& address, Cutoff& cutoff)
      : ClientImpl(HostOf(address), address.ip() ? address.ip()->port() : 80),
        address_(address),
        cutoff_(cutoff) {}

 protected:
  bool create_and_connect_socket(Socket& socket,
                                 httplib::Error& error) override {
    if (address_.ip()) {
      return ClientImpl::create_and_connect_socket(socket, error);
    }
    auto connected = StartConnect(address_, 0);
    if (!connected.ok()) {
      error = httplib::Error::Connection;
      return false;
    }
    cutoff_.Watch(connected->get());
    socket.sock = connected->release();
    return true;
  }

 private:
  const EndpointAddress address_;
  Cutoff& cutoff_;
};

}  // namespace

HttpQuestion::HttpQuestion(const EndpointAddress& address, uint32_t mark,
                           std::string path, absl::Duration timeout,
                           EventLoop& timers)
    : address_(ReachableAddress(address)),
      mark_(mark),
      path_(path.empty() ? "/" : std::move(path)),
      timeout_(timeout),
      timers_(timers) {}

Answer HttpQuestion::Ask() {
  std::shared_ptr<Cutoff> cutoff = Begin();
  // httplib's time-outs are for one read: only this one bounds them all.
  timers_.PostAfter(timeout_, [weak = std::weak_ptr<Cutoff>(cutoff)] {
    if (std::shared_ptr<Cutoff> late = weak.lock()) late->Cut();
  });
  try {
    return Get(*cutoff);
  } catch (const std::exception& error) {
    return {false, absl::StrCat("GET ", path_, ": ", error.what())};
  }
}

void HttpQuestion::Cancel() {
  MutexLock lock(&mutex_);
  cancelled_ = true;
  if (std::shared_ptr<Cutoff> cutoff = under_way_.lock()) cutoff->Cut();
}

std::shared_ptr<Cutoff> HttpQuestion::Begin() {
  auto cutoff = std::make_shared<Cutoff>();
  MutexLock lock(&mutex_);
  if (cancelled_) cutoff->Cut();
  under_way_ = cutoff;
  return cutoff;
}

Answer HttpQuestion::Get(Cutoff& cutoff) const {
  const absl::Duration deadline = SystemClock().Uptime() + timeout_;
  absl::Status marked;
  Reply reply;
  Client client(address_, cutoff);
  client.set_connection_timeout(absl::ToChronoMicroseconds(timeout_));
  client.set_read_timeout(absl::ToChronoMicroseconds(timeout_));
  client.set_socket_options([&](int fd) {
    marked = SetMark(fd, mark_);
    cutoff.Watch(fd);
  });
  auto begin = [&](const httplib::Response& response) {
    reply.status = response.status;
    return true;
  };
  auto receive = [&](const char*, size_t size) {
    reply.bytes += size;
    return reply.bytes < kEnoughBytes;
  };
  httplib::Result result =
      client.Get(path_, {{"User-Agent", "rollout-probe"}}, begin, receive);
  // An answer without the mark may be another generation's.
  if (!marked.ok()) return {false, std::string(marked.message())};
  // Without a body `begin` is not called.
  if (result) reply.status = result->status;
  reply.whole = result || reply.bytes >= kEnoughBytes;
  bool late = SystemClock().Uptime() >= deadline;
  std::string problem = Problem(reply, result.error(), late);
  if (problem.empty()) return {true, ""};
  return {false, absl::StrCat("GET ", path_, " at ", address_.ToString(), " ",
                              problem)};
}

}  // namespace rollout::probe
