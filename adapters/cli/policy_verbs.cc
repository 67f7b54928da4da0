// Way in: PolicyVerbs.
#include <memory>
#include <string>

#include "adapters/cli/command_line.h"

namespace extgate {
namespace {

void AddSystemdOption(CLI::App& verb, int& version) {
  verb.add_option("--systemd", version,
                  "This version of systemd alone (252 to 262), in place of all")
      ->check(CLI::Range(252, 262));
}

// ---- policy image-policy ----------------------------------------------------

constexpr char kOneText[] = "The image policy";

using TextsVerb = int (*)(const GlobalOptions&, const ImagePolicyOptions&);

// A verb on texts of systemd.image-policy(7), `count` of them.
RunVerb OnTexts(CLI::App& verb, int count, const char* help, TextsVerb run) {
  const auto options = std::make_shared<ImagePolicyOptions>();
  verb.add_option("STRING", options->texts, help)->required()->expected(count);
  AddSystemdOption(verb, options->systemd_version);
  return [options, run](const GlobalOptions& global) {
    return run(global, *options);
  };
}

RunVerb Explain(CLI::App& verb, Invocation&) {
  return OnTexts(verb, 1, kOneText, ExplainImagePolicyVerb);
}

RunVerb Compare(CLI::App& verb, Invocation&) {
  return OnTexts(verb, 2, "Two image policies", CompareImagePoliciesVerb);
}

RunVerb Normalise(CLI::App& verb, Invocation&) {
  return OnTexts(verb, 1, kOneText, NormaliseImagePolicyVerb);
}

RunVerb Compile(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<CompileOptions>();
  AddCheckOptions(verb, options->check, "In this mode");
  AddSystemdOption(verb, options->systemd_version);
  return [options](const GlobalOptions& global) {
    return CompileVerb(global, *options);
  };
}

constexpr VerbWords kImagePolicyVerbs[] = {
    {"explain", "Show every partition state that a text accepts",
     "Example:\n  extgate policy image-policy explain "
     "root=verity+signed+absent --systemd 257",
     Explain},
    {"compare", "Say which of two texts accepts more",
     "Example:\n  extgate policy image-policy compare "
     "root=signed root=verity+signed",
     Compare},
    {"normalise", "Print the shortest text that means the same",
     "Example:\n  extgate policy image-policy normalise "
     "root=ignore:=ignore",
     Normalise},
    {"compile",
     "Show what systemd would be told about images, version by version",
     "Example:\n  extgate policy image-policy compile --systemd 257 "
     "k3s.sysext.raw",
     Compile},
};

RunVerb ImagePolicy(CLI::App& verb, Invocation& line) {
  AddVerbs(kImagePolicyVerbs, verb, line);
  return {};
}

// ---- policy show ------------------------------------------------------------

RunVerb Show(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<ShowPolicyOptions>();
  verb.add_option("FILE", options->policies,
                  "Policy files, in place of those of this machine");
  verb.add_option_function<std::string>(
          "--format",
          [options](const std::string& word) {
            options->spelling = FromWord<PolicySpelling>(word);
          },
          "Spelling to print: " + AllWords<PolicySpelling>())
      ->check([](const std::string& word) {
        return FromWord<PolicySpelling>(word).has_value()
                   ? std::string()
                   : word + " is none of " + AllWords<PolicySpelling>();
      });
  return [options](const GlobalOptions& global) {
    return ShowPolicyVerb(global, *options);
  };
}

// ---- policy lint ------------------------------------------------------------

RunVerb Lint(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<LintOptions>();
  verb.add_option("FILE", options->files,
                  "Policies, in place of those of this machine");
  verb.add_option_function<std::string>(
          "--format",
          [options](const std::string& word) {
            options->format = word == "json"    ? LintFormat::kJson
                              : word == "sarif" ? LintFormat::kSarif
                                                : LintFormat::kText;
          },
          "text, json or sarif")
      ->check(CLI::IsMember({"text", "json", "sarif"}));
  AddSystemdOption(verb, options->systemd_version);
  return [options](const GlobalOptions& global) {
    return LintVerb(global, *options);
  };
}

// ---- policy test ------------------------------------------------------------

RunVerb Test(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<PolicyTestOptions>();
  verb.add_option("DIR", options->directory, "Where the cases are")->required();
  verb.add_option_function<std::string>(
          "--format",
          [options](const std::string& word) {
            if (auto format = FromWord<CaseFormat>(word)) {
              options->format = *format;
            }
          },
          "How results are written")
      ->check(CLI::IsMember({"text", "tap", "junit", "json"}));
  return [options](const GlobalOptions& global) {
    return PolicyTestVerb(global, *options);
  };
}

// ---- policy suggest ---------------------------------------------------------

RunVerb Suggest(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<PolicySuggestOptions>();
  verb.add_option("REPORT", options->report,
                  "A report, of apply or of check --json")
      ->required();
  verb.add_option("--policy", options->policies,
                  "Policy files, in place of what is found")
      ->allow_extra_args(false);
  verb.add_option("--format", "How rules are written")
      ->check(CLI::IsMember({"yaml"}));
  return [options](const GlobalOptions& global) {
    return PolicySuggestVerb(global, *options);
  };
}

// ---- policy diff ------------------------------------------------------------

RunVerb Diff(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<PolicyDiffOptions>();
  verb.add_option("OLD", options->before, "The policy that was")->required();
  verb.add_option("NEW", options->after, "The policy that is to be")
      ->required();
  return [options](const GlobalOptions& global) {
    return PolicyDiffVerb(global, *options);
  };
}

// ---- policy -----------------------------------------------------------------

constexpr VerbWords kPolicyVerbs[] = {
    {"show", "Print a policy, in any of its spellings",
     "Examples:\n  extgate policy show\n"
     "  extgate policy show 50-site.yaml --format=textproto",
     Show},
    {"lint", "Say what is wrong with policies, or may not be meant",
     "Without FILE it is about all policies of this machine together, and its\n"
     "systemd. Exit status 2 with errors, else 0.\n"
     "Examples:\n  extgate policy lint\n"
     "  extgate policy lint --systemd 257 90-extensions.yaml\n"
     "  extgate policy lint --format=sarif *.yaml > lint.sarif",
     Lint},
    {"diff",
     "Say whether a policy is looser than another, with an image for it",
     "The first word is equivalent, stricter, looser or incomparable: NEW "
     "seen\n"
     "against OLD. Exit status 3 when it is looser, incomparable or "
     "undecided.\n"
     "Example:\n  extgate policy diff old.yaml new.yaml",
     Diff},
    {"suggest", "Print rules that would allow what a report denied",
     "Examples:\n"
     "  extgate policy suggest /run/extgate/report.json > 90-suggested.yaml\n"
     "  extgate check --json *.raw > report.json; "
     "extgate policy suggest report.json",
     Suggest},
    {"test", "Run the cases in a directory: facts, and what is to be decided",
     "Examples:\n"
     "  extgate inspect --facts k3s.sysext.raw > cases/k3s.json\n"
     "  extgate policy test cases\n"
     "  extgate policy test --format=junit cases > results.xml",
     Test},
    {"image-policy", "Texts of systemd.image-policy(7)", "", ImagePolicy},
};

RunVerb Policy(CLI::App& verb, Invocation& line) {
  AddVerbs(kPolicyVerbs, verb, line);
  return {};
}

constexpr VerbWords kVerbs[] = {
    {"policy", "Look at policies, without a decision", "", Policy},
};

}  // namespace

absl::Span<const VerbWords> PolicyVerbs() { return kVerbs; }

}  // namespace extgate
