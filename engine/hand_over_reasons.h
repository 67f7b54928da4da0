// Why each part of what systemd is told is there.
#ifndef EXTGATE_ENGINE_HAND_OVER_REASONS_H_
#define EXTGATE_ENGINE_HAND_OVER_REASONS_H_

#include <string>
#include <vector>

#include "engine/hand_over.h"

namespace extgate {

struct NamedShape {
  std::string name;
  StagedShape shape;
};

struct HandOverPart {
  std::string part;  // "root=verity", "SYSTEMD_DISSECT_VERITY_SIGNATURE=0"
  std::string why;
  friend bool operator==(const HandOverPart&, const HandOverPart&) = default;
};

// One a flag, a variable and an argument of HandOverFor(staged, version), in
// the order in which they are said.
std::vector<HandOverPart> ReasonsFor(const std::vector<NamedShape>& staged,
                                     int systemd_version);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_HAND_OVER_REASONS_H_
