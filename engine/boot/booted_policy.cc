// Ways in: KeepBootedPolicy and BootedPolicyPort::Open.
#include "engine/boot/booted_policy.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/message_json.h"
#include "policy/policy_reader.h"
#include "policy/printable.h"
#include "proto/state.pb.h"

namespace extgate {
namespace {

constexpr char kName[] = "booted-policy";

bool IsLocal(const PolicyText& text) {
  return text.authority == Authority::kLocal;
}

// What to keep for the local ones of `texts`.
v1::BootedPolicy PolicyToKeep(absl::string_view entry,
                              const std::vector<PolicyText>& texts) {
  v1::BootedPolicy message;
  message.set_entry(PrintableText(entry));
  for (const PolicyText& text : texts) {
    if (!IsLocal(text) || text.unreadable) continue;
    v1::BootedSource& source = *message.add_sources();
    source.set_path(text.path);
    source.set_text(text.text);
    source.set_cloud_config(text.kind == SourceKind::kCloudConfig);
  }
  return message;
}

bool SayTheSame(const v1::BootedPolicy& one, const v1::BootedPolicy& other) {
  return std::equal(one.sources().begin(), one.sources().end(),
                    other.sources().begin(), other.sources().end(),
                    [](const v1::BootedSource& a, const v1::BootedSource& b) {
                      return MessageToBytes(a) == MessageToBytes(b);
                    });
}

absl::StatusOr<v1::BootedPolicies> Read(StatePort& state) {
  const auto bytes = state.ReadState(kName);
  if (!bytes.ok()) return bytes.status();
  v1::BootedPolicies kept;
  if (absl::Status status = ParseMessageBytes(*bytes, "booted policies", kept);
      !status.ok()) {
    return status;
  }
  return kept;
}

// The place in `kept` of what is known of `entry`; its size where nothing is.
int PlaceOf(absl::string_view entry, const v1::BootedPolicies& kept) {
  const std::string word = PrintableText(entry);
  int place = 0;
  while (place < kept.policies_size() && kept.policies(place).entry() != word) {
    ++place;
  }
  return place;
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

absl::Status KeepBootedPolicy(absl::string_view entry, PolicyPort& policy,
                              StatePort& state) {
  // What cannot be read is written anew.
  v1::BootedPolicies kept = Read(state).value_or(v1::BootedPolicies());
  v1::BootedPolicy now = PolicyToKeep(entry, policy.PolicyTexts().value);
  const int place = PlaceOf(entry, kept);
  auto& policies = *kept.mutable_policies();
  if (place < policies.size()) {
    if (SayTheSame(policies[place], now)) return absl::OkStatus();
    policies.erase(policies.begin() + place);
  }
  *policies.Add() = std::move(now);
  if (policies.size() > kMostBootedPolicies) policies.erase(policies.begin());
  return state.WriteState(kName, MessageToBytes(kept));
}

absl::StatusOr<BootedPolicyPort> BootedPolicyPort::Open(absl::string_view entry,
                                                        PolicyPort& now,
                                                        StatePort& state) {
  if (now.ReplacesDiscovery()) {
    return absl::NotFoundError("the policy was named");
  }
  auto kept = Read(state);
  if (!kept.ok()) return kept.status();
  const int size = kept->policies_size();
  if (size == 0) return absl::NotFoundError("no boot came up well");
  v1::BootedPolicy& booted =
      *kept->mutable_policies(std::min(PlaceOf(entry, *kept), size - 1));
  std::vector<PolicyText> texts = now.PolicyTexts().value;
  if (SayTheSame(booted, PolicyToKeep(entry, texts))) {
    return absl::NotFoundError("it is the policy of this boot");
  }
  std::erase_if(texts, IsLocal);
  return BootedPolicyPort(now, std::move(texts), TextsOf(std::move(booted)));
}

WithDiagnostics<std::vector<PolicyText>> BootedPolicyPort::PolicyTexts() {
  WithDiagnostics<std::vector<PolicyText>> all;
  all.value = stronger_;
  all.value.insert(all.value.end(), booted_.begin(), booted_.end());
  return all;
}

}  // namespace extgate
