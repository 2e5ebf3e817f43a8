// SPDX-License-Identifier: Apache-2.0

#include "agent/certificate/kept_certificate.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/status_macros.h"

namespace rollout::certificate {
namespace {

// Between two handshakes, while a server is to show a new certificate.
constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr absl::Duration kLastPause = absl::Milliseconds(500);
// A server of several processes changes them one after the other: nginx has the
// old ones accept for another 100 ms.
constexpr int kShownInARow = 3;
constexpr absl::Duration kPauseWhenShown = absl::Milliseconds(100);

// Before its end: the usual times of renewal are longer before.
constexpr int kWarnDays[] = {7, 30};

std::string DigestOf(const CertificatePair& pair) {
  return Sha256Of(pair.certificate + pair.key);
}

std::string WarningOf(absl::Time expires, absl::Time now) {
  const std::string date =
      absl::FormatTime("%Y-%m-%d %H:%M UTC", expires, absl::UTCTimeZone());
  if (now >= expires) {
    return absl::StrCat("it expired on ", date,
                        ": clients refuse it; have it renewed");
  }
  for (int days : kWarnDays) {
    if (expires - now > days * absl::Hours(24)) continue;
    return absl::StrCat("it expires on ", date, ", in less than ", days,
                        " days, and nothing has renewed it");
  }
  return "";
}

}  // namespace

bool operator==(const CertificateTerms& a, const CertificateTerms& b) {
  return std::tie(a.name, a.certificate, a.key, a.names, a.directory,
                  a.owner.uid, a.owner.gid, a.servers) ==
         std::tie(b.name, b.certificate, b.key, b.names, b.directory,
                  b.owner.uid, b.owner.gid, b.servers);
}

bool operator==(const CertificateState& a, const CertificateState& b) {
  return std::tie(a.name, a.serial, a.expires, a.problem, a.warning) ==
         std::tie(b.name, b.serial, b.expires, b.problem, b.warning);
}

absl::Status KeptCertificate::Prepare(const CertificateTerms& terms) {
  InstalledPair installed(&files_, terms.directory);
  auto current = installed.Current();
  if (current.ok() && installed.BelongsTo(terms.owner) &&
      CheckPair(*current, terms.names, clock_.Now()).ok()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(CertificatePair pair,
                   ReadPair(files_, terms.certificate, terms.key));
  RETURN_IF_ERROR(CheckPair(pair, terms.names, clock_.Now()).status());
  return installed.Put(pair, terms.owner);
}

CertificateState KeptCertificate::Look(const CertificateTerms& terms,
                                       ServerContact& contact) {
  CertificateState state;
  state.name = terms.name;
  state.problem = TakeUp(terms);
  const std::string not_shown = Show(terms, contact);
  if (!not_shown.empty()) state.problem = not_shown;
  auto current = InstalledPair(&files_, terms.directory).Current();
  if (!current.ok()) return state;
  auto facts = FactsOfText(current->certificate_path, current->certificate);
  if (!facts.ok()) return state;
  state.serial = facts->serial;
  state.expires = facts->expires;
  state.warning = WarningOf(facts->expires, clock_.Now());
  return state;
}

std::string KeptCertificate::TakeUp(const CertificateTerms& terms) {
  InstalledPair installed(&files_, terms.directory);
  const auto current = installed.Current();
  const std::string stays =
      current.ok() ? "; the one before stays" : "; there is none before it";
  auto pair = ReadPair(files_, terms.certificate, terms.key);
  if (!pair.ok()) return absl::StrCat(pair.status().message(), stays);
  if (current.ok() && IsSame(*pair, *current)) return "";
  if (DigestOf(*pair) == given_up_) return why_given_up_;
  auto facts = CheckPair(*pair, terms.names, clock_.Now());
  if (!facts.ok()) return absl::StrCat(facts.status().message(), stays);
  absl::Status put = installed.Put(*pair, terms.owner);
  if (!put.ok()) return absl::StrCat(put.message(), stays);
  LogInfo("certificate ", terms.name, ": serial ", facts->serial,
          " is in place");
  is_new_ = current.ok();
  shown_.clear();
  refused_.clear();
  return "";
}

std::string KeptCertificate::Show(const CertificateTerms& terms,
                                  ServerContact& contact) {
  auto current = InstalledPair(&files_, terms.directory).Current();
  if (!current.ok()) return "";
  auto facts = FactsOfText(current->certificate_path, current->certificate);
  if (!facts.ok()) return std::string(facts.status().message());
  std::string problem;
  ForgetAllBut(terms.servers);
  for (const Server& server : terms.servers) {
    if (shown_[server.generation] == facts->fingerprint) continue;
    std::string& refused = refused_[server.generation];
    if (refused.empty()) {
      absl::Status shown = ShowBy(server, *facts, contact);
      if (absl::IsCancelled(shown)) return "";
      // It has left; nobody is shown anything by it.
      if (absl::IsUnavailable(shown)) continue;
      if (shown.ok()) {
        shown_[server.generation] = facts->fingerprint;
        continue;
      }
      refused = absl::StrCat("generation ", server.generation,
                             " does not show serial ", facts->serial, ": ",
                             shown.message());
      if (is_new_) return GoBack(terms, refused, contact);
    }
    problem = refused;
  }
  // From here on there is no way back to the one before: it has been shown.
  if (problem.empty() && !terms.servers.empty()) is_new_ = false;
  return problem;
}

absl::Status KeptCertificate::ShowBy(const Server& server,
                                     const CertificateFacts& facts,
                                     ServerContact& contact) {
  auto asked = contact.Ask(server);
  if (asked.ok() && asked->fingerprint == facts.fingerprint) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(contact.Tell(server));
  return AwaitShown(server, facts, contact);
}

absl::Status KeptCertificate::AwaitShown(const Server& server,
                                         const CertificateFacts& facts,
                                         ServerContact& contact) {
  const absl::Duration until = clock_.Uptime() + kShownWithin;
  absl::Duration pause = kFirstPause;
  int in_a_row = 0;
  std::string instead;
  while (clock_.Uptime() < until) {
    auto asked = contact.Ask(server);
    if (asked.ok() && asked->fingerprint == facts.fingerprint) {
      if (++in_a_row == kShownInARow) return absl::OkStatus();
      pause = kPauseWhenShown;
    } else {
      in_a_row = 0;
      instead = asked.ok() ? absl::StrCat("it shows serial ", asked->serial)
                           : std::string(asked.status().message());
    }
    if (!contact.Lives(server)) {
      return absl::UnavailableError("its main process has ended");
    }
    if (!contact.Pause(pause)) return absl::CancelledError("at our end");
    pause = std::min(2 * pause, kLastPause);
  }
  return absl::DeadlineExceededError(
      absl::StrCat(absl::FormatDuration(kShownWithin), " after it was told, ",
                   instead.empty() ? "it had just begun to" : instead));
}

void KeptCertificate::ForgetAllBut(const std::vector<Server>& servers) {
  std::map<int64_t, std::string> shown, refused;
  for (const Server& server : servers) {
    shown[server.generation] = shown_[server.generation];
    refused[server.generation] = refused_[server.generation];
  }
  shown_ = std::move(shown);
  refused_ = std::move(refused);
}

std::string KeptCertificate::GoBack(const CertificateTerms& terms,
                                    const std::string& why,
                                    ServerContact& contact) {
  InstalledPair installed(&files_, terms.directory);
  is_new_ = false;
  auto current = installed.Current();
  absl::Status back = installed.GoBack();
  if (!current.ok() || !back.ok()) {
    return absl::StrCat(why, "; the one before is not back: ", back.message());
  }
  given_up_ = DigestOf(*current);
  why_given_up_ = absl::StrCat(
      why,
      "; the one before is back. It is not tried again before the files "
      "change");
  LogWarning("certificate ", terms.name, ": ", why_given_up_);
  shown_.clear();
  refused_.clear();
  // Those that have the new one let go of it; those that have not don't mind.
  const std::string not_back = Show(terms, contact);
  return not_back.empty() ? why_given_up_
                          : absl::StrCat(why_given_up_, "; ", not_back);
}

}  // namespace rollout::certificate
