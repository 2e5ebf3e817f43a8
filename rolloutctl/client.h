// SPDX-License-Identifier: Apache-2.0
//
// Calls to the controller. The one place of rolloutctl that sees gRPC.

#ifndef ROLLOUTCTL_CLIENT_H_
#define ROLLOUTCTL_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/channel_call.h"
#include "rolloutctl/connection.h"

namespace rollout::ctl {

// Whether the controller knows this user and does not let them: an error of
// Client. A file that can't be opened is none.
bool IsDenied(const absl::Status& status);

// How much a client does for an answer.
struct ClientPatience {
  // For each call, but not for Watch and channels.
  absl::Duration timeout = absl::Seconds(15);
  // Whether to find out why a controller can't be reached, which takes seconds.
  bool diagnose = true;
};

// Every call waits for its answer, as long as the patience lasts. Errors: what
// the controller said, with its code; Unavailable: it can't be reached, with
// the address, the cause and the remedy. Not thread-safe but for OpenChannel.
class Client {
 public:
  // Dials with the first call. Errors are those of ChooseConnection and of the
  // certificates' files.
  static absl::StatusOr<std::unique_ptr<Client>> Make(
      const ConnectionFlags& flags, const ClientPatience& patience = {});
  ~Client();

  absl::StatusOr<v1::ApplyResponse> Apply(const v1::ApplyRequest& request);
  absl::StatusOr<v1::ApplyResponse> TryApply(const v1::ApplyRequest& request);
  absl::StatusOr<v1::ApplyResponse> SetArtifact(
      const v1::SetArtifactRequest& request);
  absl::StatusOr<v1::GetResponse> Get(const v1::GetRequest& request);
  absl::StatusOr<v1::ListResponse> List(const v1::ListRequest& request);
  absl::StatusOr<v1::WhyResponse> Why(const v1::WhyRequest& request);
  absl::StatusOr<v1::PauseResponse> Pause(const v1::PauseRequest& request);
  absl::StatusOr<v1::ResumeResponse> Resume(const v1::ResumeRequest& request);
  absl::StatusOr<v1::RetryResponse> Retry(const v1::RetryRequest& request);
  absl::StatusOr<v1::SyncResponse> Sync(const v1::SyncRequest& request);
  absl::StatusOr<v1::AbortResponse> Abort(const v1::AbortRequest& request);
  absl::StatusOr<v1::PromoteResponse> Promote(
      const v1::PromoteRequest& request);
  absl::StatusOr<v1::ApproveResponse> Approve(
      const v1::ApproveRequest& request);
  absl::StatusOr<v1::RejectResponse> Reject(const v1::RejectRequest& request);
  absl::StatusOr<v1::UndoResponse> Undo(const v1::UndoRequest& request);
  absl::StatusOr<v1::DeleteResponse> Delete(const v1::DeleteRequest& request);
  absl::StatusOr<v1::CordonResponse> Cordon(const v1::CordonRequest& request);
  absl::StatusOr<v1::UncordonResponse> Uncordon(
      const v1::UncordonRequest& request);
  absl::StatusOr<v1::FreezeResponse> Freeze(const v1::FreezeRequest& request);
  absl::StatusOr<v1::UnfreezeResponse> Unfreeze(
      const v1::UnfreezeRequest& request);
  absl::StatusOr<v1::OverrideFreezeResponse> OverrideFreeze(
      const v1::OverrideFreezeRequest& request);

  // Calls `on_status` with each status until it returns false or the
  // controller ends the stream: OK. DeadlineExceeded after `timeout`, which may
  // be infinite.
  absl::Status Watch(
      const v1::WatchRequest& request, absl::Duration timeout,
      const std::function<bool(const v1::PlanStatus&)>& on_status);

  // A live channel; waits for nothing. From any thread. The client must outlive
  // it.
  std::unique_ptr<ChannelCall> OpenChannel(const v1::ChannelRequest& request);

 private:
  struct Connection;
  class Channel;
  explicit Client(std::unique_ptr<Connection> connection);

  const std::unique_ptr<Connection> connection_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CLIENT_H_
