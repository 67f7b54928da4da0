// One way in: Compile.
#include "engine/compilation.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

bool SayTheSame(const CompiledHandOver& a, const CompiledHandOver& b) {
  return a.image_class == b.image_class && a.hand_over == b.hand_over &&
         a.staged == b.staged && a.parts == b.parts;
}

bool SayTheSame(const WithheldName& a, const WithheldName& b) {
  return a.path == b.path && a.verdict == b.verdict && a.why == b.why;
}

// Lengthens the range of what the version before said too.
template <typename Entry>
void AddOrLengthen(Entry entry, std::vector<Entry>& entries) {
  const auto found = std::find_if(
      entries.begin(), entries.end(), [&entry](const Entry& before) {
        return before.versions.last + 1 == entry.versions.first &&
               SayTheSame(before, entry);
      });
  if (found == entries.end()) {
    entries.push_back(std::move(entry));
  } else {
    found->versions.last = entry.versions.last;
  }
}

std::string WhyWithheld(const DecidedImage& image, const Plan& plan) {
  const std::optional<Excuse>& excuse = image.decision.excuse;
  const std::vector<Reason>& reasons =
      excuse.has_value() ? excuse->reasons : image.decision.reasons;
  if (!reasons.empty()) {
    const Reason& first = reasons.front();
    return absl::StrCat(ToWord(first.code), ": ", first.detail);
  }
  for (const Diagnostic& diagnostic : plan.diagnostics) {
    if (diagnostic.span.path == image.candidate.path) return diagnostic.message;
  }
  return "what the policy does about the violations of others";
}

// One version.
void CompileOne(const std::vector<DecidedImage>& images,
                const CompiledPolicy& policy, const HostFacts& host,
                Compilation& compilation) {
  const SystemdRange version = {host.systemd_version, host.systemd_version};
  const Plan plan = MakePlan(images, policy, host, {});
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    CompiledHandOver compiled;
    compiled.versions = version;
    compiled.image_class = image_class;
    compiled.hand_over = image_class == ImageClass::kSysext
                             ? plan.sysext.hand_over
                             : plan.confext.hand_over;
    std::vector<NamedShape> shapes;
    bool any = false;
    for (size_t i = 0; i < images.size(); ++i) {
      const DecidedImage& image = images[i];
      if (image.candidate.image_class != image_class) continue;
      any = true;
      if (plan.images[i].action != Action::kStage) {
        AddOrLengthen(
            WithheldName{version, image.facts.name, image.candidate.path,
                         image.decision.verdict, WhyWithheld(image, plan)},
            compilation.withheld);
        continue;
      }
      compiled.staged.push_back(
          {image.facts.name,
           plan.images[i].enforcement.value_or(RuntimeEnforcement::kNone)});
      if (image.candidate.kind != Container::kDirectory) {
        shapes.push_back({image.facts.name, ShapeOf(image)});
      }
    }
    if (!any || policy.mode == Mode::kDisabled) continue;
    compiled.parts = ReasonsFor(shapes, host.systemd_version);
    AddOrLengthen(std::move(compiled), compilation.hand_overs);
  }
}

}  // namespace

Compilation Compile(const Ports& ports, const HostFacts& host,
                    const LoadedPolicy& loaded, Looks& looks,
                    const SystemdRange& versions) {
  std::vector<DecidedImage> images;
  while (looks.Upcoming() != nullptr) {
    images.push_back(Decide(looks, WholeReach(loaded.policy),
                            {loaded.policy, loaded.trust, host, &ports.host},
                            ports.confinement));
  }
  std::vector<SignatureStanding> seen;
  for (const DecidedImage& image : images) seen.push_back(image.standing);
  Compilation compilation;
  // Of images at hand nobody asks whether they are all that is required.
  CompiledPolicy policy = loaded.policy;
  policy.required_rules.clear();
  HostFacts there = host;
  for (int version = versions.first; version <= versions.last; ++version) {
    there.systemd_version = version;
    const DecisionContext context = {loaded.policy, loaded.trust, there,
                                     &ports.host};
    for (size_t i = 0; i < images.size(); ++i) {
      DecidedImage& image = images[i];
      if (IsElsewhere(image.candidate, context)) continue;
      image.standing = seen[i];
      image.decision = DecideFacts(image.facts, image.standing, context);
      image.standing = CountedStanding(image, context);
    }
    CompileOne(images, policy, there, compilation);
  }
  return compilation;
}

}  // namespace extgate
