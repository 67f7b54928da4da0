// What systemd would be told about images at hand, version by version: the
// decision of `check` and the plan of `apply`, without acting.
#ifndef EXTGATE_ENGINE_COMPILATION_H_
#define EXTGATE_ENGINE_COMPILATION_H_

#include <string>
#include <vector>

#include "engine/hand_over_reasons.h"
#include "engine/pipeline.h"
#include "policy/partition_fate.h"
#include "policy/values.h"

namespace extgate {

struct CompiledImage {
  std::string name;
  RuntimeEnforcement enforcement = RuntimeEnforcement::kNone;
  friend bool operator==(const CompiledImage&, const CompiledImage&) = default;
};

// For one class, on versions that are told alike.
struct CompiledHandOver {
  SystemdRange versions{0, 0};
  ImageClass image_class = ImageClass::kSysext;
  HandOver hand_over;
  std::vector<CompiledImage> staged;
  std::vector<HandOverPart> parts;
};

// An image that would not be staged.
struct WithheldName {
  SystemdRange versions{0, 0};
  std::string name;
  std::string path;
  Verdict verdict = Verdict::kDeny;
  std::string why;
};

struct Compilation {
  std::vector<CompiledHandOver> hand_overs;  // of classes with images
  std::vector<WithheldName> withheld;
};

// Decides about all candidates of `looks` once, and then for every version
// from `versions.first` to `versions.last` what follows. Every version is
// compiled by itself, since it also decides what is read and how it is called.
Compilation Compile(const Ports& ports, const HostFacts& host,
                    const LoadedPolicy& loaded, Looks& looks,
                    const SystemdRange& versions);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_COMPILATION_H_
