// Ways in: ParseVersionedDirectory, PickVersion.
#include "engine/versioned_directory.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/image/extension_release.h"
#include "policy/version_order.h"

namespace extgate {
namespace {

constexpr int kSkipsOtherKindsSince = 258;
constexpr int kVersionFormatSince = 262;

constexpr uint32_t kNoCounter = std::numeric_limits<uint32_t>::max();

// What systemd calls architectures that no image can be for.
constexpr absl::string_view kOtherArchitectures[] = {
    "arc-be", "arm-be",   "arm64-be", "cris", "m68k",  "nios2",
    "ppc-le", "parisc64", "sh",       "sh64", "sparc", "sparc64"};

// How near an entry's architecture is to the host's; more is better.
enum class Nearness { kNone, kSibling, kOwn };

// The architecture that a host of the first one runs besides, as systemd has
// it.
struct Sibling {
  Architecture own;
  absl::string_view word;
};
constexpr Sibling kSiblings[] = {
    {Architecture::kX8664, "x86"},  {Architecture::kArm64, "arm"},
    {Architecture::kPpc64, "ppc"},  {Architecture::kPpc64Le, "ppc-le"},
    {Architecture::kS390x, "s390"},
};

// nullopt for an architecture that is not the host's.
std::optional<Nearness> NearnessOf(absl::string_view word,
                                   const HostFacts& host) {
  if (host.architecture.has_value()) {
    if (word == ToWord(*host.architecture)) return Nearness::kOwn;
    for (const Sibling& sibling : kSiblings) {
      if (sibling.own == *host.architecture && sibling.word == word) {
        return Nearness::kSibling;
      }
    }
  }
  if (FromWord<Architecture>(word).has_value() ||
      std::find(std::begin(kOtherArchitectures), std::end(kOtherArchitectures),
                word) != std::end(kOtherArchitectures)) {
    return std::nullopt;
  }
  return Nearness::kNone;
}

// Digits as systemd reads a number: with a leading zero they are octal.
std::optional<uint32_t> ParseCounter(absl::string_view digits) {
  if (digits.empty()) return std::nullopt;
  const uint32_t base = digits.front() == '0' ? 8 : 10;
  uint64_t value = 0;
  for (char c : digits) {
    const uint32_t digit = static_cast<unsigned char>(c) - '0';
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
    if (value > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  }
  return static_cast<uint32_t>(value);
}

// One entry whose name counts.
struct Version {
  std::string entry;
  std::string version;
  Nearness nearness = Nearness::kNone;
  uint32_t left = kNoCounter;
  uint32_t done = kNoCounter;
};

// Takes `+LEFT[-DONE]` off the end of `text`, where it has such an end.
void TakeCounters(absl::string_view& text, Version& version) {
  const size_t plus = text.rfind('+');
  if (plus == absl::string_view::npos) return;
  absl::string_view digits = text.substr(plus + 1);
  std::optional<uint32_t> done = 0;
  if (const size_t dash = digits.find('-'); dash != absl::string_view::npos) {
    done = ParseCounter(digits.substr(dash + 1));
    digits = digits.substr(0, dash);
  }
  const std::optional<uint32_t> left = ParseCounter(digits);
  if (!left.has_value() || !done.has_value()) return;
  version.left = *left;
  version.done = *done;
  text = text.substr(0, plus);
}

bool IsVersion(absl::string_view text, int systemd_version) {
  const absl::string_view marks =
      systemd_version != 0 && systemd_version < kVersionFormatSince ? ".,_-+"
                                                                    : ".-~^";
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [marks](unsigned char c) {
           return absl::ascii_isalnum(c) || absl::StrContains(marks, c);
         });
}

// nullopt when the name does not count.
std::optional<Version> ParseEntry(const VersionedDirectory& directory,
                                  const std::string& entry,
                                  const HostFacts& host) {
  Version version;
  version.entry = entry;
  absl::string_view text = entry;
  if (!absl::ConsumePrefix(&text, directory.name) ||
      !absl::ConsumePrefix(&text, "_") ||
      !absl::ConsumeSuffix(&text, directory.suffix)) {
    return std::nullopt;
  }
  TakeCounters(text, version);
  // What follows the last `_` goes, be it an architecture or not.
  const size_t underscore = text.rfind('_');
  if (underscore != absl::string_view::npos) {
    const auto nearness = NearnessOf(text.substr(underscore + 1), host);
    if (!nearness.has_value()) return std::nullopt;
    version.nearness = *nearness;
    text = text.substr(0, underscore);
  }
  if (!IsVersion(text, host.systemd_version)) return std::nullopt;
  version.version = std::string(text);
  return version;
}

// Whether `a` is the better pick.
bool IsBetter(const Version& a, const Version& b) {
  if ((a.left != 0) != (b.left != 0)) return a.left != 0;
  const std::weak_ordering order = CompareVersions(a.version, b.version);
  if (order != 0) return order > 0;
  if (a.nearness != b.nearness) return a.nearness > b.nearness;
  if (a.left != b.left) return a.left > b.left;
  if (a.done != b.done) return a.done < b.done;
  return a.entry > b.entry;
}

}  // namespace

std::optional<VersionedDirectory> ParseVersionedDirectory(
    absl::string_view directory_name, ImageClass image_class,
    int systemd_version) {
  absl::string_view name = directory_name;
  if (!PicksVersions(systemd_version) || !absl::ConsumeSuffix(&name, ".v")) {
    return std::nullopt;
  }
  VersionedDirectory directory;
  directory.file_name = std::string(name);
  directory.of_directories = !absl::ConsumeSuffix(&name, ".raw");
  if (directory.of_directories && KnowsStacks(systemd_version)) {
    absl::ConsumeSuffix(&name, kStackSuffix);
  }
  absl::ConsumeSuffix(&name, absl::StrCat(".", ToWord(image_class)));
  if (!IsImageName(name)) return std::nullopt;
  directory.name = std::string(name);
  directory.suffix = directory.file_name.substr(name.size());
  return directory;
}

std::optional<std::string> PickVersion(
    const VersionedDirectory& directory,
    const std::vector<std::string>& entries, const HostFacts& host,
    const std::function<VersionKind(const std::string& entry)>& kind_of) {
  const bool skips_other_kinds = host.systemd_version == 0 ||
                                 host.systemd_version >= kSkipsOtherKindsSince;
  std::optional<Version> best;
  for (const std::string& entry : entries) {
    std::optional<Version> version = ParseEntry(directory, entry, host);
    if (!version.has_value()) continue;
    if (skips_other_kinds) {
      const VersionKind kind = kind_of(entry);
      if (kind == VersionKind::kMissing) return std::nullopt;
      if (kind == VersionKind::kOther) continue;
    }
    if (!best.has_value() || IsBetter(*version, *best)) {
      best = std::move(version);
    }
  }
  if (!best.has_value()) return std::nullopt;
  if (!skips_other_kinds && kind_of(best->entry) != VersionKind::kWanted) {
    return std::nullopt;
  }
  return std::move(best->entry);
}

}  // namespace extgate
