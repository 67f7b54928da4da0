// Ways in: ImageVerbs, AddCheckOptions.
#include <memory>
#include <string>

#include "adapters/cli/command_line.h"

namespace extgate {
namespace {

RunVerb Inspect(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<InspectOptions>();
  verb.add_option("IMAGE", options->images, "Image files")->required();
  verb.add_option("--trust", options->trust,
                  "PEM file of trusted certificates; exit 3 when an image is "
                  "not signed by them")
      ->allow_extra_args(false);
  verb.add_flag("--full", options->every_block,
                "Check every data block against the hash tree");
  verb.add_flag("--host", options->with_host,
                "Compare the tree inside with this host's: files it would "
                "shadow, directories that conflict");
  verb.add_flag("--facts", options->record,
                "Print the facts to keep, one line of JSON an image; without "
                "what certificates say of its signature");
  return [options](const GlobalOptions& global) {
    return InspectVerb(global, *options);
  };
}

RunVerb Check(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<CheckOptions>();
  AddCheckOptions(verb, *options, "Show what this mode would do");
  return [options](const GlobalOptions& global) {
    return CheckVerb(global, *options);
  };
}

RunVerb Scrub(CLI::App& verb, Invocation&) {
  const auto options = std::make_shared<ScrubOptions>();
  verb.add_option("IMAGE", options->images, "Image files")->required();
  return [options](const GlobalOptions& global) {
    return ScrubVerb(global, *options);
  };
}

RunVerb Explain(CLI::App& verb, Invocation&) {
  const auto subject = std::make_shared<std::string>();
  verb.add_option("SUBJECT", *subject, "Code, or name or path of an image")
      ->required();
  return [subject](const GlobalOptions& global) {
    return ExplainVerb(global, *subject);
  };
}

constexpr VerbWords kVerbs[] = {
    {"inspect", "Show the facts of images",
     "Examples:\n  extgate inspect k3s.sysext.raw\n"
     "  extgate inspect --trust db.pem --full k3s.sysext.raw\n"
     "  extgate inspect --facts *.raw >facts.jsonl",
     Inspect},
    {"check", "Decide about images without acting",
     "Examples:\n  extgate check /var/lib/kairos/extensions/active/*.raw\n"
     "  extgate check --policy new.yaml --entry passive k3s.sysext.raw",
     Check},
    {"scrub", "Check all data of images against their hash trees",
     "Examples:\n  extgate scrub /run/extgate/images/*\n"
     "  extgate --json scrub k3s.sysext.raw",
     Scrub},
    {"explain",
     "Explain a reason code, or an image's decision and the smallest change "
     "that would turn it",
     "Examples:\n  extgate explain k3s\n"
     "  extgate explain /var/lib/extensions/k3s.raw\n"
     "  extgate explain signer-untrusted",
     Explain},
};

}  // namespace

void AddCheckOptions(CLI::App& verb, CheckOptions& options,
                     const char* as_help) {
  verb.add_option("IMAGE", options.images, "Image files")->required();
  verb.add_option("--policy", options.policies,
                  "Policy file, in place of this machine's policy")
      ->allow_extra_args(false);
  verb.add_option("--entry", options.entry,
                  "Decide as if this boot entry were booted");
  verb.add_option_function<std::string>(
          "--as",
          [&options](const std::string& word) {
            options.as_mode = FromWord<Mode>(word);
          },
          as_help)
      ->check(CLI::IsMember({"disabled", "permissive", "enforcing"}));
}

absl::Span<const VerbWords> ImageVerbs() { return kVerbs; }

}  // namespace extgate
