// Way in: BootedEntry.
#include "adapters/booted_entry.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "adapters/io_status.h"
#include "engine/ports.h"

namespace extgate {
namespace {

struct NamedEntry {
  const char* sign;
  const char* entry;
};

// Files below /run/cos that Kairos' initramfs leaves.
constexpr NamedEntry kSentinels[] = {
    {"live_mode", "live"},          {"uki_install_mode", "live"},
    {"autoreset_mode", "recovery"}, {"recovery_mode", "recovery"},
    {"passive_mode", "passive"},    {"active_mode", "active"},
};

// How ids of Kairos' entries begin, in any case.
constexpr NamedEntry kIds[] = {
    {"active", "active"},
    {"passive", "passive"},
    {"recovery", "recovery"},
    {"statereset", "recovery"},
};

// Labels of the file systems that Kairos boots from with GRUB.
constexpr NamedEntry kLabels[] = {
    {"COS_ACTIVE", "active"},     {"COS_PASSIVE", "passive"},
    {"COS_RECOVERY", "recovery"}, {"COS_SYSTEM", "recovery"},
    {"COS_LIVE", "live"},
};

bool AllDigits(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Cuts "+LEFT" or "+LEFT-DONE" off the end (systemd.boot(7), boot counting).
absl::string_view WithoutCounters(absl::string_view id) {
  const size_t plus = id.rfind('+');
  if (plus == absl::string_view::npos) return id;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(id.substr(plus + 1), absl::MaxSplits('-', 1));
  const bool counters =
      std::all_of(parts.begin(), parts.end(),
                  [](absl::string_view part) { return AllDigits(part); });
  return counters ? id.substr(0, plus) : id;
}

absl::string_view WithoutExtension(absl::string_view id) {
  for (absl::string_view extension : {".efi", ".conf"}) {
    if (absl::EndsWithIgnoreCase(id, extension)) {
      return id.substr(0, id.size() - extension.size());
    }
  }
  return id;
}

std::string EntryOfSentinels(const Places& places) {
  const HostPath directory = places.run() / "cos";
  for (const NamedEntry& sentinel : kSentinels) {
    const HostPath file = directory / sentinel.sign;
    if (file.root->Exists(file.path)) return sentinel.entry;
  }
  return "";
}

std::string EntryOfCommandLine(absl::string_view command_line) {
  for (absl::string_view word :
       absl::StrSplit(command_line, absl::ByAnyChar(" \t\n"))) {
    for (const NamedEntry& label : kLabels) {
      for (absl::string_view key : {"root=LABEL=", "root=live:LABEL="}) {
        if (word == absl::StrCat(key, label.sign)) return label.entry;
      }
    }
  }
  return "";
}

bool ResetAsked(absl::string_view command_line) {
  for (absl::string_view word :
       absl::StrSplit(command_line, absl::ByAnyChar(" \t\n"))) {
    if (word == "kairos.reset" || absl::StartsWith(word, "kairos.reset=")) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string EntryFromId(absl::string_view id) {
  const size_t slash = id.find_last_of("\\/");
  if (slash != absl::string_view::npos) id.remove_prefix(slash + 1);
  id = WithoutCounters(WithoutExtension(id));
  for (const NamedEntry& known : kIds) {
    if (absl::StartsWithIgnoreCase(id, known.sign)) return known.entry;
  }
  return CheckName(id).ok() ? std::string(id) : "";
}

std::string BootedEntry(const Places& places, absl::string_view command_line,
                        EfiVariables& variables) {
  const std::string sentinel = EntryOfSentinels(places);
  // An automatic reset runs from the recovery system, whatever else is said.
  if (sentinel != kLiveEntry && ResetAsked(command_line)) return "recovery";
  if (!sentinel.empty()) return sentinel;
  std::string entry = EntryOfCommandLine(command_line);
  if (!entry.empty()) return entry;
  for (const char* name : {"LoaderEntrySelected", "StubImageIdentifier"}) {
    auto id = variables.LoaderVariable(name);
    if (id.ok()) entry = EntryFromId(*id);
    // Live media say so themselves; whoever names files on the ESP does not.
    if (entry == kLiveEntry) entry.clear();
    if (!entry.empty()) return entry;
  }
  return "";
}

std::vector<const BootEntry*> EntriesCalled(absl::Span<const BootEntry> entries,
                                            absl::string_view name) {
  std::vector<const BootEntry*> called;
  for (const BootEntry& entry : entries) {
    if (absl::EqualsIgnoreCase(entry.Id(), name)) return {&entry};
    if (EntryFromId(entry.Id()) == name) called.push_back(&entry);
  }
  return called;
}

}  // namespace extgate
