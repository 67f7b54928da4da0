// Ways in: NoticesOf, LoginMessage.
#include "engine/notices.h"

#include <algorithm>
#include <map>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/troubles.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// So many images are named in a login message.
constexpr size_t kMostNamed = 3;

bool IsRefused(const ReportedImage& image) {
  switch (image.verdict) {
    case Verdict::kDeny:
    case Verdict::kUnmergeable:
    case Verdict::kUnreadable:
      return true;
    case Verdict::kAllow:
    case Verdict::kNotApplicable:
    case Verdict::kUnchecked:
      return false;
  }
  return true;
}

// How a verdict is counted.
const char* CountedAs(Verdict verdict) {
  return verdict == Verdict::kDeny ? "denied" : ToWord(verdict);
}

// "2 images denied, 1 unmergeable"; "" for none. `most` of them with names:
// "2 images denied (`a`, `b`), 1 unmergeable (`c`)".
std::string RefusedText(const Report& report, size_t most) {
  std::map<Verdict, std::vector<std::string>> names;
  for (const ReportedImage& image : report.images) {
    if (!IsRefused(image)) continue;
    names[image.verdict].push_back(absl::StrCat("`", image.name, "`"));
  }
  std::vector<std::string> parts;
  for (auto& [verdict, quoted] : names) {
    const size_t count = quoted.size();
    std::string part = absl::StrCat(count);
    if (parts.empty())
      absl::StrAppend(&part, count == 1 ? " image" : " images");
    absl::StrAppend(&part, " ", CountedAs(verdict));
    const size_t named = std::min(count, most);
    most -= named;
    if (named > 0) {
      if (named < count) quoted[named] = "...";
      quoted.resize(std::min(count, named + 1));
      absl::StrAppend(&part, " (", absl::StrJoin(quoted, ", "), ")");
    }
    parts.push_back(std::move(part));
  }
  return absl::StrJoin(parts, ", ");
}

// What no image of the report stands for.
std::vector<std::string> OtherViolations(const Report& report) {
  std::vector<std::string> texts;
  for (const Violation& violation : report.violations) {
    if (violation.code == ReasonCode::kBypass ||
        violation.code == ReasonCode::kRequiredMissing) {
      texts.push_back(
          absl::StrCat(ToWord(violation.code), ": ", violation.detail));
    }
  }
  return texts;
}

size_t CountOf(const Report& report, Action action) {
  return static_cast<size_t>(absl::c_count_if(
      report.images,
      [action](const ReportedImage& image) { return image.action == action; }));
}

Notice SummaryOf(const Report& report) {
  Notice notice;
  std::vector<std::string> parts;
  if (report.mode == Mode::kDisabled) {
    parts.push_back("nothing is decided");
  } else {
    parts.push_back(absl::StrCat(CountOf(report, Action::kStage), " of ",
                                 report.images.size(), " images staged"));
    if (std::string refused = RefusedText(report, 0); !refused.empty()) {
      parts.push_back(std::move(refused));
    }
    for (std::string& text : OtherViolations(report)) {
      parts.push_back(std::move(text));
    }
  }
  if (!report.previous_boot.why.empty()) {
    parts.push_back(report.previous_boot.why);
  }
  std::vector<std::string> troubles = TroublesOf(report);
  const bool troubled = !troubles.empty();
  for (std::string& text : troubles) parts.push_back(std::move(text));
  switch (report.outcome) {
    case Outcome::kOk:
      notice.message_id = kMessageDone;
      notice.priority = troubled ? Priority::kWarning : Priority::kInfo;
      break;
    case Outcome::kViolations:
      notice.message_id = kMessageViolations;
      notice.priority = Priority::kWarning;
      break;
    case Outcome::kBootFailed:
      notice.message_id = kMessageBootFailed;
      notice.priority = Priority::kError;
      parts.insert(parts.begin(), "this boot is failed, nothing is staged");
      break;
  }
  notice.message = PrintableText(absl::StrCat(
      "extgate, ", ToWord(report.mode), ": ", absl::StrJoin(parts, "; ")));
  notice.fields = {
      {"EXTGATE_MODE", ToWord(report.mode)},
      {"EXTGATE_OUTCOME", ToWord(report.outcome)},
      {"EXTGATE_ENTRY", PrintableText(report.entry)},
      {"EXTGATE_POLICY_SHA256", report.policy_sha256},
      {"EXTGATE_IMAGES", absl::StrCat(report.images.size())},
      {"EXTGATE_STAGED", absl::StrCat(CountOf(report, Action::kStage))},
  };
  return notice;
}

Notice NoticeOf(const ReportedImage& image, const Report& report) {
  Notice notice;
  const bool refused = IsRefused(image);
  notice.message_id = refused ? kMessageRefused : kMessageImage;
  notice.priority = image.verdict == Verdict::kUnreadable ? Priority::kError
                    : refused                             ? Priority::kWarning
                                                          : Priority::kInfo;
  std::vector<std::string> codes;
  for (const Reason& reason : image.reasons) {
    codes.push_back(ToWord(reason.code));
  }
  notice.message = PrintableText(absl::StrCat(
      "extgate, ", ToWord(report.mode), ": ", ToWord(image.image_class), " `",
      image.name, "`: ", ToWord(image.verdict), ", ", ToWord(image.action),
      image.reasons.empty() ? ""
                            : absl::StrCat(" (", codes.front(), ": ",
                                           image.reasons.front().detail, ")")));
  notice.fields = {
      {"EXTGATE_MODE", ToWord(report.mode)},
      {"EXTGATE_IMAGE", PrintableText(image.name)},
      {"EXTGATE_CLASS", ToWord(image.image_class)},
      {"EXTGATE_PATH", PrintableText(image.path)},
      {"EXTGATE_VERDICT", ToWord(image.verdict)},
      {"EXTGATE_ACTION", ToWord(image.action)},
      {"EXTGATE_REASONS", absl::StrJoin(codes, " ")},
      {"EXTGATE_RULE", PrintableText(image.rule)},
      {"EXTGATE_ROOT_HASH", image.root_hash},
  };
  return notice;
}

}  // namespace

std::vector<Notice> NoticesOf(const Report& report) {
  std::vector<Notice> notices = {SummaryOf(report)};
  if (report.mode == Mode::kDisabled) return notices;
  for (const bool refused : {true, false}) {
    for (const ReportedImage& image : report.images) {
      if (IsRefused(image) != refused) continue;
      if (notices.size() > kMostImageNotices) return notices;
      notices.push_back(NoticeOf(image, report));
    }
  }
  return notices;
}

std::string LoginMessage(const Report& report) {
  const std::string& before = report.previous_boot.why;
  std::vector<std::string> troubles = TroublesOf(report);
  if (before.empty() &&
      (report.mode == Mode::kDisabled ||
       (report.outcome == Outcome::kOk && troubles.empty()))) {
    return "";
  }
  std::vector<std::string> parts;
  if (!before.empty()) parts.push_back(before);
  if (report.outcome == Outcome::kBootFailed) {
    parts.push_back("this boot is failed, nothing is staged");
  }
  if (std::string refused = RefusedText(report, kMostNamed); !refused.empty()) {
    parts.push_back(std::move(refused));
  }
  for (std::string& text : OtherViolations(report)) {
    parts.push_back(std::move(text));
  }
  for (std::string& text : troubles) parts.push_back(std::move(text));
  return PrintableText(absl::StrCat("extgate (", ToWord(report.mode),
                                    "): ", absl::StrJoin(parts, "; "),
                                    "; see `extgate status`"));
}

}  // namespace extgate
