// What became of images that were to be installed, or taken away again, and of
// the signature that their disks open by.
#ifndef EXTGATE_ENGINE_INSTALL_INSTALLATION_H_
#define EXTGATE_ENGINE_INSTALL_INSTALLATION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policy/facts.h"
#include "policy/reason.h"
#include "policy/words.h"

namespace extgate {

// Of one image in one place.
enum class Placement {
  kNew,      // there was none of that name
  kReplace,  // another file had it
  kRemove,   // it is taken away
  kThere,    // it was there and stays, as a list of what there is has it
  kRefused,  // nothing is changed there, for what the image is or policy says
  kFailed,   // it could not be done
};

template <>
struct Words<Placement> {
  static constexpr char kNoun[] = "placement";
  static constexpr std::pair<Placement, const char*> kTable[] = {
      {Placement::kNew, "new"},         {Placement::kReplace, "replace"},
      {Placement::kRemove, "remove"},   {Placement::kThere, "there"},
      {Placement::kRefused, "refused"}, {Placement::kFailed, "failed"},
  };
};

struct PlacedImage {
  std::string source;  // path of the image as given; "" of one to remove
  std::string name;    // as systemd calls it; kSignatureFile
  // nullopt: it is no image but the signature.
  std::optional<ImageClass> image_class = ImageClass::kSysext;
  uint64_t size_bytes = 0;
  std::string entry;  // "" where it is for none
  std::string path;   // of the file there; "" where it gets none
  // In a boot of `entry`; nullopt: not decided about.
  std::optional<Verdict> verdict;
  std::vector<Reason> reasons;
  Placement placement = Placement::kRefused;
  std::string why;  // of kRefused and kFailed; else what there is to mind
  friend bool operator==(const PlacedImage&, const PlacedImage&) = default;
};

struct Installation {
  bool dry_run = false;
  std::vector<PlacedImage> images;   // by image, then by entry
  std::vector<std::string> rearmed;  // ids of entries that are counted again
  std::vector<std::string> remarks;  // what else was seen, or put right
};

// What class an image is of; "credential" of the signature.
std::string ClassWord(const PlacedImage& image);

// One line of JSON, without a newline (PlacedImage of proto/install.proto).
std::string PlacedToJson(const PlacedImage& image);

// One object, two spaces deep, ending in a newline (proto/install.proto).
std::string InstallationToJson(const Installation& installation);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_INSTALLATION_H_
