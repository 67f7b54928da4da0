// Ways in: StampsOf and DigestOfInputs.
#include "engine/decision_inputs.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/report.h"
#include "policy/decision.h"

namespace extgate {
namespace {

// Fields one after another, each with its length: no two lists of fields look
// alike.
class Fields {
 public:
  void Add(absl::string_view field) {
    absl::StrAppend(&text_, field.size(), ":", field, "\n");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::optional<std::string> StampsOf(const std::vector<Candidate>& candidates,
                                    ImagePort& images) {
  Fields fields;
  for (const Candidate& candidate : candidates) {
    absl::StatusOr<std::string> stamp = images.Stamp(candidate);
    if (!stamp.ok()) return std::nullopt;
    fields.Add(candidate.path);
    fields.Add(ToWord(candidate.image_class));
    fields.Add(candidate.masked_by);
    fields.Add(*stamp);
  }
  return fields.text();
}

std::string DigestOfInputs(const std::string& boot_id, const HostFacts& host,
                           const LoadedPolicy& loaded,
                           const std::string& stamps,
                           const std::string& staged) {
  Fields fields;
  fields.Add(kExtgateVersion);
  fields.Add(boot_id);
  for (const auto& [key, value] : host.os_release) {
    fields.Add(key);
    fields.Add(value);
  }
  fields.Add(host.architecture ? ToWord(*host.architecture) : "");
  fields.Add(absl::StrCat(host.systemd_version));
  fields.Add(host.entry);
  fields.Add(absl::StrCat(host.initrd, host.verity_requires_kernel_key));
  for (const auto* merged :
       {&host.hierarchies.sysext, &host.hierarchies.confext}) {
    fields.Add(absl::StrJoin(*merged, ":"));
  }
  fields.Add(loaded.sha256);
  fields.Add(ToWord(loaded.policy.mode));
  fields.Add(ToWord(loaded.policy.default_verdict));
  // Not the date, which moves: what it makes of each rule.
  for (const CompiledRule& rule : loaded.policy.rules) {
    if (rule.until.has_value()) {
      fields.Add(OnlyReports(rule, host.date) ? "reports" : "counts");
    }
  }
  fields.Add(loaded.trust.Listing());
  // Whose time is over, not what time it is: that is another at every run.
  fields.Add(loaded.policy.require_unexpired
                 ? loaded.trust.ListingOfExpired(host.date)
                 : "");
  fields.Add(stamps);
  fields.Add(staged);
  StreamDigest digest;
  digest.Update(BytesOf(fields.text()));
  return digest.Finish().hex();
}

}  // namespace extgate
