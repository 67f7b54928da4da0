// Ways in: KeepGoodGeneration and RearmChangedEntries.
#include "engine/boot/rearm.h"

#include <algorithm>
#include <map>

#include "engine/boot/boot_port.h"
#include "engine/boot/fail_boot.h"
#include "engine/boot/failed_boots.h"
#include "engine/boot/generation.h"
#include "engine/boot/other_entry.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/state.pb.h"

namespace extgate {
namespace {

constexpr char kName[] = "good-generations";

// Digests by the word of the entry; none where they cannot be read.
std::map<std::string, std::string> Read(StatePort& state) {
  const auto bytes = state.ReadState(kName);
  if (!bytes.ok()) return {};
  v1::GoodGenerations kept;
  if (!ParseMessageBytes(*bytes, "good generations", kept).ok()) return {};
  return {kept.digests().begin(), kept.digests().end()};
}

}  // namespace

absl::Status KeepGoodGeneration(const Report& report, StatePort& state) {
  std::map<std::string, std::string> digests = Read(state);
  // A protobuf map has UTF-8 for keys.
  std::string& digest = digests[PrintableText(report.entry)];
  const std::string generation = GenerationOf(report);
  if (digest == generation) return absl::OkStatus();
  digest = generation;
  v1::GoodGenerations message;
  message.mutable_digests()->insert(digests.begin(), digests.end());
  return state.WriteState(kName, MessageToBytes(message));
}

absl::StatusOr<std::vector<std::string>> RearmChangedEntries(
    const Ports& ports, const DecisionContext& context,
    const std::string& policy_sha256) {
  if (ports.boot == nullptr) {
    return absl::NotFoundError("no boot loader is known here");
  }
  const auto assessment = ports.boot->Assessment();
  if (!assessment.ok()) return assessment.status();
  const std::map<std::string, std::string> good = Read(ports.state);
  const std::vector<std::string>& may_fail = context.policy.failable_entries;
  std::vector<std::string> rearmed;
  absl::Status failed;
  const std::vector<FailedBoot> before = KnownFailedBoots(ports);
  std::vector<FailedBoot> boots = before;
  for (const BootEntry& entry : assessment->entries) {
    const std::string word = ports.boot->WordOf(entry);
    const auto known = good.find(PrintableText(word));
    if (entry.name.tries().has_value() || known == good.end() ||
        std::find(may_fail.begin(), may_fail.end(), word) == may_fail.end()) {
      continue;
    }
    const std::vector<DecidedImage> images =
        ImagesOf(ports, context, word, ports.boot->ExtraDirectories(entry));
    if (GenerationOf(policy_sha256, images) == known->second) continue;
    const absl::Status set =
        ports.boot->SetTries(entry, Tries{kTriesOfAChangedEntry, 0});
    failed.Update(set);
    if (!set.ok()) continue;
    rearmed.push_back(entry.Id());
    boots = WithoutEntry(std::move(boots), word);
  }
  if (boots != before) failed.Update(KeepFailedBoots(ports, boots));
  if (!failed.ok()) return failed;
  return rearmed;
}

}  // namespace extgate
