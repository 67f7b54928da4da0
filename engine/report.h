// The report: what one run decided and did, as a value. Fields and words as in
// proto/report.proto.
#ifndef EXTGATE_ENGINE_REPORT_H_
#define EXTGATE_ENGINE_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/planner.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"
#include "engine/unit_in_force.h"
#include "policy/decision.h"
#include "policy/diagnostic.h"
#include "policy/reason.h"
#include "policy/values.h"

namespace extgate {

inline constexpr char kExtgateVersion[] = "0.1.0";

enum class Outcome { kOk, kViolations, kBootFailed };

template <>
struct Words<Outcome> {
  static constexpr char kNoun[] = "outcome";
  static constexpr std::pair<Outcome, const char*> kTable[] = {
      {Outcome::kOk, "ok"},
      {Outcome::kViolations, "violations"},
      {Outcome::kBootFailed, "boot-failed"},
  };
};

struct ReportedImage {
  std::string name;
  ImageClass image_class = ImageClass::kSysext;
  std::string path;
  uint64_t size_bytes = 0;
  Verdict verdict = Verdict::kUnreadable;
  Action action = Action::kWithhold;
  std::string rule;
  std::vector<Reason> reasons;
  // Permissive rules for whose denial alone it is not withheld.
  std::vector<ExcusedRule> excused_by;
  std::optional<RuntimeEnforcement> runtime_enforcement;
  std::string root_hash;     // hex, or ""
  std::string designator;    // word, "root+usr", or ""
  std::string filesystem;    // or ""
  std::string architecture;  // of the partition types, or of the release
  std::optional<Signer> signer;
  std::map<std::string, std::string> release;
  std::string sha256;
  std::vector<TraceLine> trace;
  size_t passed_over = 0;  // how many more rules do not match
  friend bool operator==(const ReportedImage&, const ReportedImage&) = default;
};

// Whether what was decided about an image is what systemd has merged of it.
enum class InForce { kNo, kYes, kByName, kUnknown };

template <>
struct Words<InForce> {
  static constexpr char kNoun[] = "in_force";
  static constexpr std::pair<InForce, const char*> kTable[] = {
      {InForce::kNo, "no"},
      {InForce::kYes, "yes"},          // a dm-verity device has its root hash
      {InForce::kByName, "by-name"},   // merged, and no device is promised
      {InForce::kUnknown, "unknown"},  // nobody could look at devices
  };
};

// One image as things are now.
struct ImageNow {
  std::string name;
  ImageClass image_class = ImageClass::kSysext;
  std::string path;                // "" of one nobody decided about
  std::optional<Verdict> decided;  // nullopt: nobody did
  bool staged = false;
  bool merged = false;
  InForce in_force = InForce::kNo;
  bool bypassed = false;  // merged against the decision, or without one
  friend bool operator==(const ImageNow&, const ImageNow&) = default;
};

// What became of the boot before this one, as far as it concerns this one.
struct PreviousBoot {
  std::string outcome;  // "boot-failed", or "" where there is nothing to say
  std::string why;      // a sentence
  friend bool operator==(const PreviousBoot&, const PreviousBoot&) = default;
};

struct Report {
  std::string time;
  std::string boot_id;
  std::string host;
  int systemd_version = 0;
  Mode mode = Mode::kPermissive;
  std::optional<Mode> floor;
  std::string entry;
  Outcome outcome = Outcome::kOk;
  PreviousBoot previous_boot;
  std::string policy_sha256;
  // Digest, see decision_inputs.h, or what HeldInputs() of pipeline.h said; ""
  // of what is not kept.
  std::string inputs;
  std::vector<UsedSource> sources;
  HandOver sysext;
  HandOver confext;
  std::vector<ReportedImage> images;
  std::vector<Violation> violations;
  std::vector<Diagnostic> diagnostics;
  // Names of images that were staged and are not merged now; `status` fills it.
  std::vector<std::string> not_merged;
  // systemd's units, as they are loaded; `status` fills it.
  std::vector<ReportedUnit> units;
  // Each image as things are now, and when the source that was written last was
  // (RFC 3339, UTC; "" where none can be looked at); `status` fills them.
  std::vector<ImageNow> now;
  std::string policy_changed;
  friend bool operator==(const Report&, const Report&) = default;
};

// What a report says before any image: when, where, and by which policy.
Report ReportHead(HostPort& host_port, const HostFacts& host,
                  const LoadedPolicy& loaded);

// One image's line of the report.
ReportedImage DescribeImage(const DecidedImage& image,
                            const PlannedImage& planned);

// Adds what the deciding rule only warns of.
void AddContentWarnings(const DecidedImage& image,
                        std::vector<Diagnostic>& diagnostics);

// JSON as proto/report.proto has it, two spaces deep, ending in a newline. Text
// that is not UTF-8 (file names) is escaped as \xNN first.
std::string ReportToJson(const Report& report);

// Reads it back. InvalidArgument when it is not a report, or one of a later
// format.
absl::StatusOr<Report> ReportFromJson(absl::string_view json);

// The page of help of `code` as JSON, laid out as a report.
std::string ReasonHelpToJson(ReasonCode code);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REPORT_H_
