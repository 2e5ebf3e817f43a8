// SPDX-License-Identifier: Apache-2.0
//
// One service of the host: keeps what is known of it, decides, and has done
// what was decided.
//
//   assignment, shim status, probe verdicts, fetches, timers
//        |   each only changes what is known and asks for a pass
//        v
//      Pass(): view -> Decide -> act -> tell
//
// Everything runs on the agent's loop; slow work runs on workers of the
// service, writes on the agent's disk thread, and comes back as a task of the
// loop.

#ifndef AGENT_RECONCILE_SERVICE_H_
#define AGENT_RECONCILE_SERVICE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/certificate/certificate_keeper.h"
#include "agent/decide/decide.h"
#include "agent/decide/removal.h"
#include "agent/reconcile/disk.h"
#include "agent/reconcile/generation_probes.h"
#include "agent/reconcile/generation_record.h"
#include "agent/reconcile/shim_session.h"
#include "agent/reconcile/start_request.h"
#include "agent/reconcile/surroundings.h"
#include "agent/reconcile/swap_recorder.h"
#include "agent/reconcile/wanted_revision.h"
#include "base/event_loop.h"
#include "base/unique_fd.h"
#include "proto/rollout/v1/agent_state.pb.h"
#include "proto/rollout/v1/channel.pb.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::agent {

// What a service tells the agent, on the loop.
struct ServiceEvents {
  // Observe() may say something new.
  std::function<void()> on_changed;
  // State() says something new, and shall be on disk.
  std::function<void()> on_state;
  std::function<void(v1::SwapReport)> on_report;
  // A generation has ended for good; its artifact may have become unused.
  std::function<void()> on_generation_ended;
};

class Service {
 public:
  // Borrowed ones must outlive this. Destroy it after the loop is stopped;
  // waits for a fetch that is under way.
  Service(std::string name, Surroundings* around, EventLoop* loop, Disk* disk,
          ServiceEvents events);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // The methods below run on the loop.

  // What shall be alive, and the templates. `orphaned`: the newest assignment
  // does not mention the service; this is the last one that did.
  void Assign(const v1::ServiceAssignment& assignment, bool orphaned);

  // The service shall end for good, by the removal of that number. Nothing is
  // done about it before BeginRemoval. False: that was known.
  bool Remove(int64_t removal);
  // The word is on the disk.
  void BeginRemoval();
  // The newest assignment mentions the removal no more.
  void StopAskingForRemoval();
  bool IsBeingRemoved() const { return removal_ != 0; }

  // It was removed, and nobody asks for that any more: there is nothing to be
  // told. What is left of it here waits for a service of that name.
  bool IsGone() const { return gone_; }

  // As an agent before this one left it.
  void Restore(const v1::ServiceState& state);

  // Connects to the shim that lives from before. Nothing is changed without
  // an assignment.
  void Adopt();

  // Goes on with a swap report of an agent before this one.
  void ResumeReport(v1::SwapReport report);

  // The shim has told its state, or is known to be gone: Observe() is no
  // guess.
  bool IsKnown() const { return known_; }

  v1::ServiceObservation Observe() const;

  // Measures what its generations use, on the disk's thread. Observe() says it
  // after what the disk does next.
  void Measure();

  // For Restore: the assignment, with the templates of all generations that
  // still live, and what is not to be tried again. None without an assignment.
  std::optional<v1::ServiceState> State() const;

  // Begins a connection to just that generation. NotFound: it has ended, or
  // there is no such endpoint. FailedPrecondition: it does not listen yet, or
  // no more.
  absl::StatusOr<UniqueFd> Connect(const v1::ProxyTarget& target) const;

  // The digests of artifacts that shall stay; nothing: not all are known, for
  // want of a template.
  std::optional<std::vector<std::string>> ArtifactsInUse() const;

 private:
  // Drops the templates that nothing uses any more.
  void ForgetTemplates();

  // Knowing.
  void OnStatus(const shim::v1::Status& status);
  void OnShimLost(const absl::Status& why);
  void OnFetched(const std::string& revision,
                 const absl::StatusOr<std::string>& path);
  void Learn(const shim::v1::Generation& told);

  // Has the shim go on in the program that is installed now, if it runs from
  // another file; once for each file.
  void FollowShimProgram(const shim::v1::Status& status);
  void RenewShim(const shim_client::ShimProgram& program);

  // Asking.
  void FollowProbes(GenerationRecord* record);
  void Ask(const v1::Revision& revision, const v1::Probe& probe,
           GenerationProbes* probes, GenerationRecord* record);
  void EndProbes(int64_t generation);
  void SetReady(bool ready, GenerationRecord* record);
  void OnReadiness(int64_t generation, const probe::ProbeVerdict& verdict);
  void OnLiveness(int64_t generation, const probe::ProbeVerdict& verdict);
  void OnProbed();
  void CountFailure(const v1::Probe& probe, const std::string& answer,
                    std::optional<ErrorBudget>* budget,
                    GenerationRecord* record);

  // Certificates. The keeper, made when a template asks for one.
  certificate::CertificateKeeper& Keeper();
  std::string CertificatesDirectory() const;
  // Has those of the template that serves kept, for all that serve them.
  void FollowCertificates();
  bool ServesCertificates(const GenerationRecord& record) const;
  void AddServers(certificate::CertificateTerms* terms) const;

  // Measuring.
  void MeasureGeneration(int64_t generation);
  void OnMeasured(int64_t generation, const v1::ResourceUsage& usage);
  void LearnUsage(GenerationRecord* record);
  // FailedPrecondition: memory has no room for it beside what lives.
  absl::Status CheckFits(const v1::Revision& revision);
  // It does not fit, and the plan lets it take its turn instead.
  bool MustTakeTurn(const v1::Revision& revision);

  // Deciding.
  void AskForPass(absl::Duration delay = absl::ZeroDuration());
  void Pass();
  ServiceView View() const;
  void Carry(const Decision& decision);

  // Acting.
  void KeepOutput();
  void GiveUp(const Failure& failure);
  void TellGivenUp(const Failure& failure);
  void SetWeights(const Weights& weights);
  // So that `revision` can take its turn.
  void Hold(const std::string& revision);
  void Fetch(const std::string& revision);
  void StartGeneration(const std::string& revision);
  absl::StatusOr<shim::v1::StartRequest> PrepareStart(
      const WantedRevision& wanted, int64_t number);
  // Takes in what runs already; starts what `start` says where nothing does.
  void AdoptOrStart(shim::v1::StartRequest start);
  void SendStart(shim::v1::StartRequest start);
  // For an agent that finds no shim to ask.
  void KeepNumber(int64_t number);
  void OnStarted(const std::string& revision, int64_t number,
                 const absl::Status& status);
  void Drain(int64_t generation);
  void Forget(int64_t generation);
  void SendForget(int64_t generation);
  // A generation's own directory, with what it left there, unless another has
  // the same.
  void RemoveDirectory(const std::string& path);

  // Being removed.
  void EndShim();
  void LookWhetherEnded();
  void OnLooked(bool lives);
  void Clear();
  void OnCleared();
  void Vanish();

  // The generation with the most weight; null: none has any.
  const GenerationRecord* Serving() const;
  // The one that a newcomer replaces: that which serves or, while clients wait,
  // that they wait behind; null: none.
  const GenerationRecord* Replaced() const;
  // Clients need not wait for `wanted`: another has them, or can be started.
  bool CanDoWithout(const WantedRevision& wanted) const;
  bool IsExclusive(const std::string& revision) const;

  // Upgrading itself, handover signal.
  bool IsByUpgrade(const std::string& revision) const;
  // What `start` is to be called in its swap's report.
  v1::Handover HandoverOf(const shim::v1::StartRequest& start) const;
  // Its successor has the same listeners, and answers for both.
  bool HasHeir(const GenerationRecord& record) const;
  // It takes clients without weight, and there is no signal for it to stop.
  bool IsRestless(const GenerationRecord& record) const;
  // The generation that can start one of `revision` itself; null: none can.
  const GenerationRecord* Upgradable(const v1::Revision& revision) const;
  absl::Status MakeUpgrade(const GenerationRecord& old, const Start& start,
                           shim::v1::StartRequest* fresh) const;
  // A path for whichever artifact was shown there last: such a service finds
  // its next version under the path of its own.
  std::string LastingArtifact() const;
  absl::Status ShowArtifact(const v1::Revision& revision);
  void ShowServingArtifact();
  // Of a generation that is to have all clients.
  void ShowArtifactOf(int64_t generation);
  // A successor has that of its predecessor.
  std::string PrivateDirectory(int64_t generation) const;

  void Reject(const std::string& reason, int64_t generation, bool final,
              WantedRevision* wanted);
  Start StartOf(const v1::Revision& revision, int64_t attempt,
                int64_t generation) const;
  // Of a generation's control groups.
  std::string GroupName(int64_t generation) const;
  const v1::Revision* Template(const std::string& revision) const;
  absl::Duration Now() const { return around_.clock.Uptime(); }

  const std::string name_;
  Surroundings& around_;
  EventLoop& loop_;
  Disk& disk_;
  const ServiceEvents events_;
  const std::string directory_;

  // Desired.
  bool assigned_ = false;
  bool orphaned_ = false;
  // The removal that is carried out, or was; 0: none.
  int64_t removal_ = 0;
  // It is on the disk, and may begin.
  bool removal_kept_ = false;
  // The first generation may be one that somebody else has started.
  std::optional<v1::AdoptionOnHost> adopt_;
  WantedRevisions wanted_;
  v1::OutputPolicy output_;
  // By id: those wanted, and those of generations that still live.
  std::map<std::string, v1::Revision> templates_;

  // Observed.
  bool known_ = false;
  bool shim_takes_limits_ = false;
  bool shim_knows_upgrades_ = false;
  pid_t shim_pid_ = 0;
  // The program it was asked to go on in last, in short; why it has not.
  std::string renewed_to_;
  std::string renewal_problem_;
  int failed_openings_ = 0;
  std::map<int64_t, GenerationRecord> generations_;
  // On the way out: its shim was asked to end; its directory is being cleared;
  // that is done; and nobody asks any more.
  bool ending_ = false;
  bool cleaning_ = false;
  bool removed_ = false;
  bool gone_ = false;
  // New connections wait for the next one to get its weight.
  bool holding_ = false;
  int64_t last_generation_ = 0;
  // A start that the shim's status does not show yet; 0: none.
  int64_t starting_ = 0;
  // Nothing is left of them; they wait for the disk and for the shim to forget
  // them, and no decision waits for that.
  std::set<int64_t> forgetting_;

  // As its keeper told last.
  std::vector<certificate::CertificateState> certificates_;
  // What the keeper was asked to follow last, in short.
  std::string followed_;
  std::unique_ptr<certificate::CertificateKeeper> keeper_;

  // A fetch may take long; nothing else of the service waits for it.
  EventLoop worker_;
  EventLoop fetcher_;
  ShimSession shim_;
  GenerationProbes readiness_;
  GenerationProbes liveness_;
  SwapRecorder recorder_;
  // The next pass that is asked for, on the monotonic clock.
  absl::Duration next_pass_ = absl::InfiniteDuration();
};

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_SERVICE_H_
