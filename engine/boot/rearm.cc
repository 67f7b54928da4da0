// Ways in: KeepGoodGeneration, and RearmChangedEntries.
#include "engine/boot/rearm.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/boot/boot_port.h"
#include "engine/boot/fail_boot.h"
#include "engine/boot/failed_boots.h"
#include "engine/boot/generation.h"
#include "engine/boot/other_entry.h"
#include "engine/candidate_facts.h"
#include "engine/image/inspect.h"
#include "engine/last_seen.h"
#include "engine/message_json.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"
#include "engine/policy_view.h"
#include "policy/printable.h"
#include "proto/boot.pb.h"
#include "proto/state.pb.h"

namespace extgate {
namespace {

constexpr char kName[] = "good-generations";

// Nothing where it cannot be read. Its keys are words of entries, printable
// since a protobuf map has UTF-8 for keys.
v1::GoodGenerations Read(StatePort& state) {
  v1::GoodGenerations kept;
  const auto bytes = state.ReadState(kName);
  if (!bytes.ok() ||
      !ParseMessageBytes(*bytes, "good generations", kept).ok()) {
    kept.Clear();
  }
  return kept;
}

// The policy without what the next boot does not have of it.
class NextBootPolicy : public PolicyView {
 public:
  using PolicyView::PolicyView;
  absl::StatusOr<std::string> RunningModeText() override {
    return absl::NotFoundError("a boot begins without one");
  }
};

// A run copies what has no hash tree and knows the digest of the file then. It
// is asked for only where nothing else tells the image from one of `good`.
void FindDigests(const Ports& ports, const Generation& good,
                 std::vector<DecidedImage>& images) {
  for (DecidedImage& image : images) {
    const GenerationImage known = GenerationOf("", {image}).images.front();
    const auto needs_it = [&](const GenerationImage& before) {
      return !before.digest.empty() && MayBeTheSame(before, known);
    };
    if (!known.digest.empty() ||
        image.candidate.kind == Container::kDirectory ||
        std::none_of(good.images.begin(), good.images.end(), needs_it)) {
      continue;
    }
    const auto reader = ports.images.Open(image.candidate);
    if (reader.ok()) {
      InspectEveryBlock(**reader, image.facts);
    } else {
      image.facts = UnreadableFacts(image.candidate, reader.status());
    }
    // As of one that a boot could not copy.
    if (!image.facts.unreadable.empty()) image.facts.size_bytes = 0;
  }
}

// One time of it.
class RearmRun {
 public:
  RearmRun(const Ports& ports, const DecisionContext& context,
           const std::string& policy_sha256)
      : ports_(ports),
        context_(context),
        policy_sha256_(policy_sha256),
        kept_(Read(ports.state)) {}

  absl::StatusOr<Rearming> Go(const std::vector<BootEntry>& entries) {
    const std::vector<FailedBoot> before = KnownFailedBoots(ports_);
    std::vector<FailedBoot> boots = before;
    Rearming rearming;
    absl::Status failed;
    for (const BootEntry& entry : entries) {
      const std::string word = ports_.boot->WordOf(entry);
      const std::string why = WhyRearm(entry, word);
      if (why.empty()) continue;
      const absl::Status set =
          ports_.boot->SetTries(entry, Tries{kTriesOfAChangedEntry, 0});
      // One that is gone needs no tries.
      if (absl::IsNotFound(set)) continue;
      failed.Update(set);
      if (!set.ok()) continue;
      rearming.entries.push_back({entry.Id(), why});
      (*kept_.mutable_rearmed())[PrintableText(word)] = why;
      boots = WithoutEntry(std::move(boots), word);
    }
    if (boots != before) failed.Update(KeepFailedBoots(ports_, boots));
    if (rearming.entries.empty()) {
      rearming.why_none =
          "none that may be failed and is not counted is another one than when "
          "it came up well";
    } else {
      failed.Update(ports_.state.WriteState(kName, MessageToBytes(kept_)));
    }
    if (!failed.ok()) return failed;
    return rearming;
  }

 private:
  // "": it stays as it is.
  std::string WhyRearm(const BootEntry& entry, const std::string& word) const {
    const std::vector<std::string>& may_fail = context_.policy.failable_entries;
    const auto known = kept_.made_of().find(PrintableText(word));
    if (entry.name.tries().has_value() || known == kept_.made_of().end() ||
        std::find(may_fail.begin(), may_fail.end(), word) == may_fail.end()) {
      return "";
    }
    const auto good = ParseGeneration(known->second);
    if (!good.ok()) return "";
    std::vector<DecidedImage> images =
        ImagesOf(ports_, context_, word, ports_.boot->ExtraDirectories(entry));
    if (good->policy_sha256 == policy_sha256_) {
      FindDigests(ports_, *good, images);
    }
    return WhatChanged(*good, GenerationOf(policy_sha256_, images));
  }

  const Ports& ports_;
  const DecisionContext& context_;
  const std::string& policy_sha256_;
  v1::GoodGenerations kept_;
};

}  // namespace

absl::Status KeepGoodGeneration(const Report& report,
                                const std::vector<std::string>& sources,
                                StatePort& state) {
  v1::GoodGenerations kept = Read(state);
  const std::string word = PrintableText(report.entry);
  std::string& made_of = (*kept.mutable_made_of())[word];
  std::string text = GenerationText(GenerationOf(report, sources));
  const bool rearmed = kept.mutable_rearmed()->erase(word) > 0;
  if (made_of == text && !rearmed) return absl::OkStatus();
  made_of = std::move(text);
  return state.WriteState(kName, MessageToBytes(kept));
}

absl::StatusOr<Rearming> RearmChangedEntries(const Ports& ports) {
  if (ports.boot == nullptr) {
    return absl::NotFoundError("no boot loader is known here");
  }
  NextBootPolicy policy(ports.policy);
  const Ports later{policy,        ports.firmware,    ports.host,  ports.images,
                    ports.staging, ports.confinement, ports.state, ports.boot};
  const LoadedPolicy loaded = LoadPolicy(later);
  const HostFacts host = FactsAndDate(later).value;
  Rearming none;
  if (loaded.policy.mode != Mode::kEnforcing) {
    none.why_none =
        absl::StrCat("the next boot is ", ToWord(loaded.policy.mode),
                     ", and cannot be failed");
    return none;
  }
  if (host.entry == "recovery" || host.entry == kLiveEntry) {
    none.why_none =
        absl::StrCat("this is `", host.entry,
                     "`, from where not all is seen that other entries have");
    return none;
  }
  const auto assessment = ports.boot->Assessment();
  if (!assessment.ok()) return assessment.status();
  const DecisionContext context{loaded.policy, loaded.trust, host, &ports.host};
  return RearmRun(later, context, loaded.sha256).Go(assessment->entries);
}

std::string RearmingToJson(const Rearming& rearming) {
  v1::BootRearm out;
  for (const RearmedEntry& entry : rearming.entries) {
    (*out.mutable_rearmed())[PrintableText(entry.id)] =
        PrintableText(entry.why);
  }
  out.set_why_none(PrintableText(rearming.why_none));
  return MessageToJson(out, JsonLayout::kIndented);
}

std::map<std::string, std::string> RearmedEntries(StatePort& state) {
  const v1::GoodGenerations kept = Read(state);
  return {kept.rearmed().begin(), kept.rearmed().end()};
}

}  // namespace extgate
