// The way in is ReferenceEvaluate, which reads like the design's section on
// decisions.
#include "policy/reference_evaluator.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "policy/reference_content.h"
#include "policy/version_order.h"

namespace extgate {
namespace {

using R = ReasonCode;
using D = PartitionDesignator;

bool Contains(const std::vector<LocatedText>& list, const std::string& text) {
  for (const LocatedText& item : list) {
    if (item.value == text) return true;
  }
  return false;
}

bool AnyPatternMatches(const std::vector<LocatedText>& patterns,
                       const std::string& name) {
  for (const LocatedText& pattern : patterns) {
    if (ReferenceNameMatches(pattern.value, name)) return true;
  }
  return false;
}

// The version that `pattern`, a glob with one `*`, finds in `name`.
std::optional<std::string> VersionIn(const std::string& pattern,
                                     const std::string& name) {
  const size_t star = pattern.find('*');
  for (size_t begin = 0; begin <= name.size(); ++begin) {
    for (size_t end = begin; end <= name.size(); ++end) {
      if (ReferenceGlobMatches(pattern.substr(0, star),
                               name.substr(0, begin)) &&
          ReferenceGlobMatches(pattern.substr(star + 1), name.substr(end))) {
        return name.substr(begin, end - begin);
      }
    }
  }
  return std::nullopt;
}

bool HasAlphanumeric(const std::string& text) {
  for (unsigned char c : text) {
    if (std::isalnum(c)) return true;
  }
  return false;
}

// One bound as ">=1", for versions of one letter or digit and more.
bool BoundHolds(const std::string& bound, const std::string& version) {
  const size_t at = bound.find_first_not_of("<>=!");
  const std::string sign = bound.substr(0, at);
  const auto order = CompareVersions(version, bound.substr(at));
  if (sign == ">=") return order >= 0;
  if (sign == "<=") return order <= 0;
  if (sign == "!=") return order != 0;
  if (sign == ">") return order > 0;
  if (sign == "<") return order < 0;
  return order == 0;
}

bool InRange(const std::string& range, const std::string& version) {
  size_t at = 0;
  while (at < range.size()) {
    const size_t comma = std::min(range.find(',', at), range.size());
    std::string bound = range.substr(at, comma - at);
    bound.erase(0, bound.find_first_not_of(' '));
    if (!BoundHolds(bound, version)) return false;
    at = comma + 1;
  }
  return true;
}

// Whether a version of `match`'s patterns in `name` is in range; one that is no
// version is only if `unknown` says so.
bool VersionHolds(const RuleMatch& match, const std::string& name,
                  bool unknown) {
  for (const LocatedText& pattern : match.names) {
    const auto version = VersionIn(pattern.value, name);
    if (!version) continue;
    if (HasAlphanumeric(*version) ? InRange(match.version->value, *version)
                                  : unknown) {
      return true;
    }
  }
  return false;
}

bool HasWord(const std::string& list, const std::string& word) {
  return (" " + list + " ").find(" " + word + " ") != std::string::npos;
}

std::string RootHashHex(const ImageFacts& image) {
  const VerityTree* tree = image.verity.value();
  return tree != nullptr && tree->root_hash ? tree->root_hash->hex() : "";
}

// "a signature by trusted certificates over the root hash of a valid tree"
bool TrustedTree(const ImageFacts& image, const SignatureStanding& standing) {
  const VeritySignature* signature = image.signature.value();
  return !RootHashHex(image).empty() && signature != nullptr &&
         signature->root_hash &&
         signature->root_hash->hex() == RootHashHex(image) &&
         standing.state == SignatureState::kTrusted;
}

bool UuidsFit(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  const std::string hash = RootHashHex(image);
  if (image.container != Container::kGpt || layout == nullptr || hash.empty()) {
    return true;
  }
  const auto dashed = [](std::string hex) {
    for (int at : {8, 13, 18, 23}) hex.insert(at, "-");
    return hex;
  };
  return layout->data_uuid == dashed(hash.substr(0, 32)) &&
         layout->verity_uuid == dashed(hash.substr(hash.size() - 32));
}

bool SignatureNamesAnotherTree(const ImageFacts& image) {
  const VeritySignature* signature = image.signature.value();
  return signature != nullptr && !RootHashHex(image).empty() &&
         (!signature->root_hash ||
          signature->root_hash->hex() != RootHashHex(image));
}

// Broken or missing gives `broken`, a format we do not read
// filesystem-unsupported.
template <typename T>
void Judge(const Evidence<T>& evidence, R broken, std::set<R>& codes) {
  if (evidence.value() != nullptr) return;
  codes.insert(evidence.unsupported() ? R::kFilesystemUnsupported : broken);
}

void JudgeContents(const ImageFacts& image, const HostFacts& host,
                   std::set<R>& codes) {
  Judge(image.release, R::kReleaseMissing, codes);
  const bool before_254 =
      host.systemd_version > 0 && host.systemd_version < 254;
  if (before_254 && image.release.value() != nullptr &&
      image.release.value()->by_fallback && !image.release.value()->lax) {
    codes.insert(R::kReleaseMissing);
  }
  if (image.has_os_release &&
      (host.systemd_version == 0 || host.systemd_version >= 254)) {
    codes.insert(R::kReleaseMissing);
  }
}

std::set<R> Structural(const ImageFacts& image, const HostFacts& host) {
  std::set<R> codes;
  if (image.container == Container::kUnknown) return {R::kNotADiskImage};
  if (image.container == Container::kDirectory) {
    JudgeContents(image, host, codes);
    return codes;
  }
  if (image.container == Container::kGpt) {
    Judge(image.table, R::kPartitionTableInvalid, codes);
    if (image.table.value() != nullptr && host.systemd_version < 253 &&
        image.table.value()->sector_size != 512) {
      codes.insert(R::kPartitionTableInvalid);
    }
    if (!codes.empty()) return codes;
  }
  Judge(image.layout, R::kLayoutAmbiguous, codes);
  if (!codes.empty()) return codes;
  const Layout& layout = *image.layout.value();
  if (image.image_class == ImageClass::kConfext &&
      layout.designator == Designator::kUsr) {
    return {R::kLayoutAmbiguous};
  }
  if (layout.verity || !image.verity.absent()) {
    Judge(image.verity, R::kVerityCorrupt, codes);
  }
  if (image.verity.value() != nullptr) {
    if (image.data_check.first_bad_offset) codes.insert(R::kVerityCorrupt);
    if (SignatureNamesAnotherTree(image)) codes.insert(R::kVerityCorrupt);
    const bool guesses =
        host.systemd_version == 0 || host.systemd_version >= 258;
    if (!layout.signature && guesses && !UuidsFit(image)) {
      codes.insert(R::kVerityCorrupt);
    }
  }
  if (image.signature.malformed()) codes.insert(R::kVerityCorrupt);
  if (image.signature.unsupported()) codes.insert(R::kFilesystemUnsupported);
  if (layout.signature && image.signature.absent() &&
      image.verity.value() != nullptr) {
    codes.insert(R::kVerityCorrupt);
  }
  if (image.filesystem.value() != nullptr) {
    JudgeContents(image, host, codes);
  } else if (!image.filesystem.absent() || codes.empty()) {
    codes.insert(R::kFilesystemUnsupported);
  }
  return codes;
}

// "Whatever the rules say, these deny or worse."
std::set<R> Always(const ImageFacts& image, const SignatureStanding& standing) {
  std::set<R> codes;
  for (const Signer& signer : standing.signers) {
    if (signer.revoked) codes.insert(R::kSignerRevoked);
  }
  if (!UuidsFit(image) || SignatureNamesAnotherTree(image)) {
    codes.insert(R::kRootHashMismatch);
  }
  if (image.signature.malformed()) codes.insert(R::kSignatureInvalid);
  if (!image.forbidden_paths.empty()) codes.insert(R::kForbiddenContent);
  if (const ExtensionRelease* release = image.release.value()) {
    std::string cut;
    for (char c : image.name) {
      if (c == '_' || c == '+') break;
      cut += c;
    }
    if (release->name.empty() ||
        (release->name != image.name && release->name != cut)) {
      codes.insert(R::kNameMismatch);
    }
  }
  return codes;
}

std::string Get(const std::map<std::string, std::string>& fields,
                const std::string& key) {
  return fields.count(key) ? fields.at(key) : "";
}

bool IdentityFits(const std::map<std::string, std::string>& image,
                  const HostFacts& host, const std::string& prefix) {
  const auto& os = host.os_release;
  const std::string id = Get(image, "ID");
  if (id.empty()) return false;
  if (id == "_any") return true;
  const bool alike =
      host.systemd_version >= 258 && HasWord(Get(os, "ID_LIKE"), id);
  if (id != Get(os, "ID") && !alike) return false;
  const std::string level = prefix + "LEVEL";
  if (Get(os, "VERSION_ID").empty() && Get(os, level).empty()) return true;
  if (!Get(os, level).empty() && !Get(image, level).empty()) {
    return Get(os, level) == Get(image, level);
  }
  if (Get(os, "VERSION_ID").empty()) return true;
  return Get(os, "VERSION_ID") == Get(image, "VERSION_ID");
}

std::set<R> Applicable(const ImageFacts& image, const HostFacts& host) {
  const auto& fields = image.release.value()->fields;
  const std::string prefix =
      image.image_class == ImageClass::kSysext ? "SYSEXT_" : "CONFEXT_";
  std::set<R> codes;
  if (!IdentityFits(fields, host, prefix)) codes.insert(R::kReleaseMismatch);
  const std::string architecture = Get(fields, "ARCHITECTURE");
  if (!architecture.empty() && architecture != "_any" &&
      (!host.architecture || architecture != ToWord(*host.architecture))) {
    codes.insert(R::kWrongArchitecture);
  }
  const Layout* layout = image.layout.value();
  if (layout != nullptr && layout->architecture &&
      layout->architecture != host.architecture) {
    codes.insert(R::kWrongArchitecture);
  }
  const std::string scope = fields.count(prefix + "SCOPE")
                                ? fields.at(prefix + "SCOPE")
                                : "system portable";
  if (!HasWord(scope, host.initrd ? "initrd" : "system")) {
    codes.insert(R::kWrongScope);
  }
  return codes;
}

// One partition against its part of the policy, but for what protects it.
// "no", "ignored", "used".
std::string PartitionFits(PartitionFlags flags, bool there,
                          std::optional<uint64_t> bits) {
  if (!there) return flags & kFlagAbsent ? "ignored" : "no";
  const bool anything =
      (flags & kFlagsOpen & ~(kFlagAbsent | kFlagUnused)) != 0;
  if (!anything) return flags & kFlagUnused ? "ignored" : "no";
  const bool pins_read_only =
      !(flags & kFlagReadOnlyOn) || !(flags & kFlagReadOnlyOff);
  const bool pins_growfs =
      !(flags & kFlagGrowfsOn) || !(flags & kFlagGrowfsOff);
  if (!bits) return pins_read_only || pins_growfs ? "no" : "used";
  const bool read_only = *bits >> 60 & 1;
  const bool growfs = *bits >> 59 & 1;
  if (!(flags & (read_only ? kFlagReadOnlyOn : kFlagReadOnlyOff))) return "no";
  if (!(flags & (growfs ? kFlagGrowfsOn : kFlagGrowfsOff))) return "no";
  return "used";
}

std::optional<uint64_t> BitsAt(const ImageFacts& image, const ByteRange& at) {
  for (const Partition& partition : image.table.value()->partitions) {
    if (partition.range == at) return partition.attributes;
  }
  return std::nullopt;
}

// The two answers an image policy has for an image.
struct Answer {
  bool other_problem = false;         // image-policy
  bool needs_signature = false;       // unsigned, signature-invalid, …
  bool root_needs_signature = false;  // unsigned: the root below usr
};

// The data partition that is there, with its helpers.
Answer DataAnswer(const ImageFacts& image, const ImagePolicy& policy,
                  bool trusted) {
  const Layout& layout = *image.layout.value();
  const bool root = layout.designator == Designator::kRoot;
  const PartitionFlags flags = policy.FlagsFor(root ? D::kRoot : D::kUsr);
  const auto helper = [&](D root_helper, D usr_helper,
                          const std::optional<ByteRange>& range) {
    return PartitionFits(policy.FlagsFor(root ? root_helper : usr_helper),
                         range.has_value(),
                         range ? BitsAt(image, *range) : std::nullopt);
  };
  const std::string tree = helper(D::kRootVerity, D::kUsrVerity, layout.verity);
  const std::string signature =
      helper(D::kRootVeritySig, D::kUsrVeritySig, layout.signature);
  // Whether systemd looks at the helper, whatever its attributes.
  const auto looks = [&](D root_helper, D usr_helper,
                         const std::optional<ByteRange>& range) {
    return range && (policy.FlagsFor(root ? root_helper : usr_helper) &
                     kFlagUnprotected);
  };
  const bool tree_used = looks(D::kRootVerity, D::kUsrVerity, layout.verity);
  const bool signature_used =
      looks(D::kRootVeritySig, D::kUsrVeritySig, layout.signature);
  Answer answer;
  const std::string data = PartitionFits(flags, true, layout.data_attributes);
  const bool data_used = (flags & kFlagsOpen & ~kFlagsIgnore) != 0;
  bool enough = true;
  if (data == "no") answer.other_problem = true;
  if (data_used) {
    if (!tree_used) {
      enough = flags & kFlagUnprotected;
    } else if (!signature_used) {
      enough = flags & kFlagVerity;
    } else {
      // systemd before 258 sees `signed` only; who signed it we see ourselves.
      enough = (flags & kFlagSigned) && (trusted || (flags & kFlagVerity));
    }
    if (!enough) {
      if ((flags & kFlagSigned) && !trusted) {
        answer.needs_signature = true;
      } else {
        answer.other_problem = true;
      }
    }
  } else {
    // Forbidden, or there is nothing left to merge.
    answer.other_problem = true;
  }
  const bool excused = !enough || answer.other_problem;
  if (tree == "no" && (layout.verity || !excused)) answer.other_problem = true;
  if (signature == "no" && (layout.signature || !excused)) {
    answer.other_problem = true;
  }
  if (signature_used && !tree_used) answer.other_problem = true;
  return answer;
}

// The unprotected root partition below a usr partition.
void RootBelowAnswer(const RootBelow& root, const ImagePolicy& policy,
                     Answer& answer) {
  const PartitionFlags flags = policy.FlagsFor(D::kRoot);
  const std::string fits = PartitionFits(flags, true, root.attributes);
  // Nobody tells systemd to ignore it.
  if (fits != "used") answer.other_problem = true;
  if ((flags & kFlagsOpen & ~kFlagsIgnore) && !(flags & kFlagUnprotected)) {
    (flags & kFlagSigned ? answer.root_needs_signature : answer.other_problem) =
        true;
  }
}

Answer ImagePolicyAnswer(const ImageFacts& image,
                         const SignatureStanding& standing,
                         const ImagePolicy& policy) {
  if (image.container != Container::kGpt) {
    const PartitionFlags root = policy.FlagsFor(D::kRoot);
    Answer answer;
    if (PartitionFits(root, true, 0) != "used") answer.other_problem = true;
    if ((root & kFlagsOpen & ~kFlagsIgnore) && !(root & kFlagUnprotected)) {
      (root & kFlagSigned ? answer.needs_signature : answer.other_problem) =
          true;
    }
    return answer;
  }
  Answer answer = DataAnswer(image, policy, TrustedTree(image, standing));
  const Layout& layout = *image.layout.value();
  const bool below = layout.root_below.has_value();
  const bool root = layout.designator == Designator::kRoot;
  std::vector<D> others = {D::kHome, D::kSrv, D::kEsp, D::kXbootldr,
                           D::kSwap, D::kTmp, D::kVar};
  // The designators of the other data partition are all absent.
  for (D d :
       root ? std::vector<D>{D::kUsr, D::kUsrVerity, D::kUsrVeritySig}
            : std::vector<D>{D::kRoot, D::kRootVerity, D::kRootVeritySig}) {
    if (d == D::kRoot && below) {
      RootBelowAnswer(*layout.root_below, policy, answer);
      continue;
    }
    // That root lacks a helper is said by what it needs.
    if (below && answer.root_needs_signature) continue;
    if (!(policy.FlagsFor(d) & kFlagAbsent)) answer.other_problem = true;
  }
  for (D d : others) {
    bool there = false;
    for (const std::string& word : layout.other_designators) {
      there |= word == ToString(d);
    }
    if (PartitionFits(policy.FlagsFor(d), there, std::nullopt) == "no") {
      answer.other_problem = true;
    }
  }
  return answer;
}

std::set<R> Unmet(const ImageFacts& image, const SignatureStanding& standing,
                  const ImagePolicy& policy) {
  const Answer answer = ImagePolicyAnswer(image, standing, policy);
  std::set<R> codes;
  if (answer.other_problem) codes.insert(R::kImagePolicy);
  if (answer.root_needs_signature) codes.insert(R::kUnsigned);
  if (answer.needs_signature) {
    codes.insert(
        standing.state == SignatureState::kInvalid     ? R::kSignatureInvalid
        : standing.state == SignatureState::kUntrusted ? R::kSignerUntrusted
                                                       : R::kUnsigned);
  }
  return codes;
}

std::string ArchitectureOf(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  if (layout != nullptr && layout->architecture) {
    return ToWord(*layout->architecture);
  }
  const ExtensionRelease* release = image.release.value();
  return release != nullptr ? Get(release->fields, "ARCHITECTURE") : "";
}

// class, architecture and entries.
bool AttributesHold(const RuleMatch& match, const ImageFacts& image,
                    const HostFacts& host) {
  bool class_holds = match.classes.empty();
  for (const auto& c : match.classes) {
    class_holds |= c.value == image.image_class;
  }
  bool architecture_holds = match.architectures.empty();
  for (const auto& a : match.architectures) {
    architecture_holds |= ToWord(a.value) == ArchitectureOf(image);
  }
  const bool entry_holds =
      match.entries.empty() ||
      (!host.entry.empty() && Contains(match.entries, host.entry));
  return class_holds && architecture_holds && entry_holds;
}

bool IsListed(const RuleMatch& match, const Signer& signer) {
  return signer.sha256 &&
         (Contains(match.signers, signer.sha256->hex()) ||
          Contains(match.signers, "sha256:" + signer.sha256->hex()));
}

bool HasRootBelow(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  return layout != nullptr && layout->root_below;
}

// A root hash pins what is below it, and no root partition is.
bool PinHolds(const RuleMatch& match, const ImageFacts& image) {
  return match.root_hashes.empty() ||
         (!HasRootBelow(image) &&
          Contains(match.root_hashes, RootHashHex(image)));
}

bool RootHashHolds(const RuleMatch& match, const ImageFacts& image) {
  return match.root_hashes.empty() ||
         Contains(match.root_hashes, RootHashHex(image));
}

bool Sha256Holds(const RuleMatch& match, const ImageFacts& image) {
  return match.sha256.empty() ||
         (image.sha256 && Contains(match.sha256, image.sha256->hex()));
}

// "In a deny rule every condition must hold for it to match."
bool Denies(const RuleMatch& match, const ImageFacts& image,
            const SignatureStanding& standing, const HostFacts& host) {
  if (!match.names.empty() && !AnyPatternMatches(match.names, image.name) &&
      !AnyPatternMatches(match.names, image.release.value()->name)) {
    return false;
  }
  if (match.version && !VersionHolds(match, image.name, true) &&
      !VersionHolds(match, image.release.value()->name, true)) {
    return false;
  }
  bool signer_holds = match.signers.empty();
  for (const Signer& signer : standing.signers) {
    signer_holds |= IsListed(match, signer);
  }
  return signer_holds && RootHashHolds(match, image) &&
         Sha256Holds(match, image) && AttributesHold(match, image, host);
}

bool Selects(const RuleMatch& match, const ImageFacts& image,
             const SignatureStanding& standing, const HostFacts& host) {
  if (!match.names.empty() &&
      !AnyPatternMatches(match.names, image.release.value()->name)) {
    return false;
  }
  if (!match.signers.empty()) {
    if (!TrustedTree(image, standing) || HasRootBelow(image) ||
        standing.signers.empty()) {
      return false;
    }
    for (const Signer& signer : standing.signers) {
      if (!IsListed(match, signer)) return false;
    }
  }
  if (match.names.empty() &&
      !(PinHolds(match, image) && Sha256Holds(match, image))) {
    return false;
  }
  return AttributesHold(match, image, host);
}

// "content > signer and name > signer > name > attributes only"
int ClassOf(const RuleMatch& match) {
  if (!match.root_hashes.empty() || !match.sha256.empty()) return 1;
  if (!match.signers.empty() && !match.names.empty()) return 2;
  if (!match.signers.empty()) return 3;
  if (!match.names.empty()) return 4;
  return 5;
}

std::set<R> UnmetByRule(const Rule& rule, const ImageFacts& image,
                        const SignatureStanding& standing, const Policy& policy,
                        const Evidence<HostOverlap>& overlap) {
  std::set<R> codes = Unmet(image, standing,
                            rule.image_policy ? rule.image_policy->value
                                              : policy.ImagePolicyOrDefault());
  if (rule.match.version &&
      !VersionHolds(rule.match, image.release.value()->name, false)) {
    codes.insert(R::kVersionOutOfRange);
  }
  if (!PinHolds(rule.match, image) || !Sha256Holds(rule.match, image)) {
    codes.insert(R::kDigestMismatch);
  }
  if (ReferenceContentViolated(rule.content, image, overlap)) {
    codes.insert(R::kForbiddenContent);
  }
  return codes;
}

// What the rules add, and which of them decides.
void Rules(const ImageFacts& image, const SignatureStanding& standing,
           const HostFacts& host, const Policy& policy,
           const Evidence<HostOverlap>& overlap, ReferenceDecision& decision) {
  for (const Rule& rule : policy.rules) {
    if (rule.verdict.value == RuleVerdict::kDeny &&
        Denies(rule.match, image, standing, host)) {
      decision.rule = rule.id.value;
      decision.codes.insert(R::kDeniedByRule);
      return;
    }
  }
  for (int rule_class = 1; rule_class <= 5; ++rule_class) {
    std::set<R> unmet;
    std::string first;
    for (const Rule& rule : policy.rules) {
      if (rule.verdict.value != RuleVerdict::kAllow ||
          ClassOf(rule.match) != rule_class ||
          !Selects(rule.match, image, standing, host)) {
        continue;
      }
      const std::set<R> codes =
          UnmetByRule(rule, image, standing, policy, overlap);
      if (codes.empty()) {
        decision.rule = rule.id.value;
        return;
      }
      if (first.empty()) first = rule.id.value;
      unmet.insert(codes.begin(), codes.end());
    }
    if (!first.empty()) {
      decision.rule = first;
      decision.codes.insert(unmet.begin(), unmet.end());
      return;
    }
  }
  decision.rule = "default";
  if (policy.DefaultOrDefault() == RuleVerdict::kDeny) {
    decision.codes.insert(R::kNoMatchingRule);
    return;
  }
  const std::set<R> codes =
      Unmet(image, standing, policy.ImagePolicyOrDefault());
  decision.codes.insert(codes.begin(), codes.end());
}

bool Elsewhere(const ImageFacts& image, const HostFacts& host,
               const Policy& policy) {
  bool mapped = false;
  for (const EntryMapping& mapping : policy.entries) {
    if (!ReferenceNameMatches(mapping.match.value, image.name)) continue;
    mapped = true;
    if (Contains(mapping.entries, "common")) return false;
    if (!host.entry.empty() && Contains(mapping.entries, host.entry)) {
      return false;
    }
  }
  return mapped;
}

Verdict WorstKind(const std::set<R>& codes) {
  Verdict verdict = Verdict::kAllow;
  for (R code : codes) {
    if (KindOf(code) > verdict) verdict = KindOf(code);
  }
  return verdict;
}

}  // namespace

bool ReferenceGlobMatches(const std::string& pattern, const std::string& name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return ReferenceGlobMatches(pattern.substr(1), name) ||
           (!name.empty() && ReferenceGlobMatches(pattern, name.substr(1)));
  }
  if (name.empty()) return false;
  if (pattern[0] == '[') {
    const size_t end = pattern.find(']', 1);
    const bool negated = pattern[1] == '!';
    const std::string set =
        pattern.substr(negated ? 2 : 1, end - (negated ? 2 : 1));
    const bool listed = set.find(name[0]) != std::string::npos;
    return listed != negated &&
           ReferenceGlobMatches(pattern.substr(end + 1), name.substr(1));
  }
  return (pattern[0] == '?' || pattern[0] == name[0]) &&
         ReferenceGlobMatches(pattern.substr(1), name.substr(1));
}

bool ReferenceNameMatches(const std::string& pattern, const std::string& name) {
  if (pattern.rfind("re:", 0) != 0) return ReferenceGlobMatches(pattern, name);
  // Made once each: that takes longer than all else here.
  static auto* const expressions = new std::map<std::string, std::regex>;
  auto [found, is_new] = expressions->try_emplace(pattern);
  if (is_new) found->second = std::regex(pattern.substr(3));
  return std::regex_match(name, found->second);
}

ReferenceDecision ReferenceEvaluate(const ImageFacts& image,
                                    const SignatureStanding& standing,
                                    const HostFacts& host, const Policy& policy,
                                    const Evidence<HostOverlap>& overlap) {
  ReferenceDecision decision;
  if (Elsewhere(image, host, policy)) {
    return {Verdict::kNotApplicable, "", {R::kWrongEntry}};
  }
  if (!image.unreadable.empty()) {
    return {Verdict::kUnreadable, "", {R::kUnreadable}};
  }
  decision.codes = Structural(image, host);
  const bool mergeable = decision.codes.empty();
  decision.codes.merge(Always(image, standing));
  if (mergeable) {
    decision.codes.merge(Applicable(image, host));
    Rules(image, standing, host, policy, overlap, decision);
  }
  decision.verdict = WorstKind(decision.codes);
  return decision;
}

}  // namespace extgate
