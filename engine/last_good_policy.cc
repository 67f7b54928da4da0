// Ways in: LastGoodPolicy::Find, KeepLastGood.
#include "engine/last_good_policy.h"

#include "engine/message_json.h"
#include "proto/state.pb.h"

namespace extgate {
namespace {

constexpr char kName[] = "last-good-policy";

PolicyTexts Read(StatePort& state) {
  PolicyTexts texts;
  const auto bytes = state.ReadState(kName);
  if (!bytes.ok()) return texts;
  v1::LastGoodPolicy kept;
  if (!ParseMessageBytes(*bytes, "a last good policy", kept).ok()) return texts;
  for (v1::LastGoodSource& source : *kept.mutable_sources()) {
    texts[source.path()] = std::move(*source.mutable_text());
  }
  return texts;
}

}  // namespace

const std::string* LastGoodPolicy::Find(const std::string& path) {
  if (!kept_.has_value()) kept_ = Read(state_);
  const auto found = kept_->find(path);
  return found == kept_->end() ? nullptr : &found->second;
}

absl::Status KeepLastGood(const PolicyTexts& good,
                          const std::set<std::string>& broken,
                          StatePort& state) {
  const PolicyTexts kept = Read(state);
  PolicyTexts wanted = good;
  for (const auto& [path, text] : kept) {
    if (broken.contains(path)) wanted.emplace(path, text);
  }
  if (wanted == kept) return absl::OkStatus();
  v1::LastGoodPolicy message;
  for (const auto& [path, text] : wanted) {
    v1::LastGoodSource& source = *message.add_sources();
    source.set_path(path);
    source.set_text(text);
  }
  return state.WriteState(kName, MessageToBytes(message));
}

}  // namespace extgate
