// Which mode is in force, and who says so.
#ifndef EXTGATE_ENGINE_MODE_ANSWER_H_
#define EXTGATE_ENGINE_MODE_ANSWER_H_

#include <string>

#include "engine/policy_loader.h"
#include "engine/ports.h"
#include "policy/running_mode.h"

namespace extgate {

struct ModeOrigin {
  std::string mode;    // a word, or "none" of a floor that is not set
  std::string set_by;  // "/oem/90.yaml:3", or "built-in default"; "" of none
};

struct ModeAnswer {
  ModeOrigin mode;
  ModeOrigin floor;
  std::string until;  // of a running mode that ends before the boot; or ""
};

// Of `loaded`, as LoadPolicy(ports) gave it.
ModeAnswer AnswerMode(const LoadedPolicy& loaded, const Ports& ports);

// Why `running` would not be the mode in force on that machine, were it set: a
// floor, or a policy that is required and not there; "" where it would.
std::string WhyNotCounted(const RunningMode& running, const Ports& ports);

// As v1.ModeAnswer of proto/policy_verbs.proto, indented.
std::string ModeAnswerToJson(const ModeAnswer& answer);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_MODE_ANSWER_H_
