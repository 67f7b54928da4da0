// The verbs of the command line, one function each; main.cc parses the words.
#ifndef EXTGATE_ADAPTERS_CLI_VERBS_H_
#define EXTGATE_ADAPTERS_CLI_VERBS_H_

#include <optional>
#include <string>
#include <vector>

#include "adapters/install_where.h"
#include "adapters/places.h"
#include "engine/cases/case_text.h"
#include "engine/install/installation.h"
#include "policy/policy_writer.h"
#include "policy/values.h"

namespace extgate {

// Exit status of every verb (documented in the README).
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;     // could not do it
inline constexpr int kExitUsage = 2;      // bad usage, or an invalid policy
inline constexpr int kExitViolation = 3;  // what the verb looks for was found

enum class Format { kTable, kJson };

struct GlobalOptions {
  PlaceOptions places;  // --root, --run, --extra, --efivars
  Format format = Format::kTable;
};

struct InspectOptions {
  std::vector<std::string> images;
  std::vector<std::string> trust;  // PEM files; with them the signer is judged
  bool every_block = false;        // --full
  bool with_host = false;          // --host: against this host's tree
  bool record = false;             // --facts: the facts alone, as JSON lines
};

struct CheckOptions {
  std::vector<std::string> images;
  std::vector<std::string> policies;  // instead of discovery
  std::string entry;                  // instead of the booted one
  std::optional<Mode> as_mode;        // for the column of actions
};

struct ScrubOptions {
  std::vector<std::string> images;
};

struct ApplyVerbOptions {
  std::vector<std::string> policies;
  bool dry_run = false;
  bool now = false;  // and make systemd merge it
};

struct StatusOptions {
  // For boot assessment: the exit status is of what is merged alone, and only
  // enforcing minds.
  bool gate = false;
};

struct HistoryOptions {
  int last = 0;  // only so many runs, the youngest; 0: all
};

struct ModeOptions {
  std::optional<Mode> mode;  // to set; else it is shown
  std::string until;         // --until, as given
  bool reset = false;        // --reset: what was set is taken away
};

struct InstallOptions {
  enum class Act { kInstall, kList, kRemove };
  Act act = Act::kInstall;
  std::vector<std::string> images;  // files; with kRemove names
  // A file to install instead: a signature for registers of the TPM.
  std::string pcr_signature;
  std::vector<std::string> media;  // directories whose images are more of them
  std::vector<std::string> entries;   // instead of the policy's
  std::vector<std::string> policies;  // instead of discovery
  InstallWhere where;
  bool dry_run = false;
};

// kExitFailed where one could not be placed, else kExitViolation where one is
// refused, else kExitDone.
int ExitStatusOf(const Installation& done);

// Of `policy show`.
struct ShowPolicyOptions {
  std::vector<std::string> policies;       // instead of discovery
  std::optional<PolicySpelling> spelling;  // --format
};

// Of `policy image-policy`.
struct ImagePolicyOptions {
  std::vector<std::string> texts;  // one; of compare two
  int systemd_version = 0;         // 0: every one
};

struct PolicyTestOptions {
  std::string directory;
  CaseFormat format = CaseFormat::kText;
};

struct PolicySuggestOptions {
  std::string report;
  std::vector<std::string> policies;  // instead of discovery
};

struct PolicyDiffOptions {
  std::string before;
  std::string after;
};

struct CompileOptions {
  CheckOptions check;
  int systemd_version = 0;  // 0: every one
};

enum class LintFormat { kText, kJson, kSarif };

struct LintOptions {
  std::vector<std::string> files;  // instead of discovery
  LintFormat format = LintFormat::kText;
  int systemd_version = 0;  // 0: this machine's, or with files every one
};

// Facts of images. 3 with --trust when one is not signed by it.
int InspectVerb(const GlobalOptions& global, const InspectOptions& options);

// Decides without acting. 3 when an image is denied, unmergeable or unreadable.
int CheckVerb(const GlobalOptions& global, const CheckOptions& options);

// All data of images against their hash trees. 3 when one is corrupt, else 1
// when one could not be checked.
int ScrubVerb(const GlobalOptions& global, const ScrubOptions& options);

// The boot job. 3 only when this boot is to be failed. With `now` also 1 when
// what was decided could not be merged; what was merged before is again then.
int ApplyVerb(const GlobalOptions& global, const ApplyVerbOptions& options);

// apply, then systemd's own refresh in this process's place.
int MergeVerb(const GlobalOptions& global, ImageClass image_class);

// What the last apply decided, and whether it is in force. 3 on a violation.
int StatusVerb(const GlobalOptions& global, const StatusOptions& options);

// What the last runs decided, oldest first, and which verdicts changed.
int HistoryVerb(const GlobalOptions& global, const HistoryOptions& options);

// What keeps extgate from doing on this machine what its policy says. 3 when a
// finding is bad. Runs processes: for people, not for the path of a boot.
int DoctorVerb(const GlobalOptions& global);

// The mode in force, its floor and who says so; with a mode sets it until the
// next boot. 2 when that is below the floor.
int ModeVerb(const GlobalOptions& global, const ModeOptions& options);

// Images to where the next boots of their entries find them, what is there, or
// taken away again. 3 when one is refused, 1 when one could not be placed or
// there is no room for all.
int InstallVerb(const GlobalOptions& global, const InstallOptions& options);

// Why: of a reason code, or of an image (one of the last report by name or
// path, else one in the places, else a file) that is decided about anew, with
// the smallest changes that would turn the verdict.
int ExplainVerb(const GlobalOptions& global, const std::string& subject);

// policy show: the policy of this machine, or that of files, in one of the
// spellings (YAML; JSON with --json). 2 when a source has errors.
int ShowPolicyVerb(const GlobalOptions& global,
                   const ShowPolicyOptions& options);

// policy test: the cases in a directory. 3 when one fails, 2 when one cannot be
// read.
int PolicyTestVerb(const GlobalOptions& global,
                   const PolicyTestOptions& options);

// policy suggest: rules that would allow what a report denied. 3 when something
// that it denied has none, 2 when it is no report.
int PolicySuggestVerb(const GlobalOptions& global,
                      const PolicySuggestOptions& options);

// policy diff: which of two policies admits more. 3 where the new one is looser
// or incomparable, or that could not be decided; 2 when one cannot be read.
int PolicyDiffVerb(const GlobalOptions& global,
                   const PolicyDiffOptions& options);

// policy image-policy explain: every state of a partition that a text of
// systemd.image-policy(7) accepts, by version. 2 when systemd would refuse it.
int ExplainImagePolicyVerb(const GlobalOptions& global,
                           const ImagePolicyOptions& options);

// policy image-policy compare: which of two accepts more, and an image for it.
int CompareImagePoliciesVerb(const GlobalOptions& global,
                             const ImagePolicyOptions& options);

// policy image-policy normalise: the one shortest text that means the same.
int NormaliseImagePolicyVerb(const GlobalOptions& global,
                             const ImagePolicyOptions& options);

// policy image-policy compile: what systemd would be told about images, decided
// about as check does.
int CompileVerb(const GlobalOptions& global, const CompileOptions& options);

// policy lint: what is wrong with policies, or may not be meant. 2 on errors.
int LintVerb(const GlobalOptions& global, const LintOptions& options);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_VERBS_H_
