// What the filesystem inside an image says: facts whose reader met bytes that
// nobody vouches for.
#ifndef EXTGATE_POLICY_IMAGE_CONTENTS_H_
#define EXTGATE_POLICY_IMAGE_CONTENTS_H_

#include <map>
#include <string>
#include <vector>

#include "policy/evidence.h"
#include "policy/tree_facts.h"

namespace extgate {

// extension-release.NAME found inside, by systemd's rules.
struct ExtensionRelease {
  std::string name;  // NAME: the suffix of the file found inside
  // True when found only by the single-file fallback (another suffix than the
  // image's name), which systemd accepts in two cases; see
  // engine/image/extension_release.h.
  bool by_fallback = false;
  std::map<std::string, std::string> fields;  // unquoted; last one wins
  // True when that file's attribute user.extension-release.strict is false: the
  // one case of the two that systemd 252 and 253 know.
  bool lax = false;
  friend bool operator==(const ExtensionRelease&,
                         const ExtensionRelease&) = default;
};

// A part of ImageFacts: read in one go, kept, handed over and dropped together.
struct ImageContents {
  // "erofs", "squashfs", "ext4"; of root and usr, where they differ, with a `+`
  // between.
  Evidence<std::string> filesystem;
  Evidence<ExtensionRelease> release;
  // True when the image carries an os-release of its own
  // (/usr/lib/os-release), which systemd 254 and later refuse.
  bool has_os_release = false;
  // Paths inside that carry policy, trust or extgate itself.
  std::vector<std::string> forbidden_paths;
  Evidence<TreeFacts> tree;  // absent: nobody walked over it
  friend bool operator==(const ImageContents&, const ImageContents&) = default;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_CONTENTS_H_
