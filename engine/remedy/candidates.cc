// The way in is CandidateEdits: each reason suggests what it can.
#include "engine/remedy/candidates.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/remedy/reshape_edits.h"
#include "engine/remedy/rule_edits.h"
#include "engine/remedy/shell_words.h"
#include "engine/remedy/signer_edits.h"
#include "policy/requirement.h"

namespace extgate {
namespace {

constexpr size_t kMostCandidates = 16;

std::string Quoted(absl::string_view text) {
  return absl::StrCat("`", text, "`");
}

std::string FieldOr(const std::map<std::string, std::string>& fields,
                    const std::string& key) {
  const auto found = fields.find(key);
  return found == fields.end() ? std::string() : found->second;
}

// A pattern that matches `name` and nothing else.
std::string PatternOf(const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    if (c == '*' || c == '?' || c == '[') {
      absl::StrAppend(&pattern, "[", std::string(1, c), "]");
    } else {
      pattern.push_back(c);
    }
  }
  return pattern;
}

class Suggestions {
 public:
  explicit Suggestions(const RemedyCase& subject)
      : case_(subject),
        facts_(subject.facts),
        confext_(facts_.image_class == ImageClass::kConfext),
        level_(confext_ ? "CONFEXT_LEVEL" : "SYSEXT_LEVEL"),
        scope_(confext_ ? "CONFEXT_SCOPE" : "SYSEXT_SCOPE") {
    for (const Reason& reason : case_.decision.reasons) {
      codes_.insert(reason.code);
    }
  }

  std::vector<Edit> All() {
    if (codes_.empty() || Has(ReasonCode::kUnreadable)) return {};
    if (IsBroken()) {
      if (auto copy = GoodCopyEdit(facts_)) edits_.push_back(*std::move(copy));
      return std::move(edits_);
    }
    for (Edit& edit : ReshapeEdits(facts_)) edits_.push_back(std::move(edit));
    if (facts_.release.value() != nullptr || CanRelease()) {
      OfTheImage();
    } else if (!edits_.empty()) {
      Take(SignEdits(case_));
    }
    OfThePolicy();
    absl::c_stable_sort(
        edits_, [](const Edit& a, const Edit& b) { return a.kind < b.kind; });
    if (edits_.size() > kMostCandidates) edits_.resize(kMostCandidates);
    return std::move(edits_);
  }

 private:
  bool Has(ReasonCode code) const { return codes_.contains(code); }

  // The bytes are not what their maker made.
  bool IsBroken() const {
    return Has(ReasonCode::kVerityCorrupt) ||
           Has(ReasonCode::kRootHashMismatch) ||
           Has(ReasonCode::kSignatureInvalid) ||
           Has(ReasonCode::kNotADiskImage) ||
           Has(ReasonCode::kPartitionTableInvalid);
  }

  // The filesystem was read, and has no release file that systemd would take.
  bool CanRelease() const {
    return facts_.filesystem.value() != nullptr && facts_.release.absent();
  }

  void Take(std::vector<Edit> edits) {
    std::move(edits.begin(), edits.end(), std::back_inserter(edits_));
  }

  Edit& Add(EditKind kind, std::string what, std::string warning = "") {
    Edit edit;
    edit.kind = kind;
    edit.what = std::move(what);
    edit.warning = std::move(warning);
    edits_.push_back(std::move(edit));
    return edits_.back();
  }

  // ---- of the image ---------------------------------------------------------

  void OfTheImage() {
    Names();
    if (Has(ReasonCode::kReleaseMismatch) ||
        Has(ReasonCode::kWrongArchitecture)) {
      OtherBuild();
    }
    if (Has(ReasonCode::kReleaseMismatch)) AnyHost();
    if (Has(ReasonCode::kWrongScope)) Scope();
    if (!facts_.forbidden_paths.empty() || facts_.has_os_release) {
      RemoveFiles();
    }
    Take(SignEdits(case_));
  }

  void Names() {
    const ExtensionRelease* release = facts_.release.value();
    const bool missing = Has(ReasonCode::kReleaseMissing);
    if (missing && release == nullptr) {
      NameRelease(facts_.name).fields["ID"] = "_any";
      return;
    }
    if (release == nullptr) return;  // no name that systemd would take
    if (!missing && !Has(ReasonCode::kNameMismatch)) return;
    if (release->name != facts_.name) {
      RenameFile(release->name);
      NameRelease(facts_.name);
      return;
    }
    // systemd takes the ending off the name.
    const size_t dot = facts_.name.rfind('.');
    if (dot == std::string::npos) return;
    std::string name = facts_.name;
    name[dot] = '-';
    RenameFile(name);
    NameRelease(name);
  }

  void RenameFile(const std::string& name) {
    if (name.empty()) return;
    const std::string file = FileNameOf(name, facts_.image_class);
    Edit& edit =
        Add(EditKind::kRenameFile,
            absl::StrCat("call the file ", Quoted(file),
                         ": the name by which its maker knows the image"));
    edit.name = name;
    const size_t slash = case_.path.rfind('/');
    edit.commands = {absl::StrCat(
        "mv -- ", ShellWord(case_.path), " ",
        ShellWord(absl::StrCat(
            slash == std::string::npos ? "" : case_.path.substr(0, slash + 1),
            file)))};
  }

  Edit& NameRelease(const std::string& name) {
    const std::string directory =
        confext_ ? "/etc/extension-release.d" : "/usr/lib/extension-release.d";
    const ExtensionRelease* release = facts_.release.value();
    Edit& edit = Add(
        EditKind::kChangeRelease,
        release == nullptr
            ? absl::StrCat("put ", directory, "/extension-release.", name,
                           " into the image, with at least the line ID=_any "
                           "(or that of the system it is for); if one of "
                           "another name is there, rename that one")
            : absl::StrCat("rename ", directory, "/extension-release.",
                           release->name, " in the image to extension-release.",
                           name));
    edit.name = name;
    return edit;
  }

  // "ID=debian, VERSION_ID=13, x86-64"
  void OtherBuild() {
    const auto& os = case_.host.os_release;
    std::vector<std::string> wanted;
    Edit edit;
    if (Has(ReasonCode::kReleaseMismatch)) {
      for (const char* key : {"ID", "VERSION_ID", level_}) {
        const std::string value = FieldOr(os, key);
        if (value.empty()) {
          edit.fields[key] = std::nullopt;
        } else {
          edit.fields[key] = value;
          wanted.push_back(absl::StrCat(key, "=", value));
        }
      }
    }
    if (Has(ReasonCode::kWrongArchitecture)) {
      if (!case_.host.architecture.has_value()) return;
      const std::string word = ToWord(*case_.host.architecture);
      edit.fields["ARCHITECTURE"] = word;
      wanted.push_back(word);
    }
    edit.kind = EditKind::kOtherBuild;
    edit.what = absl::StrCat(
        "get the build for this host from whoever made "
        "the image: ",
        absl::StrJoin(wanted, ", "));
    edits_.push_back(std::move(edit));
  }

  void AnyHost() {
    Edit& edit = Add(EditKind::kChangeRelease,
                     "say ID=_any in its extension-release, and no VERSION_ID "
                     "or level",
                     "only if what it carries runs on every system");
    edit.fields = {
        {"ID", "_any"}, {"VERSION_ID", std::nullopt}, {level_, std::nullopt}};
  }

  void Scope() {
    const std::string wanted = case_.host.initrd ? "initrd" : "system";
    std::string scope;
    if (const ExtensionRelease* release = facts_.release.value()) {
      scope = FieldOr(release->fields, scope_);
    }
    absl::StrAppend(&scope, scope.empty() ? "" : " ", wanted);
    Edit& edit =
        Add(EditKind::kChangeRelease,
            absl::StrCat("say ", scope_, "=", Quoted(scope),
                         " in its extension-release"),
            absl::StrCat("only if it is meant to be merged in the ", wanted));
    edit.fields = {{scope_, scope}};
  }

  void RemoveFiles() {
    std::vector<std::string> paths = facts_.forbidden_paths;
    if (facts_.has_os_release) paths.push_back("/usr/lib/os-release");
    Edit& edit =
        Add(EditKind::kRemoveFiles,
            absl::StrCat("build it without `", absl::StrJoin(paths, "`, `"),
                         "`, which no extension may bring"));
    edit.paths = std::move(paths);
  }

  // ---- of the policy --------------------------------------------------------

  void OfThePolicy() {
    AllowContent();
    if (Has(ReasonCode::kWrongEntry)) Entry();
    Take(DenyRuleEdits(case_));
    Take(CertificateEdits(case_));
  }

  // Of root and usr a root hash covers usr alone.
  bool IsOfBoth() const {
    const Layout* layout = facts_.layout.value();
    return layout != nullptr && layout->root_below.has_value();
  }

  // The tightest image policy that admits the image as it is; nullopt: the one
  // in force does, or none would.
  std::optional<ImagePolicy> NeededImagePolicy() const {
    const ImagePolicy& stands = case_.loaded.policy.image_policy;
    // No rule, and so no set, speaks for it.
    const SignatureStanding counted = CountedStanding(
        case_.standing, Decision(), case_.host, case_.loaded.policy);
    const auto admits = [&](const ImagePolicy& policy) {
      return UnmetImagePolicy(facts_, counted, policy).empty();
    };
    if (admits(stands)) return std::nullopt;
    const Layout* layout = facts_.layout.value();
    std::string data = layout == nullptr ? "root" : ToWord(layout->designator);
    if (IsOfBoth()) data = absl::StrCat("root=unprotected:", data);
    for (const char* flags : {"signed", "verity", "verity+signed",
                              "unprotected", "verity+signed+unprotected"}) {
      auto policy = ImagePolicy::Parse(absl::StrCat(data, "=", flags));
      if (policy.ok() && admits(*policy)) return *std::move(policy);
    }
    return std::nullopt;
  }

  void AllowContent() {
    const VerityTree* tree = facts_.verity.value();
    Rule rule;
    if (tree != nullptr && tree->root_hash.has_value() && !IsOfBoth()) {
      rule.match.root_hashes = {{tree->root_hash->hex(), {}}};
    } else if (facts_.sha256.has_value()) {
      rule.match.sha256 = {{facts_.sha256->hex(), {}}};
    } else {
      return;  // a name alone never makes up for what is missing
    }
    rule.id.value = UnusedId(absl::StrCat("allow-", facts_.name));
    rule.verdict.value = RuleVerdict::kAllow;
    rule.reason = absl::StrCat(facts_.name, ", allowed by its content");
    const std::optional<ImagePolicy> needed = NeededImagePolicy();
    std::string warning;
    if (needed.has_value()) {
      rule.image_policy = {*needed, {}};
      warning =
          "no trusted signature is asked for: it admits this one content, "
          "whoever made it";
    }
    Edit& edit = Add(EditKind::kAddRule,
                     "add a rule that allows exactly this content, by its "
                     "hash",
                     std::move(warning));
    edit.addition.rules = {std::move(rule)};
    // Where no policy was found and one is required, any file would be one.
    if (absl::c_any_of(case_.loaded.diagnostics, [](const Diagnostic& d) {
          return d.code == DiagnosticCode::kPolicyRequired;
        })) {
      edit.addition.default_verdict = {RuleVerdict::kDeny, {}};
    }
  }

  std::string UnusedId(const std::string& stem) const {
    std::set<std::string> used;
    for (const PolicySource& source : case_.sources) {
      for (const Rule& rule : source.policy.rules) used.insert(rule.id.value);
    }
    std::string id = stem;
    for (int i = 2; used.contains(id); ++i) id = absl::StrCat(stem, "-", i);
    return id;
  }

  void Entry() {
    if (case_.host.entry.empty()) return;
    Edit& edit = Add(
        EditKind::kAddEntry,
        absl::StrCat("give it to the entry ", Quoted(case_.host.entry), " too"),
        absl::StrCat("every image called ", Quoted(facts_.name),
                     " is looked at there; whether it may merge is decided as "
                     "ever"));
    edit.addition.entries = {
        {{PatternOf(facts_.name), {}}, {{case_.host.entry, {}}}}};
  }

  const RemedyCase& case_;
  const ImageFacts& facts_;
  const bool confext_;
  const char* const level_;
  const char* const scope_;
  std::set<ReasonCode> codes_;
  std::vector<Edit> edits_;
};

}  // namespace

std::vector<Edit> CandidateEdits(const RemedyCase& subject) {
  return Suggestions(subject).All();
}

}  // namespace extgate
