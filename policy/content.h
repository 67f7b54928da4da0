// What a rule may say of the tree inside an image, key by key.
#ifndef EXTGATE_POLICY_CONTENT_H_
#define EXTGATE_POLICY_CONTENT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/tree_facts.h"
#include "policy/words.h"

namespace extgate {

// The keys of rules[].content but `deny`.
enum class ContentKind {
  kSetuid,        // setuid or setgid, but for directories
  kCapabilities,  // security.capability: capabilities(7), file capabilities
  kDevices,       // character and block devices, whiteouts apart
  kWhiteouts,  // what hides or moves host files: overlayfs' whiteouts, opaque
               // directories and redirects
  kOutside,    // files that no hierarchy takes: silently lost
  kTypeConflict,  // a file where the host has a directory, or the other way
  kShadow,        // a file where the host has one
};

template <>
struct Words<ContentKind> {
  static constexpr char kNoun[] = "content";
  static constexpr std::pair<ContentKind, const char*> kTable[] = {
      {ContentKind::kSetuid, "setuid"},
      {ContentKind::kCapabilities, "capabilities"},
      {ContentKind::kDevices, "devices"},
      {ContentKind::kWhiteouts, "whiteouts"},
      {ContentKind::kOutside, "outside"},
      {ContentKind::kTypeConflict, "type_conflict"},
      {ContentKind::kShadow, "shadow"},
  };
};

enum class ContentAction {
  kAllow,  // as where nothing is written
  kWarn,   // a diagnostic on the image
  kDeny,   // forbidden-content
};

template <>
struct Words<ContentAction> {
  static constexpr char kNoun[] = "action";
  static constexpr std::pair<ContentAction, const char*> kTable[] = {
      {ContentAction::kAllow, "allow"},
      {ContentAction::kWarn, "warn"},
      {ContentAction::kDeny, "deny"},
  };
};

// Whether a name is of that kind by itself; never for the two kinds that only a
// host tells.
// `hierarchies`: those of the image's class (policy/hierarchies.h).
bool IsOfKind(const TreeFile& file, ContentKind kind,
              const std::vector<std::string>& hierarchies);

}  // namespace extgate

#endif  // EXTGATE_POLICY_CONTENT_H_
