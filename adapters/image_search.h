// What of the entries of a directory is an extension image, by systemd's rules.
#ifndef EXTGATE_ADAPTERS_IMAGE_SEARCH_H_
#define EXTGATE_ADAPTERS_IMAGE_SEARCH_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/directory.h"
#include "adapters/places.h"
#include "adapters/set_record.h"
#include "engine/ports.h"
#include "engine/versioned_directory.h"
#include "policy/facts.h"

namespace extgate {

// When systemd searches a directory, among those of one class.
inline constexpr int kBeforeTheSet = 0;
// The staging directory, where all that is on offer will be.
inline constexpr int kWithTheSet = 1;

// One directory to look into.
struct ImageSource {
  HostPath directory;
  Place place = Place::kOffered;
  int order = kWithTheSet;
  // Images of both classes lie there: a confext is called `NAME.confext.raw`.
  bool of_both_classes = false;
  // Entries that were moved out of the staging directory lie there, and systemd
  // never looks.
  bool moved_aside = false;
  // What extgate itself staged there, which is passed over.
  std::optional<SetRecord> ours = {};
};

// What is found for one class, directory by directory. Not thread-safe.
//
// On offer (Place::kOffered) are regular files and symlinks `*.raw` and
// directories that carry an extension-release, but for hidden ones and those
// named for the other class; an empty file is nothing but a warning: FAT leaves
// one where an installation was cut short (image_folder.h). In place all counts
// that systemd would take: hidden files, block devices and all directories too.
//
// Of a directory of versions the one counts that systemd of the host would
// pick, under the name that the directory stands for; the others are no
// candidates. Names alone are judged here, on one listing of it: whatever has
// the picked name when it is opened is copied and decided. systemd before 256
// takes it for a plain directory: so it is in place, and nothing on offer.
//
// A symlink there that cannot be followed makes systemd give up, whatever it is
// called; so does a directory that cannot be read: both are candidates with a
// hazard. So is, where systemd looks before the set, an image beside which lies
// what systemd would take it by (sidecar.h). A symlink that was moved aside and
// leads to nothing is no candidate but a note, until something is there:
// kairos-agent leaves one where an extension is disabled.
//
// An empty directory in place is a mask: it hides what is called as it is, and
// lies in the same directory, in one that is searched later, or in the set.
// Nothing else is one: of a symlink to /dev/null systemd takes no notice, and
// an empty file is an image that makes it give up.
class ImageSearch {
 public:
  // `host` must outlive it.
  ImageSearch(ImageClass image_class, const HostFacts& host)
      : class_(image_class), host_(host) {}

  // A directory that is not there is silent; one that cannot be read is a
  // diagnostic.
  void LookInto(const ImageSource& source);

  // Adds all that was found to `found`, masks applied.
  void MoveTo(WithDiagnostics<std::vector<Candidate>>& found);

 private:
  struct Found {
    Candidate candidate;
    int order;
  };
  struct Mask {
    std::string path;
    int order;
  };

  void Add(const ImageSource& source, Candidate candidate);
  void TakeOffered(const ImageSource& source, const DirectoryEntry& entry);
  void TakeInPlace(const ImageSource& source, const DirectoryEntry& entry);
  void TakeMask(const ImageSource& source, const DirectoryEntry& entry);
  // True when that is a directory of versions and nothing else.
  bool TakeVersion(const ImageSource& source, const DirectoryEntry& entry);
  std::optional<std::string> Pick(const VersionedDirectory& versions,
                                  const HostPath& place);
  // True when it would be one to a newer systemd.
  bool PassOverVersions(const ImageSource& source, const DirectoryEntry& entry);
  void Note(const HostPath& place, absl::string_view why);
  void TellUnreadable(Severity severity, const HostPath& place,
                      std::string what, std::string help);
  bool IsForOtherClass(const ImageSource& source,
                       const DirectoryEntry& entry) const;
  bool CarriesRelease(const HostPath& tree) const;
  std::string MaskOf(const Found& found) const;

  const ImageClass class_;
  const HostFacts& host_;
  std::vector<Found> found_;
  std::map<std::string, Mask> masks_;  // by name as systemd calls an image
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_IMAGE_SEARCH_H_
