// extgate policy image-policy explain, compare, normalise: texts of
// systemd.image-policy(7), without an image or a machine.
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "adapters/cli/table.h"
#include "adapters/cli/verbs.h"
#include "engine/image_policy_codec.h"
#include "policy/image_policy_algebra.h"
#include "policy/image_policy_comparison.h"
#include "policy/image_policy_explanation.h"
#include "policy/image_policy_reader.h"
#include "policy/printable.h"

namespace extgate {
namespace {

int Refused(const std::string& text, const ImagePolicyRefusal& refusal) {
  std::fprintf(stderr, "extgate: image policy `%s`: %s (%s, %s)\n",
               PrintableText(text).c_str(),
               PrintableText(refusal.message).c_str(), ToWord(refusal.error),
               ErrnoName(refusal.error));
  return kExitUsage;
}

Tone ToneOf(Fate fate) {
  switch (fate) {
    case Fate::kSignature:
      return Tone::kGood;
    case Fate::kRefused:
    case Fate::kFailed:
    case Fate::kIgnored:
    case Fate::kAbsent:
      return Tone::kFaint;
    case Fate::kUnprotected:
      return Tone::kWarning;
    case Fate::kEncrypted:
    case Fate::kVerity:
      return Tone::kPlain;
  }
  return Tone::kPlain;
}

void PrintExplanation(const ImagePolicyExplanation& explanation) {
  const Colour colour = ColourOf(stdout);
  std::printf("image policy: %s\n\n", explanation.normalised.c_str());
  Table rules({"PARTITION", "ACCEPTED", "READ-ONLY", "GROWFS", "FILESYSTEM"});
  for (const RuleInForce& rule : explanation.rules) {
    rules.Add({{rule.designator, Tone::kPlain},
               {rule.use, Tone::kPlain},
               {rule.read_only, Tone::kPlain},
               {rule.growfs, Tone::kPlain},
               {rule.filesystem, Tone::kPlain}});
  }
  std::fputs(rules.Render(colour).c_str(), stdout);
  std::printf("\n");
  std::vector<std::string> head = {"PARTITION", "STATE"};
  for (const SystemdRange& range : explanation.versions) {
    head.push_back("SYSTEMD " + ToString(range));
  }
  Table states(head);
  for (const AcceptedState& state : explanation.states) {
    std::vector<Cell> row = {{state.partition, Tone::kPlain},
                             {state.state, Tone::kPlain}};
    for (Fate fate : state.fates) row.push_back({ToWord(fate), ToneOf(fate)});
    states.Add(row);
  }
  std::fputs(states.Render(colour).c_str(), stdout);
  for (const std::string& note : explanation.notes) {
    std::printf("note: %s\n", PrintableText(note).c_str());
  }
}

const char* Does(Fate fate) {
  switch (fate) {
    case Fate::kRefused:
      return "refuses";
    case Fate::kFailed:
      return "fails to activate";
    case Fate::kIgnored:
      return "ignores";
    case Fate::kAbsent:
    case Fate::kUnprotected:
    case Fate::kEncrypted:
    case Fate::kVerity:
    case Fate::kSignature:
      return "accepts";
  }
  return "accepts";
}

void PrintWitness(const char* what, const ImageWitness& witness) {
  std::printf("%s: %s: the first %s it, the second %s it (systemd %s)\n", what,
              witness.image.c_str(), Does(witness.first), Does(witness.second),
              ToString(witness.versions).c_str());
}

}  // namespace

int ExplainImagePolicyVerb(const GlobalOptions& global,
                           const ImagePolicyOptions& options) {
  const std::string& text = options.texts.front();
  const auto explained = ExplainImagePolicy(text, options.systemd_version);
  if (const auto* refusal = std::get_if<ImagePolicyRefusal>(&explained)) {
    return Refused(text, *refusal);
  }
  const auto& explanation = std::get<ImagePolicyExplanation>(explained);
  if (global.format == Format::kJson) {
    std::fputs(ExplanationToJson(explanation).c_str(), stdout);
  } else {
    PrintExplanation(explanation);
  }
  return kExitDone;
}

int CompareImagePoliciesVerb(const GlobalOptions& global,
                             const ImagePolicyOptions& options) {
  const int version = options.systemd_version;
  int first_version = version == 0 ? 254 : version;
  std::vector<ImagePolicy> policies;
  for (const std::string& text : options.texts) {
    const auto read =
        ReadImagePolicy(text, {version, ImagePolicySpelling::Unknown::kRefuse});
    if (const auto* refusal = std::get_if<ImagePolicyRefusal>(&read)) {
      return Refused(text, *refusal);
    }
    policies.push_back(std::get<ImagePolicy>(read));
    // What only newer versions read is compared on those.
    if (version == 0 &&
        std::holds_alternative<ImagePolicyRefusal>(ReadImagePolicy(
            text, {259, ImagePolicySpelling::Unknown::kRefuse}))) {
      first_version = 260;
    }
  }
  const ImagePolicyRelation relation =
      CompareImagePolicies(policies[0], policies[1], first_version,
                           version == 0 ? kNewestSystemd : version);
  if (global.format == Format::kJson) {
    std::fputs(RelationToJson(relation).c_str(), stdout);
    return kExitDone;
  }
  std::printf("%s\n", ToWord(relation.relation));
  if (relation.looser) PrintWitness("looser", *relation.looser);
  if (relation.stricter) PrintWitness("stricter", *relation.stricter);
  return kExitDone;
}

int NormaliseImagePolicyVerb(const GlobalOptions& global,
                             const ImagePolicyOptions& options) {
  const std::string& text = options.texts.front();
  const auto read = ReadImagePolicy(
      text, {options.systemd_version, ImagePolicySpelling::Unknown::kRefuse});
  if (const auto* refusal = std::get_if<ImagePolicyRefusal>(&read)) {
    return Refused(text, *refusal);
  }
  const std::string normalised =
      Normalised(std::get<ImagePolicy>(read)).ToString();
  if (global.format == Format::kJson) {
    std::fputs(NormalisedToJson(text, normalised).c_str(), stdout);
  } else {
    std::printf("%s\n", normalised.c_str());
  }
  return kExitDone;
}

}  // namespace extgate
