// SPDX-License-Identifier: Apache-2.0

#include "agent/channel/proxy.h"

#include <poll.h>

#include <string>
#include <utility>

#include "agent/probe/marked_socket.h"
#include "base/socket_pump.h"
#include "base/status_macros.h"

namespace rollout::channel {
namespace {

constexpr int kConnectMs = 5'000;

// What PumpSocket sees of a channel.
class ChannelBytes : public ByteStream {
 public:
  explicit ChannelBytes(link::Channel& channel) : channel_(channel) {}

  Got Read(std::string* data) override {
    if (!channel_.Read(&incoming_)) return Got::kOver;
    if (incoming_.has_end_of_data()) return Got::kEnd;
    *data = std::move(*incoming_.mutable_data());
    return Got::kData;
  }

  bool Write(std::string data) override {
    v1::ChannelMessage message;
    message.set_data(std::move(data));
    return channel_.Write(message);
  }

  bool WriteEnd() override {
    v1::ChannelMessage message;
    message.mutable_end_of_data();
    return channel_.Write(message);
  }

  void Fail(const absl::Status& why) override {
    channel_.End(
        WithContext(why, "the generation's end of the connection broke"));
  }

 private:
  link::Channel& channel_;
  // Of the thread that reads.
  v1::ChannelMessage incoming_;
};

absl::Status AwaitConnected(int socket) {
  pollfd connecting = {socket, POLLOUT, 0};
  if (poll(&connecting, 1, kConnectMs) == 0) {
    return absl::UnavailableError(
        "the generation does not accept the connection");
  }
  return probe::ConnectResult(socket);
}

}  // namespace

absl::Status Proxy(UniqueFd connection, link::Channel& channel) {
  RETURN_IF_ERROR(AwaitConnected(connection.get()));
  v1::ChannelMessage opened;
  opened.mutable_opened();
  if (!channel.Write(opened)) return absl::OkStatus();
  ChannelBytes bytes(channel);
  // What went wrong has been told, or there is nobody to tell.
  PumpSocket(std::move(connection), bytes).IgnoreError();
  return absl::OkStatus();
}

}  // namespace rollout::channel
