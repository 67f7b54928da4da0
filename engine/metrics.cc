// One way in: MetricsText.
#include "engine/metrics.h"

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/troubles.h"
#include "policy/printable.h"
#include "policy/utc_time.h"
#include "policy/values.h"

namespace extgate {
namespace {

using Labels = std::vector<std::pair<const char*, std::string>>;

// Families of samples, one behind the other.
class Exposition {
 public:
  // Begins a family of gauges. `help` has no backslash and no line break.
  void Family(const char* name, const char* help) {
    name_ = name;
    absl::StrAppend(&text_, "# HELP ", name, " ", help, "\n# TYPE ", name,
                    " gauge\n");
  }

  void Sample(const Labels& labels, size_t value) {
    absl::StrAppend(&text_, name_);
    const char* before = "{";
    for (const auto& [label, content] : labels) {
      absl::StrAppend(&text_, before, label, "=\"", Escaped(content), "\"");
      before = ",";
    }
    absl::StrAppend(&text_, labels.empty() ? " " : "} ", value, "\n");
  }

  void Sample(size_t value) { Sample({}, value); }

  // A sample for each word of E: 1 for `value`, 0 for the others.
  template <typename E>
  void Words(const char* label, const std::optional<E>& value) {
    for (const auto& [each, word] : extgate::Words<E>::kTable) {
      Sample({{label, word}}, value == each ? 1 : 0);
    }
  }

  std::string Take() && { return std::move(text_); }

 private:
  static std::string Escaped(const std::string& content) {
    return absl::StrReplaceAll(PrintableText(content),
                               {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}});
  }

  const char* name_ = "";
  std::string text_;
};

void AddImages(const Report& report, Exposition& out) {
  std::map<std::pair<ImageClass, Verdict>, size_t> counts;
  for (const ReportedImage& image : report.images) {
    ++counts[{image.image_class, image.verdict}];
  }
  out.Family("extgate_images", "Images found, by class and verdict.");
  for (const auto& [image_class, class_word] : Words<ImageClass>::kTable) {
    for (const auto& [verdict, verdict_word] : Words<Verdict>::kTable) {
      out.Sample({{"class", class_word}, {"verdict", verdict_word}},
                 counts[{image_class, verdict}]);
    }
  }
  out.Family("extgate_images_staged", "Images handed to systemd, by class.");
  for (const auto& [image_class, word] : Words<ImageClass>::kTable) {
    out.Sample({{"class", word}},
               static_cast<size_t>(absl::c_count_if(
                   report.images, [&](const ReportedImage& image) {
                     return image.image_class == image_class &&
                            image.action == Action::kStage;
                   })));
  }
  out.Family("extgate_images_hindered",
             "Images that may be merged and were not staged, for want of room "
             "or the like, by class.");
  for (const auto& [image_class, word] : Words<ImageClass>::kTable) {
    out.Sample({{"class", word}},
               static_cast<size_t>(absl::c_count_if(
                   report.images, [&](const ReportedImage& image) {
                     return image.image_class == image_class &&
                            ObstacleTo(image, report) != nullptr;
                   })));
  }
}

void AddTroubles(const Report& report, Exposition& out) {
  out.Family("extgate_troubles",
             "What went wrong in the last run besides its images, by code.");
  for (const DiagnosticCode code : kTroubles) {
    out.Sample({{"code", ToWord(code)}},
               static_cast<size_t>(absl::c_count_if(
                   report.diagnostics, [&](const Diagnostic& diagnostic) {
                     return diagnostic.code == code;
                   })));
  }
}

void AddViolations(const Report& report, Exposition& out) {
  out.Family("extgate_outcome", "Outcome of the last decision.");
  out.Words<Outcome>("outcome", report.outcome);
  out.Family("extgate_violations", "Violations of the policy.");
  out.Sample(report.violations.size());
  out.Family("extgate_bypasses",
             "Images that are merged, or would be, past the decision.");
  out.Sample(static_cast<size_t>(
      absl::c_count_if(report.violations, [](const Violation& violation) {
        return violation.code == ReasonCode::kBypass;
      })));
}

}  // namespace

std::string MetricsText(const Report& report, Force force) {
  Exposition out;
  out.Family("extgate_info", "Version of the program, and the booted entry.");
  out.Sample({{"version", kExtgateVersion}, {"entry", report.entry}}, 1);
  out.Family("extgate_mode", "Mode of the last decision.");
  out.Words<Mode>("mode", report.mode);
  out.Family("extgate_mode_floor", "Mode below which no local policy goes.");
  out.Words<Mode>("mode", report.floor);
  AddViolations(report, out);
  AddImages(report, out);
  AddTroubles(report, out);
  if (auto time = UtcTime::Parse(report.time); time.ok()) {
    out.Family("extgate_last_decision_timestamp_seconds",
               "When the last decision was made.");
    out.Sample(static_cast<size_t>(time->seconds()));
  }
  out.Family("extgate_policy_info", "Digest of the policy in use.");
  out.Sample({{"sha256", report.policy_sha256}}, 1);
  out.Family("extgate_policy_errors", "Errors in sources of policy.");
  // Without the one that only sums up those of a source, and what is in none.
  out.Sample(static_cast<size_t>(
      absl::c_count_if(report.diagnostics, [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::kError &&
               diagnostic.code != DiagnosticCode::kPolicyInvalid &&
               diagnostic.code != DiagnosticCode::kPutBack;
      })));
  if (force != Force::kUnknown) {
    out.Family("extgate_in_force", "Whether what was decided is merged.");
    out.Sample(force == Force::kInForce ? 1 : 0);
  }
  return std::move(out).Take();
}

}  // namespace extgate
