// Way in: FailOrGoOn.
#include "engine/boot/fail_boot.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/boot/boot_port.h"
#include "engine/boot/failure.h"
#include "engine/boot/generation.h"
#include "engine/boot/other_entry.h"
#include "engine/boot/unread_trust.h"

namespace extgate {
namespace {

std::vector<FailedBoot> Parsed(const absl::StatusOr<std::string>& text) {
  if (!text.ok()) return {};
  auto boots = FailedBootsFromJson(*text);
  if (!boots.ok()) return {};
  return *std::move(boots);
}

// What failing this boot, in which `images` were decided about, would bring; of
// systemd-boot also by which entries.
absl::StatusOr<FailureOutlook> OutlookOf(
    const Ports& ports, const DecisionContext& context,
    const std::vector<DecidedImage>& images, BootAssessment& assessment) {
  const auto grub = ports.boot->Grub();
  if (grub.ok()) return OutlookOnGrub(ports, context, *grub, &images);
  if (!absl::IsNotFound(grub.status())) return grub.status();
  auto entries = ports.boot->Assessment();
  if (!entries.ok()) return entries.status();
  assessment = *std::move(entries);
  return OutlookOnEntries(ports, context, assessment, &images);
}

// `outlook`, by which an entry with the images `next` comes up, where that is
// worth it for one with the images `here`.
FailureOutlook IfBetter(FailureOutlook outlook,
                        const std::vector<DecidedImage>& next,
                        const std::vector<DecidedImage>& here) {
  if (AnyAllowed(next) || !NoneIsTrusted(here)) return outlook;
  return {
      absl::StrCat("nothing would be merged in the next entry, `", outlook.next,
                   "`, either, and here nobody is trusted who signed an "
                   "image, so that may be the fault of the policy"),
      ""};
}

// One boot that is to be failed.
class Failing {
 public:
  // `images` are those of this boot.
  Failing(const Ports& ports, const DecisionContext& context,
          const std::vector<DecidedImage>& images)
      : ports_(ports),
        context_(context),
        images_(images),
        entry_(context.host.entry),
        before_(KnownFailedBoots(ports)) {}

  BootFate Go(FailedBoot boot) {
    const std::string why_not = WhyNot();
    if (!why_not.empty()) return FallBack(why_not, std::move(boot));
    // The entry that is counted; with GRUB there is none.
    const auto place = CountedEntry(assessment_);
    const bool now = context_.policy.fail_when == FailWhen::kNow;
    // GRUB gives one try. A counted file without counters, which no boot loader
    // says, has no other one either.
    boot.rejected =
        now || !place.has_value() ||
        assessment_.entries[*place].name.tries().value_or(Tries{}).left == 0;
    boot.next = next_;
    // The reason first: an entry that is left without one explains nothing.
    if (absl::Status kept = Remember(boot); !kept.ok()) {
      return FallBack(
          absl::StrCat("the reason for it cannot be kept: ", kept.message()),
          std::nullopt);
    }
    if (now && place.has_value()) {
      const BootEntry& counted = assessment_.entries[*place];
      const absl::Status marked =
          ports_.boot->SetTries(counted, counted.name.TriesWhenBad());
      if (!marked.ok()) {
        return FallBack(
            absl::StrCat("`", counted.path(),
                         "` cannot be marked bad: ", marked.message()),
            TakenBack(std::move(boot)));
      }
    }
    return {BootFate::Kind::kFail, "", next_};
  }

 private:
  // Why failing it would not help; "" where it would, and then assessment_ and
  // next_ say how.
  std::string WhyNot() {
    std::string why = WhyItGoesOn(before_, entry_);
    if (!why.empty()) return why;
    if (ports_.boot == nullptr) return "no boot loader is known here";
    const auto outlook = OutlookOf(ports_, context_, images_, assessment_);
    if (!outlook.ok()) return std::string(outlook.status().message());
    next_ = outlook->next;
    return outlook->why_not;
  }

  // The boot that was not failed after all; nullopt where it could not be taken
  // out of what is remembered. A power cut before this has the entry given up,
  // which only ever lets it go on.
  std::optional<FailedBoot> TakenBack(FailedBoot boot) {
    if (!KeepFailedBoots(ports_, before_).ok() ||
        KnownFailedBoots(ports_) != before_) {
      return std::nullopt;
    }
    boot.rejected = false;
    boot.next.clear();
    return boot;
  }

  // `boot` is what would be remembered of it; nullopt where that cannot be.
  BootFate FallBack(std::string why_not, std::optional<FailedBoot> boot) {
    const BootFate::Kind kind = KindOfFallBack();
    // Recovery is where people get at a machine.
    if (kind == BootFate::Kind::kWithhold || entry_ == "recovery" ||
        !boot.has_value()) {
      return {BootFate::Kind::kWithhold, std::move(why_not), ""};
    }
    if (WasFailed()) {
      absl::StrAppend(&why_not, kind == BootFate::Kind::kReboot
                                    ? "; it was rebooted once already"
                                    : "; it was stopped once already");
      return {BootFate::Kind::kWithhold, std::move(why_not), ""};
    }
    if (!Remember(*boot).ok()) {
      return {BootFate::Kind::kWithhold, std::move(why_not), ""};
    }
    return {kind, std::move(why_not), ""};
  }

  BootFate::Kind KindOfFallBack() const {
    switch (context_.policy.fail_fallback) {
      case FailFallback::kWithhold:
        return BootFate::Kind::kWithhold;
      case FailFallback::kEmergency:
        return BootFate::Kind::kEmergency;
      case FailFallback::kReboot:
        return BootFate::Kind::kReboot;
    }
    return BootFate::Kind::kWithhold;
  }

  bool WasFailed() const {
    return std::any_of(
        before_.begin(), before_.end(),
        [&](const FailedBoot& boot) { return boot.entry == entry_; });
  }

  absl::Status Remember(const FailedBoot& boot) {
    std::vector<FailedBoot> boots = before_;
    boots.push_back(boot);
    return KeepFailedBoots(ports_, boots);
  }

  const Ports& ports_;
  const DecisionContext& context_;
  const std::vector<DecidedImage>& images_;
  const std::string& entry_;
  const std::vector<FailedBoot> before_;
  BootAssessment assessment_;
  std::string next_;
};

}  // namespace

std::string WhyItGoesOn(const std::vector<FailedBoot>& known,
                        const std::string& entry) {
  if (entry.empty()) return "nothing tells which entry is booted";
  if (entry == "recovery") return "`recovery` is never failed";
  // Whatever for: who changes an image each time must not make a loop of it.
  if (!IsRejected(known, entry)) return "";
  return absl::StrCat("`", entry,
                      "` was given up before, and is booted all the same");
}

FailureOutlook OutlookOnEntries(const Ports& ports,
                                const DecisionContext& context,
                                const BootAssessment& assessment,
                                const std::vector<DecidedImage>* images) {
  const auto images_of = [&](const BootEntry& entry) {
    return ImagesOf(ports, context, ports.boot->WordOf(entry),
                    ports.boot->ExtraDirectories(entry));
  };
  std::vector<DecidedImage> next;
  FailureOutlook outlook = OutlookOfFailing(
      assessment, context.host.entry, context.policy.failable_entries,
      [&](const BootEntry& entry) { return ports.boot->WordOf(entry); },
      [&](const BootEntry& entry) {
        next = images_of(entry);
        return WouldPass(next, context, ports.boot->WordOf(entry));
      });
  if (!outlook.why_not.empty()) return outlook;
  // The counted entry is there, or the outlook would say why not.
  return IfBetter(
      std::move(outlook), next,
      images != nullptr
          ? *images
          : images_of(assessment.entries[*CountedEntry(assessment)]));
}

FailureOutlook OutlookOnGrub(const Ports& ports, const DecisionContext& context,
                             const GrubAssessment& assessment,
                             const std::vector<DecidedImage>* images) {
  std::vector<DecidedImage> next;
  FailureOutlook outlook = OutlookOfFailingOnGrub(
      assessment, context.host.entry, context.policy.failable_entries, [&] {
        next = ImagesOf(ports, context, kGrubFallback, {});
        return WouldPass(next, context, kGrubFallback);
      });
  if (!outlook.why_not.empty()) return outlook;
  return IfBetter(std::move(outlook), next,
                  images != nullptr
                      ? *images
                      : ImagesOf(ports, context, context.host.entry, {}));
}

std::vector<FailedBoot> KnownFailedBoots(const Ports& ports) {
  std::vector<FailedBoot> boots = Parsed(ports.state.ReadState(kFailedBoots));
  if (ports.boot == nullptr) return boots;
  return MergeFailedBoots(std::move(boots),
                          Parsed(ports.boot->ReadNote(kFailedBoots)));
}

PreviousBoot PreviousBootOf(const Ports& ports,
                            const DecisionContext& context) {
  std::vector<FailedBoot> boots = Parsed(ports.state.ReadState(kFailedBoots));
  const std::vector<std::string>& may_fail = context.policy.failable_entries;
  if (boots.empty() && ports.boot != nullptr &&
      std::find(may_fail.begin(), may_fail.end(), context.host.entry) ==
          may_fail.end()) {
    boots = Parsed(ports.boot->ReadNote(kFailedBoots));
  }
  if (boots.empty() || boots.back().boot_id == ports.host.BootId()) return {};
  return {ToWord(Outcome::kBootFailed), Sentence(boots.back())};
}

absl::Status KeepFailedBoots(const Ports& ports,
                             const std::vector<FailedBoot>& boots) {
  const std::string text = FailedBootsToJson(boots);
  const absl::Status noted =
      ports.boot == nullptr ? absl::NotFoundError("no boot loader is known")
                            : ports.boot->WriteNote(kFailedBoots, text);
  const absl::Status kept = ports.state.WriteState(kFailedBoots, text);
  return noted.ok() ? noted : kept;
}

BootFate FailOrGoOn(const Ports& ports, const DecisionContext& context,
                    const LoadedPolicy& loaded,
                    const std::vector<DecidedImage>& images,
                    const std::vector<Violation>& violations) {
  // That is no content, and another entry would have the same policy.
  if (std::string why = UnreadTrust(loaded.written.trust, ports);
      !why.empty()) {
    return {BootFate::Kind::kWithhold, std::move(why), ""};
  }
  FailedBoot boot;
  boot.entry = context.host.entry;
  boot.time = ports.host.Now();
  boot.boot_id = ports.host.BootId();
  boot.generation = DigestOf(GenerationOf(loaded.sha256, images));
  boot.violations = violations;
  return Failing(ports, context, images).Go(std::move(boot));
}

}  // namespace extgate
