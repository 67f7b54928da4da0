// Ways in: FailedBootsToJson and FailedBootsFromJson.
#include "engine/boot/failed_boots.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "policy/reason.h"
#include "proto/state.pb.h"

namespace extgate {
namespace {

constexpr char kNoun[] = "a list of failed boots";

v1::FailedBoot Encode(const FailedBoot& boot) {
  v1::FailedBoot out;
  out.set_entry(PrintableText(boot.entry));
  out.set_time(boot.time);
  out.set_boot_id(boot.boot_id);
  out.set_generation(boot.generation);
  out.set_rejected(boot.rejected);
  out.set_next(PrintableText(boot.next));
  for (const Violation& violation : boot.violations) {
    if (out.violations_size() == kMostFailedFindings) break;
    v1::FailedFinding& finding = *out.add_violations();
    finding.set_code(ToWord(violation.code));
    finding.set_detail(PrintableText(violation.detail));
  }
  return out;
}

FailedBoot Decode(const v1::FailedBoot& in) {
  FailedBoot boot;
  boot.entry = PrintableText(in.entry());
  boot.time = PrintableText(in.time());
  boot.boot_id = PrintableText(in.boot_id());
  boot.generation = PrintableText(in.generation());
  boot.rejected = in.rejected();
  boot.next = PrintableText(in.next());
  for (const v1::FailedFinding& finding : in.violations()) {
    const auto code = FromWord<ReasonCode>(finding.code());
    if (!code.has_value() || boot.violations.size() == kMostFailedFindings)
      continue;
    boot.violations.push_back({*code, PrintableText(finding.detail())});
  }
  return boot;
}

}  // namespace

std::string FailedBootsToJson(const std::vector<FailedBoot>& boots) {
  v1::FailedBoots out;
  const size_t first = boots.size() - std::min(boots.size(), kMostFailedBoots);
  for (size_t i = first; i < boots.size(); ++i) {
    *out.add_boots() = Encode(boots[i]);
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

absl::StatusOr<std::vector<FailedBoot>> FailedBootsFromJson(
    absl::string_view json) {
  const auto message = MessageFromJson<v1::FailedBoots>(json, kNoun);
  if (!message.ok()) return message.status();
  std::vector<FailedBoot> boots;
  for (const v1::FailedBoot& boot : message->boots()) {
    if (boots.size() == kMostFailedBoots) boots.erase(boots.begin());
    boots.push_back(Decode(boot));
  }
  return boots;
}

std::vector<FailedBoot> MergeFailedBoots(std::vector<FailedBoot> one,
                                         const std::vector<FailedBoot>& other) {
  for (const FailedBoot& boot : other) {
    const bool known =
        std::any_of(one.begin(), one.end(), [&](const FailedBoot& mine) {
          return mine.boot_id == boot.boot_id && mine.entry == boot.entry;
        });
    if (!known) one.push_back(boot);
  }
  std::stable_sort(
      one.begin(), one.end(),
      [](const FailedBoot& a, const FailedBoot& b) { return a.time < b.time; });
  return one;
}

std::vector<FailedBoot> WithoutEntry(std::vector<FailedBoot> boots,
                                     absl::string_view entry) {
  std::erase_if(boots,
                [&](const FailedBoot& boot) { return boot.entry == entry; });
  return boots;
}

bool IsRejected(const std::vector<FailedBoot>& boots, absl::string_view entry) {
  return std::any_of(boots.begin(), boots.end(), [&](const FailedBoot& boot) {
    return boot.rejected && boot.entry == entry;
  });
}

std::string Sentence(const FailedBoot& boot) {
  const std::string reasons = absl::StrJoin(
      boot.violations, "; ", [](std::string* out, const Violation& violation) {
        absl::StrAppend(out, ToWord(violation.code), ": ", violation.detail);
      });
  return absl::StrCat("`", boot.entry, "` was failed at ", boot.time, ": ",
                      reasons.empty() ? "no reason is known" : reasons);
}

}  // namespace extgate
