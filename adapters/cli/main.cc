// extgate: words of the command line to verbs. The only file that knows CLI11.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>

#include "adapters/cli/verbs.h"
#include "engine/report.h"

namespace extgate {
namespace {

// Adds a verb whose callback leaves its exit status in `status`.
CLI::App* Verb(CLI::App& app, const char* name, const char* what,
               const char* examples, int& status, std::function<int()> run) {
  CLI::App* verb = app.add_subcommand(name, what);
  verb->footer(examples);
  verb->callback([&status, run = std::move(run)] { status = run(); });
  verb->fallthrough();
  return verb;
}

void AddGlobalOptions(CLI::App& app, GlobalOptions& global, bool& json) {
  app.add_option("--root", global.places.root,
                 "Take everything below this directory (default /)");
  app.add_option("--run", global.places.run,
                 "In place of /run, for callers in an initramfs");
  app.add_option("--extra", global.places.extra, "In place of /.extra");
  app.add_option("--efivars", global.places.efivars,
                 "In place of /sys/firmware/efi/efivars");
  app.add_flag("--json", json, "Print JSON");
}

constexpr char kSystemdHelp[] =
    "This version of systemd alone (252 to 262), in place of all";

// What the words of `policy` say.
struct PolicyWords {
  ImagePolicyOptions explain;
  ImagePolicyOptions compare;
  ImagePolicyOptions normalise;
  CompileOptions compile;
  std::string compile_as;
};

void AddSystemdOption(CLI::App& verb, int& version) {
  verb.add_option("--systemd", version, kSystemdHelp)
      ->check(CLI::Range(252, 262));
}

// Of check, and of what decides as check does. `as_mode` is the word of --as.
void AddCheckOptions(CLI::App& verb, CheckOptions& check, std::string& as_mode,
                     const char* as_help) {
  verb.add_option("IMAGE", check.images, "Image files")->required();
  verb.add_option("--policy", check.policies,
                  "Policy file, in place of this machine's policy")
      ->allow_extra_args(false);
  verb.add_option("--entry", check.entry,
                  "Decide as if this boot entry were booted");
  verb.add_option("--as", as_mode, as_help)
      ->check(CLI::IsMember({"disabled", "permissive", "enforcing"}));
}

// `policy image-policy` and what is below it. `with_format` as in Main.
template <typename WithFormat>
void AddImagePolicyVerbs(CLI::App& policy, const GlobalOptions& global,
                         PolicyWords& words, int& status,
                         WithFormat with_format) {
  CLI::App* group =
      policy.add_subcommand("image-policy", "Texts of systemd.image-policy(7)");
  group->require_subcommand(1);
  group->fallthrough();

  CLI::App* explain =
      Verb(*group, "explain", "Show every partition state that a text accepts",
           "Example:\n  extgate policy image-policy explain "
           "root=verity+signed+absent --systemd 257",
           status, with_format([&] {
             return ExplainImagePolicyVerb(global, words.explain);
           }));
  explain->add_option("STRING", words.explain.texts, "The image policy")
      ->required()
      ->expected(1);
  AddSystemdOption(*explain, words.explain.systemd_version);

  CLI::App* compare =
      Verb(*group, "compare", "Say which of two texts accepts more",
           "Example:\n  extgate policy image-policy compare "
           "root=signed root=verity+signed",
           status, with_format([&] {
             return CompareImagePoliciesVerb(global, words.compare);
           }));
  compare->add_option("STRING", words.compare.texts, "Two image policies")
      ->required()
      ->expected(2);
  AddSystemdOption(*compare, words.compare.systemd_version);

  CLI::App* normalise =
      Verb(*group, "normalise", "Print the shortest text that means the same",
           "Example:\n  extgate policy image-policy normalise "
           "root=ignore:=ignore",
           status, with_format([&] {
             return NormaliseImagePolicyVerb(global, words.normalise);
           }));
  normalise->add_option("STRING", words.normalise.texts, "The image policy")
      ->required()
      ->expected(1);
  AddSystemdOption(*normalise, words.normalise.systemd_version);

  CLI::App* compile =
      Verb(*group, "compile",
           "Show what systemd would be told about images, version by version",
           "Example:\n  extgate policy image-policy compile --systemd 257 "
           "k3s.sysext.raw",
           status, with_format([&] {
             if (!words.compile_as.empty()) {
               words.compile.check.as_mode = FromWord<Mode>(words.compile_as);
             }
             return CompileVerb(global, words.compile);
           }));
  AddCheckOptions(*compile, words.compile.check, words.compile_as,
                  "In this mode");
  AddSystemdOption(*compile, words.compile.systemd_version);
}

int Main(int argc, char** argv) {
  CLI::App app{
      "Decides which system extension images this machine may merge, and makes "
      "systemd act on it."};
  app.name("extgate");
  app.set_version_flag("--version", std::string("extgate ") + kExtgateVersion);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 could not do it, 2 bad usage or invalid policy, "
      "3 a violation.");
  GlobalOptions global;
  bool json = false;
  AddGlobalOptions(app, global, json);
  int status = kExitDone;
  const auto with_format = [&](auto run) {
    return [&global, &json, run] {
      global.format = json ? Format::kJson : Format::kTable;
      return run();
    };
  };

  InspectOptions inspect;
  CLI::App* inspect_verb =
      Verb(app, "inspect", "Show the facts of images",
           "Examples:\n  extgate inspect k3s.sysext.raw\n"
           "  extgate inspect --trust db.pem --full k3s.sysext.raw\n"
           "  extgate inspect --facts *.raw >facts.jsonl",
           status, with_format([&] { return InspectVerb(global, inspect); }));
  inspect_verb->add_option("IMAGE", inspect.images, "Image files")->required();
  inspect_verb
      ->add_option("--trust", inspect.trust,
                   "PEM file of trusted certificates; exit 3 when an image is "
                   "not signed by them")
      ->allow_extra_args(false);
  inspect_verb->add_flag("--full", inspect.every_block,
                         "Check every data block against the hash tree");
  inspect_verb->add_flag("--host", inspect.with_host,
                         "Compare the tree inside with this host's: files it "
                         "would shadow, directories that conflict");
  inspect_verb->add_flag("--facts", inspect.record,
                         "Print the facts to keep, one line of JSON an image; "
                         "without what certificates say of its signature");

  CheckOptions check;
  std::string as_mode;
  CLI::App* check_verb = Verb(
      app, "check", "Decide about images without acting",
      "Examples:\n  extgate check /var/lib/kairos/extensions/active/*.raw\n"
      "  extgate check --policy new.yaml --entry passive k3s.sysext.raw",
      status, with_format([&] {
        if (!as_mode.empty()) check.as_mode = FromWord<Mode>(as_mode);
        return CheckVerb(global, check);
      }));
  AddCheckOptions(*check_verb, check, as_mode, "Show what this mode would do");

  ScrubOptions scrub;
  CLI::App* scrub_verb =
      Verb(app, "scrub", "Check all data of images against their hash trees",
           "Examples:\n  extgate scrub /run/extgate/images/*\n"
           "  extgate --json scrub k3s.sysext.raw",
           status, with_format([&] { return ScrubVerb(global, scrub); }));
  scrub_verb->add_option("IMAGE", scrub.images, "Image files")->required();

  ApplyVerbOptions apply;
  CLI::App* apply_verb =
      Verb(app, "apply", "Find, decide, stage and report: the boot job",
           "Examples:\n  extgate apply --dry-run\n  extgate apply", status,
           with_format([&] { return ApplyVerb(global, apply); }));
  apply_verb->add_flag("--dry-run", apply.dry_run,
                       "Decide and show the plan; change nothing");
  apply_verb
      ->add_option("--policy", apply.policies,
                   "Policy file, in place of this machine's policy")
      ->allow_extra_args(false);

  std::string merge_class;
  CLI::App* merge_verb = Verb(
      app, "merge",
      "Apply, then run systemd's own refresh with the policy and environment "
      "that the staged set needs",
      "Example (ExecStart of the packaged drop-in):\n  extgate merge sysext",
      status, with_format([&] {
        return MergeVerb(global, *FromWord<ImageClass>(merge_class));
      }));
  merge_verb->add_option("CLASS", merge_class, "sysext or confext")
      ->required()
      ->check(CLI::IsMember({"sysext", "confext"}));

  Verb(app, "status", "Show what the last apply decided, and whether it holds",
       "Example:\n  extgate status", status,
       with_format([&] { return StatusVerb(global); }));

  std::string subject;
  CLI::App* explain_verb =
      Verb(app, "explain",
           "Explain a reason code, or an image's decision and the smallest "
           "change that would turn it",
           "Examples:\n  extgate explain k3s\n"
           "  extgate explain /var/lib/extensions/k3s.raw\n"
           "  extgate explain signer-untrusted",
           status, with_format([&] { return ExplainVerb(global, subject); }));
  explain_verb
      ->add_option("SUBJECT", subject, "Code, or name or path of an image")
      ->required();

  PolicyWords policy_words;
  CLI::App* policy_verb =
      app.add_subcommand("policy", "Look at policies, without a decision");
  policy_verb->require_subcommand(1);
  policy_verb->fallthrough();
  AddImagePolicyVerbs(*policy_verb, global, policy_words, status, with_format);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has exit statuses of its own; ours are documented.
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  return status;
}

}  // namespace
}  // namespace extgate

int main(int argc, char** argv) {
  try {
    return extgate::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "extgate: %s\n", error.what());
    return extgate::kExitFailed;
  }
}
