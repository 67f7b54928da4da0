// The ways in are ReadImagePolicy, systemd's own reading, and
// ImagePolicy::Parse, which refuses more.
#include "policy/image_policy_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace extgate {
namespace {

// systemd's idea of white space.
absl::string_view Stripped(absl::string_view text) {
  constexpr absl::string_view kBlanks = " \t\n\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == absl::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// One reading of one text.
class Reader {
 public:
  explicit Reader(const ImagePolicySpelling& spelling) : spelling_(spelling) {}

  std::variant<ImagePolicy, ImagePolicyRefusal> Read(absl::string_view text) {
    if (text.empty() || text == "-") return ImagePolicy();
    if (text == "*") return ImagePolicy({}, kFlagsOpen);
    if (text == "~") return ImagePolicy({}, kFlagAbsent);
    for (absl::string_view rule : absl::StrSplit(text, ':')) {
      ReadRule(rule);
      if (refusal_.has_value()) return *std::move(refusal_);
    }
    return ImagePolicy(std::move(rules_), default_.value_or(kFlagsIgnore));
  }

 private:
  void ReadRule(absl::string_view rule) {
    if (rule.find('\\') != absl::string_view::npos) {
      return Refuse(ImagePolicyError::kSyntax,
                    absl::StrCat("syntax: a backslash in `", rule, "`"));
    }
    const size_t equals = rule.find('=');
    if (equals == absl::string_view::npos) {
      return Refuse(ImagePolicyError::kSyntax,
                    rule.empty()
                        ? std::string("syntax: an empty rule beside `:`")
                        : absl::StrCat("syntax: no `=` in `", rule, "`"));
    }
    const absl::string_view name = Stripped(rule.substr(0, equals));
    const std::optional<PartitionDesignator> designator =
        PartitionDesignatorFromString(name);
    if (!name.empty() && !designator.has_value()) {
      if (Skips()) return;
      return Refuse(ImagePolicyError::kUnknownDesignator,
                    absl::StrCat("unknown designator: `", name, "`"));
    }
    if (name.empty() ? default_.has_value() : rules_.contains(*designator)) {
      return Refuse(ImagePolicyError::kDesignatorTwice,
                    absl::StrCat("designator given twice: ",
                                 name.empty() ? std::string("the default `=`")
                                              : absl::StrCat("`", name, "`")));
    }
    const PartitionFlags flags = ReadFlags(rule.substr(equals + 1), rule);
    if (name.empty()) {
      default_ = flags;
    } else {
      rules_[*designator] = flags;
    }
  }

  // Of one rule's right side; `rule` is for messages.
  PartitionFlags ReadFlags(absl::string_view text, absl::string_view rule) {
    text = Stripped(text);
    if (text.empty() || text == "-") return 0;
    PartitionFlags flags = 0;
    for (absl::string_view word : absl::StrSplit(text, '+')) {
      word = Stripped(word);
      std::optional<PartitionFlags> flag = FlagsFromWord(word);
      if (flag.has_value() && IsTooNew(*flag)) flag.reset();
      if (flag.has_value()) {
        flags |= *flag;
      } else if (!Skips()) {
        Refuse(ImagePolicyError::kUnknownFlag,
               absl::StrCat(UnknownFlag(word), ", in `", rule, "`"));
      }
    }
    return flags;
  }

  bool Skips() const {
    return spelling_.unknown == ImagePolicySpelling::Unknown::kSkip;
  }

  // `open` says itself what it means to each version.
  bool IsTooNew(PartitionFlags flag) const {
    return spelling_.systemd_version != 0 && spelling_.systemd_version < 260 &&
           flag != kFlagsOpen && (flag & kFlagsSince260) != 0;
  }

  std::string UnknownFlag(absl::string_view word) const {
    if (word.empty()) return "unknown flag: an empty word beside `+`";
    if (FlagsFromWord(word).has_value()) {
      return absl::StrCat("unknown flag: `", word,
                          "` came with systemd 260, this is ",
                          spelling_.systemd_version);
    }
    return absl::StrCat("unknown flag: `", word, "`");
  }

  // The first one counts.
  void Refuse(ImagePolicyError error, std::string message) {
    if (!refusal_.has_value()) refusal_ = {error, std::move(message)};
  }

  const ImagePolicySpelling spelling_;
  ImagePolicy::Rules rules_;
  std::optional<PartitionFlags> default_;
  std::optional<ImagePolicyRefusal> refusal_;
};

// What extgate refuses besides: "" when nothing.
std::string Trap(PartitionFlags flags, absl::string_view rule) {
  if (const PartitionFlags pins = flags & kFlagsFilesystem; pins != 0) {
    return absl::StrCat("unknown flag: `", FlagsToString(pins & -pins),
                        "` pins a filesystem, which extgate does not hand on "
                        "to systemd, in `",
                        rule, "`");
  }
  if ((flags & kFlagsOpen) == 0) {
    return absl::StrCat("no use flag in `", rule,
                        "`: systemd takes that for `open`, everything allowed; "
                        "write `open` or `*` for that, `absent` for nothing, "
                        "or one of verity, signed, encrypted, unprotected, "
                        "unused");
  }
  return "";
}

}  // namespace

const char* ErrnoName(ImagePolicyError error) {
  switch (error) {
    case ImagePolicyError::kSyntax:
      return "EINVAL";
    case ImagePolicyError::kUnknownDesignator:
      return "EBADSLT";
    case ImagePolicyError::kUnknownFlag:
      return "EBADRQC";
    case ImagePolicyError::kDesignatorTwice:
      return "ENOTUNIQ";
  }
  return "EINVAL";
}

std::variant<ImagePolicy, ImagePolicyRefusal> ReadImagePolicy(
    absl::string_view text, const ImagePolicySpelling& spelling) {
  return Reader(spelling).Read(text);
}

absl::StatusOr<ImagePolicy> ImagePolicy::Parse(absl::string_view text) {
  std::variant<ImagePolicy, ImagePolicyRefusal> read = ReadImagePolicy(text);
  if (const auto* refusal = std::get_if<ImagePolicyRefusal>(&read)) {
    return absl::InvalidArgumentError(refusal->message);
  }
  ImagePolicy policy = std::get<ImagePolicy>(std::move(read));
  for (const auto& [designator, flags] : policy.rules_) {
    const std::string trap = Trap(
        flags,
        absl::StrCat(extgate::ToString(designator), "=", FlagsToString(flags)));
    if (!trap.empty()) return absl::InvalidArgumentError(trap);
  }
  const std::string trap =
      Trap(policy.default_, absl::StrCat("=", FlagsToString(policy.default_)));
  if (!trap.empty()) return absl::InvalidArgumentError(trap);
  return policy;
}

}  // namespace extgate
