// Ways in: KeepBootedPolicy and BootedPolicyPort::Open.
#include "engine/boot/booted_policy.h"

#include <utility>

#include "engine/message_json.h"
#include "policy/policy_reader.h"
#include "proto/state.pb.h"

namespace extgate {
namespace {

constexpr char kName[] = "booted-policy";

bool IsLocal(const PolicyText& text) {
  return text.authority == Authority::kLocal;
}

// The bytes to keep for the local ones of `texts`.
std::string BytesToKeep(const std::vector<PolicyText>& texts) {
  v1::BootedPolicy message;
  for (const PolicyText& text : texts) {
    if (!IsLocal(text) || text.unreadable) continue;
    v1::BootedSource& source = *message.add_sources();
    source.set_path(text.path);
    source.set_text(text.text);
    source.set_cloud_config(text.kind == SourceKind::kCloudConfig);
  }
  return MessageToBytes(message);
}

std::vector<PolicyText> TextsOf(v1::BootedPolicy message) {
  std::vector<PolicyText> texts;
  for (v1::BootedSource& source : *message.mutable_sources()) {
    PolicyText text;
    text.path = source.path();
    text.authority = Authority::kLocal;
    text.kind = source.cloud_config() ? SourceKind::kCloudConfig
                                      : PolicyFileKind(source.path());
    text.text = std::move(*source.mutable_text());
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

absl::Status KeepBootedPolicy(PolicyPort& policy, StatePort& state) {
  const std::string bytes = BytesToKeep(policy.PolicyTexts().value);
  const auto kept = state.ReadState(kName);
  if (kept.ok() && *kept == bytes) return absl::OkStatus();
  return state.WriteState(kName, bytes);
}

absl::StatusOr<BootedPolicyPort> BootedPolicyPort::Open(PolicyPort& now,
                                                        StatePort& state) {
  if (now.ReplacesDiscovery()) {
    return absl::NotFoundError("the policy was named");
  }
  const auto bytes = state.ReadState(kName);
  if (!bytes.ok()) return bytes.status();
  v1::BootedPolicy message;
  if (absl::Status status =
          ParseMessageBytes(*bytes, "a booted policy", message);
      !status.ok()) {
    return status;
  }
  std::vector<PolicyText> texts = now.PolicyTexts().value;
  if (BytesToKeep(texts) == *bytes) {
    return absl::NotFoundError("it is the policy of this boot");
  }
  std::erase_if(texts, IsLocal);
  return BootedPolicyPort(now, std::move(texts), TextsOf(std::move(message)));
}

WithDiagnostics<std::vector<PolicyText>> BootedPolicyPort::PolicyTexts() {
  WithDiagnostics<std::vector<PolicyText>> all;
  all.value = stronger_;
  all.value.insert(all.value.end(), booted_.begin(), booted_.end());
  return all;
}

}  // namespace extgate
