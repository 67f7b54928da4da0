// extgate boot status, bless, fail, rearm, next and unpin: boot assessment.
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/boot_loader.h"
#include "adapters/booted_entry.h"
#include "adapters/cli/boot.h"
#include "adapters/cli/boot_text.h"
#include "adapters/cli/machine.h"
#include "engine/boot/boot_order.h"
#include "engine/boot/boot_status.h"
#include "engine/boot/fail_boot.h"
#include "engine/boot/failure.h"
#include "engine/boot/rearm.h"
#include "engine/boot/unread_trust.h"
#include "engine/last_seen.h"
#include "engine/policy_loader.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// Who asks for it.
enum class FailedBy { kPerson, kPolicy };

// What comes of failing this boot, by the policy in force here and the images
// that the next entry would find; `of` is OutlookOnEntries or OutlookOnGrub.
// What keeps a policy from failing it is no matter where a person does.
template <typename Assessment>
FailureOutlook Outlook(
    const Ports& ports, FailedBy by, const Assessment& assessment,
    FailureOutlook (*of)(const Ports&, const DecisionContext&,
                         const Assessment&, const std::vector<DecidedImage>*)) {
  const LoadedPolicy loaded = LoadPolicy(ports);
  const HostFacts host = FactsAndDate(ports).value;
  if (by == FailedBy::kPolicy) {
    std::string why = UnreadTrust(loaded.written.trust, ports);
    if (why.empty()) why = WhyItGoesOn(KnownFailedBoots(ports), host.entry);
    if (!why.empty()) return {std::move(why), ""};
  }
  return of(ports, {loaded.policy, loaded.trust, host, &ports.host}, assessment,
            nullptr);
}

// Why entries are counted again, by id. One that is not counted (any more) was
// called good by somebody.
std::map<std::string, std::string> Rearmed(StatePort& state, BootLoader& loader,
                                           const BootAssessment& assessment) {
  const std::map<std::string, std::string> by_word = RearmedEntries(state);
  std::map<std::string, std::string> rearmed;
  for (const BootEntry& entry : assessment.entries) {
    const auto found = by_word.find(PrintableText(loader.WordOf(entry)));
    if (found == by_word.end() || StateOf(entry) == EntryState::kGood) continue;
    rearmed[entry.Id()] = found->second;
  }
  return rearmed;
}

void TellRepairs(const BootLoader& loader) {
  for (const std::string& done : loader.Told()) {
    std::fprintf(stderr, "extgate: boot: %s\n", PrintableText(done).c_str());
  }
}

int Cannot(absl::string_view verb, absl::string_view why) {
  return Failed(absl::StrCat("boot ", verb),
                absl::FailedPreconditionError(why));
}

// The entry whose boot is counted, whatever became of its counters since:
// systemd-bless-boot goes by the same path before and after. nullptr: none.
const BootEntry* BootedByCount(const BootAssessment& assessment) {
  if (const auto counted = CountedEntry(assessment)) {
    return &assessment.entries[*counted];
  }
  const std::string& path = assessment.counted_path;
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return nullptr;
  const auto name = EntryName::Parse(path.substr(slash + 1));
  if (!name.has_value()) return nullptr;
  for (const BootEntry& entry : assessment.entries) {
    if (absl::EqualsIgnoreCase(entry.directory, path.substr(0, slash)) &&
        absl::EqualsIgnoreCase(entry.name.WithoutTries(),
                               name->WithoutTries())) {
      return &entry;
    }
  }
  return nullptr;
}

// The entry that is called `name`: by its id, or as policies call it.
absl::StatusOr<const BootEntry*> EntryCalled(const BootAssessment& assessment,
                                             absl::string_view name) {
  const auto called = EntriesCalled(assessment.entries, name);
  if (called.size() == 1) return called.front();
  std::vector<std::string> ids;
  for (const BootEntry& entry : assessment.entries) {
    ids.push_back(absl::StrCat("`", entry.Id(), "`"));
  }
  return absl::NotFoundError(absl::StrCat(
      called.empty() ? "there is no entry `" : "several entries are called `",
      name, "`; there ", ids.size() == 1 ? "is " : "are ",
      ids.empty() ? "none" : absl::StrJoin(ids, ", ")));
}

// What the next boot starts, one line.
void TellNext(const BootAssessment& assessment) {
  const std::string next = NextText(
      assessment.entries, NextToBoot(assessment.entries, assessment.choice));
  std::printf("next: %s\n", next.c_str());
}

}  // namespace

int BootStatusVerb(const GlobalOptions& global, const BootOptions& options) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("boot status", machine.status());
  Ports ports = (*machine)->ports();
  BootLoader loader((*machine)->places(), options.directories);
  ports.boot = &loader;
  const std::string entry = ports.host.Facts().value.entry;
  BootStatus status;
  if (auto grub = loader.Grub(); grub.ok()) {
    status.entry = entry;
    status.outlook = Outlook(ports, FailedBy::kPolicy, *grub, OutlookOnGrub);
    status.grub = *std::move(grub);
  } else if (!absl::IsNotFound(grub.status())) {
    return Failed("boot status", grub.status());
  } else {
    auto assessment = loader.Assessment();
    if (!assessment.ok()) return Failed("boot status", assessment.status());
    FailureOutlook outlook =
        Outlook(ports, FailedBy::kPolicy, *assessment, OutlookOnEntries);
    status = MakeBootStatus(*std::move(assessment), entry, std::move(outlook));
    status.rearmed = Rearmed(ports.state, loader, status.assessment);
  }
  std::fputs(global.format == Format::kJson
                 ? BootStatusToJson(status).c_str()
                 : BootStatusText(status, ColourOf(stdout)).c_str(),
             stdout);
  return kExitDone;
}

int BootBlessVerb(const GlobalOptions& global, const BootOptions& options) {
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("boot bless", places.status());
  BootLoader loader(*places, options.directories);
  const auto assessment = loader.Assessment();
  if (!assessment.ok()) return Failed("boot bless", assessment.status());
  const BootEntry* const entry = BootedByCount(*assessment);
  if (entry == nullptr) {
    return Cannot("bless", assessment->counted_path.empty()
                               ? "this boot is not counted"
                               : absl::StrCat("the counted entry `",
                                              assessment->counted_path,
                                              "` is not there any more"));
  }
  const std::string id = PrintableText(entry->Id());
  if (!entry->name.tries().has_value()) {
    std::printf("%s is good already\n", id.c_str());
    return kExitDone;
  }
  const absl::Status status = loader.SetTries(*entry, std::nullopt);
  TellRepairs(loader);
  if (!status.ok()) return Failed("boot bless", status);
  std::printf("%s is good: its boots are not counted any more\n", id.c_str());
  return kExitDone;
}

int BootFailVerb(const GlobalOptions& global, const BootOptions& options) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("boot fail", machine.status());
  Ports ports = (*machine)->ports();
  BootLoader loader((*machine)->places(), options.directories);
  ports.boot = &loader;
  const auto assessment = loader.Assessment();
  if (!assessment.ok()) return Failed("boot fail", assessment.status());
  const FailureOutlook outlook =
      Outlook(ports, FailedBy::kPerson, *assessment, OutlookOnEntries);
  if (!outlook.why_not.empty()) return Cannot("fail", outlook.why_not);
  // It is there, or the outlook would say why not.
  const BootEntry& entry = assessment->entries[*CountedEntry(*assessment)];
  const absl::Status status = loader.SetTries(entry, entry.name.TriesWhenBad());
  TellRepairs(loader);
  if (!status.ok()) return Failed("boot fail", status);
  std::printf(
      "%s is bad: it is not started by itself any more\n"
      "%s comes up with the next boot: systemctl reboot\n",
      PrintableText(entry.Id()).c_str(), PrintableText(outlook.next).c_str());
  return kExitDone;
}

int BootRearmVerb(const GlobalOptions& global, const BootOptions& options) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("boot rearm", machine.status());
  Ports ports = (*machine)->ports();
  BootLoader loader((*machine)->places(), options.directories);
  ports.boot = &loader;
  auto rearming = RearmChangedEntries(ports);
  TellRepairs(loader);
  // A unit asks on every machine, whatever starts it.
  if (absl::IsNotFound(rearming.status()) && !loader.HasEntries()) {
    const std::string why(rearming.status().message());
    rearming = Rearming{{}, why};
  }
  if (!rearming.ok()) return Failed("boot rearm", rearming.status());
  std::fputs(global.format == Format::kJson ? RearmingToJson(*rearming).c_str()
                                            : RearmingText(*rearming).c_str(),
             stdout);
  return kExitDone;
}

int BootNextVerb(const GlobalOptions& global, const BootOptions& options) {
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("boot next", places.status());
  BootLoader loader(*places, options.directories);
  auto assessment = loader.Assessment();
  if (!assessment.ok()) return Failed("boot next", assessment.status());
  const BootEntry* entry = nullptr;
  if (!options.clear) {
    const auto called = EntryCalled(*assessment, options.entry);
    if (!called.ok()) return Failed("boot next", called.status());
    entry = *called;
  }
  const absl::Status status = loader.StartOnce(entry);
  if (!status.ok()) return Failed("boot next", status);
  assessment->choice.one_shot = entry == nullptr ? "" : entry->Id();
  TellNext(*assessment);
  return kExitDone;
}

int BootUnpinVerb(const GlobalOptions& global, const BootOptions& options) {
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("boot unpin", places.status());
  BootLoader loader(*places, options.directories);
  auto assessment = loader.Assessment();
  if (!assessment.ok()) return Failed("boot unpin", assessment.status());
  const absl::Status status = loader.Unpin();
  if (!status.ok()) return Failed("boot unpin", status);
  assessment->choice.default_variable.clear();
  const auto next = NextToBoot(assessment->entries, assessment->choice);
  if (next.has_value() && next->chosen_by == ChosenBy::kDefaultFile) {
    return Cannot("unpin",
                  absl::StrCat("`", assessment->entries[next->entry].Id(),
                               "` is pinned by `default` of loader.conf on the "
                               "ESP, too: take that line out"));
  }
  TellNext(*assessment);
  return kExitDone;
}

}  // namespace extgate
