// One way in: ExplainImagePolicy.
#include "policy/image_policy_explanation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/image_policy_algebra.h"

namespace extgate {
namespace {

using D = PartitionDesignator;

constexpr Content kContents[] = {Content::kAbsent, Content::kPlain,
                                 Content::kEncrypted,
                                 Content::kEncryptedWithIntegrity};
constexpr SignatureState kStandings[] = {SignatureState::kTrusted,
                                         SignatureState::kUntrusted,
                                         SignatureState::kInvalid};

std::string PairText(PartitionFlags flags, PartitionFlags on,
                     PartitionFlags off) {
  const bool has_on = (flags & on) != 0;
  if (has_on == ((flags & off) != 0)) return "-";
  return has_on ? "yes" : "no";
}

RuleInForce RuleOf(std::string designator, PartitionFlags flags) {
  return {std::move(designator), FlagsToString(flags & kFlagsOpen),
          PairText(flags, kFlagReadOnlyOn, kFlagReadOnlyOff),
          PairText(flags, kFlagGrowfsOn, kFlagGrowfsOff),
          FlagsToString(flags & kFlagsFilesystem)};
}

// A partition with the attributes and the filesystem that its rule asks for:
// those are said apart.
PartitionState Fitting(PartitionFlags flags, Content content) {
  PartitionState state;
  state.content = content;
  const auto pick = [flags](PartitionFlags pair, PartitionFlags usual) {
    const PartitionFlags asked = flags & pair;
    return asked == 0 || (asked & usual) != 0 ? usual : asked;
  };
  state.attributes = pick(kFlagsReadOnly, kFlagReadOnlyOff) |
                     pick(kFlagsGrowfs, kFlagGrowfsOff);
  const PartitionFlags filesystems = flags & kFlagsFilesystem;
  state.filesystem = filesystems & -filesystems;
  return state;
}

class Explainer {
 public:
  Explainer(const ImagePolicy& policy, ImagePolicyExplanation& out)
      : policy_(policy), out_(out) {}

  void Explain() {
    for (D designator : kAllPartitionDesignators) {
      out_.rules.push_back(
          RuleOf(ToString(designator), policy_.FlagsFor(designator)));
    }
    out_.rules.push_back(RuleOf("default", policy_.default_flags()));
    OfData(Designator::kRoot);
    OfData(Designator::kUsr);
    OfOthers();
    const PartitionFlags pins = policy_.FlagsFor(D::kRoot) & kFlagsFilesystem;
    Add("no partition table", "a bare filesystem", [&](const Systemd& systemd) {
      return FateOfBareFilesystem(policy_, pins & -pins, systemd);
    });
    Notes();
  }

 private:
  template <typename FateOf>
  void Add(std::string partition, std::string text, FateOf fate_of) {
    AcceptedState state{std::move(partition), std::move(text), {}};
    bool any = false;
    for (const SystemdRange& range : out_.versions) {
      const Fate fate = fate_of({range.last, Systemd::SignatureChecks::kOn});
      any |= IsAccepted(fate);
      state.fates.push_back(fate);
    }
    if (any) out_.states.push_back(std::move(state));
  }

  void OfData(Designator data) {
    const DesignatorTriple triple = TripleOf(data);
    const auto part = [this](D of, Content content) {
      return Fitting(policy_.FlagsFor(of), content);
    };
    const auto add = [&](const DataState& state) {
      Add(ToString(triple.data), Describe(state), [&](const Systemd& systemd) {
        return FateOfData(policy_, data, state, systemd);
      });
    };
    for (Content content : kContents) {
      add({part(triple.data, content), {}, {}, SignatureState::kNone});
    }
    const PartitionState plain = part(triple.data, Content::kPlain);
    const PartitionState tree = part(triple.tree, Content::kPlain);
    const PartitionState signature = part(triple.signature, Content::kPlain);
    add({plain, tree, {}, SignatureState::kNone});
    for (SignatureState standing : kStandings) {
      add({plain, tree, signature, standing});
    }
  }

  // Those with the same rule in one line each.
  void OfOthers() {
    std::vector<std::pair<PartitionFlags, std::string>> groups;
    std::vector<D> first;
    for (D designator : kOtherPartitionDesignators) {
      const PartitionFlags flags = policy_.FlagsFor(designator);
      const auto found =
          std::find_if(groups.begin(), groups.end(),
                       [flags](const auto& g) { return g.first == flags; });
      if (found != groups.end()) {
        absl::StrAppend(&found->second, ", ", ToString(designator));
        continue;
      }
      groups.emplace_back(flags, ToString(designator));
      first.push_back(designator);
    }
    for (size_t i = 0; i < groups.size(); ++i) {
      for (Content content : kContents) {
        const PartitionState state = Fitting(groups[i].first, content);
        Add(groups[i].second, Describe(state), [&](const Systemd& systemd) {
          return FateOfOther(policy_, first[i], state, systemd);
        });
      }
    }
  }

  void Notes() {
    const auto note_open = [this](const std::string& rule,
                                  PartitionFlags flags) {
      if ((flags & kFlagsOpen) != 0) return;
      out_.notes.push_back(absl::StrCat(
          "`", rule, FlagsToString(flags),
          "` has no word for use, which means `open`: everything is allowed; "
          "extgate's own policy refuses that spelling"));
    };
    for (const auto& [designator, flags] : policy_.rules()) {
      note_open(absl::StrCat(ToString(designator), "="), flags);
    }
    note_open("=", policy_.default_flags());
    for (D designator : {D::kRoot, D::kUsr}) NoteFallback(designator);
  }

  void NoteFallback(D designator) {
    constexpr PartitionFlags kBoth = kFlagVerity | kFlagSigned;
    if ((policy_.FlagsFor(designator) & kBoth) != kBoth) return;
    out_.notes.push_back(absl::StrCat(
        "`", ToString(designator),
        "`: `verity+signed` means either, so that an image without a signature "
        "is accepted, and from systemd 259 on one whose signature does not "
        "count; `signed` alone asks for a signature"));
  }

  const ImagePolicy& policy_;
  ImagePolicyExplanation& out_;
};

std::variant<ImagePolicy, ImagePolicyRefusal> ReadFor(absl::string_view text,
                                                      int version) {
  return ReadImagePolicy(text,
                         {version, ImagePolicySpelling::Unknown::kRefuse});
}

// The versions asked about that read the text.
void ChooseVersions(absl::string_view text, int systemd_version,
                    ImagePolicyExplanation& out) {
  if (systemd_version != 0) {
    out.versions = {{systemd_version, systemd_version}};
    if (systemd_version < 254) {
      out.notes.push_back(
          "systemd 252 and 253 know no image policies: whatever is said, every "
          "partition is open");
    }
    return;
  }
  for (const SystemdRange& range : SystemdRanges()) {
    if (range.first < 254) continue;
    const auto read = ReadFor(text, range.first);
    if (const auto* refusal = std::get_if<ImagePolicyRefusal>(&read)) {
      out.notes.push_back(
          absl::StrCat("systemd ", ToString(range),
                       " refuses this text: ", refusal->message));
      continue;
    }
    out.versions.push_back(range);
  }
}

}  // namespace

std::variant<ImagePolicyExplanation, ImagePolicyRefusal> ExplainImagePolicy(
    absl::string_view text, int systemd_version) {
  const auto read = ReadFor(text, systemd_version);
  if (const auto* refusal = std::get_if<ImagePolicyRefusal>(&read)) {
    return *refusal;
  }
  const auto& policy = std::get<ImagePolicy>(read);
  ImagePolicyExplanation out;
  out.image_policy = std::string(text);
  out.normalised = Normalised(policy).ToString();
  ChooseVersions(text, systemd_version, out);
  Explainer(policy, out).Explain();
  return out;
}

}  // namespace extgate
