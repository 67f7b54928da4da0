// bytes -> ImageFacts, as the program does it: what is hostile in confinement,
// the rest here.
#ifndef EXTGATE_ENGINE_CONFINED_LOOK_H_
#define EXTGATE_ENGINE_CONFINED_LOOK_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "engine/confinement.h"
#include "engine/image/image_reader.h"
#include "engine/image/inspect.h"
#include "policy/facts.h"
#include "policy/values.h"

namespace extgate {

// A look at one image, from its start to its facts: those that Inspect() of
// engine/image/inspect.h gives, but for the proofs of LookAtStrangers.
// INVARIANT: nothing that the reader of a filesystem or of a PKCS#7 says can
// make an image look signed. Table, tree and root hash are read here; what the
// PKCS#7 claims is proved with a trusted key (TrustStore::Standing); and the
// filesystem's facts stand before the PKCS#7 is opened.
class ConfinedLook {
 public:
  // Reads the outside, and starts reading the inside: the PKCS#7, and from
  // Depth::kContents on the filesystem. `image` and `confinement` must outlive
  // it.
  ConfinedLook(ImageReader& image, absl::string_view file_name,
               ImageClass image_class, Reach reach, Confinement& confinement);

  // Waits for the inside; call once. Where its reader failed,
  // facts.unreadable says how.
  ImageFacts Finish();

 private:
  ImageReader& image_;
  const Reach reach_;
  ImageFacts facts_;
  std::unique_ptr<ConfinedRun> run_;  // nullptr: there is no inside
};

// The facts of `copy`, a private copy of the image that had the facts `first`,
// made with every data block checked against the tree of `first`. Where the
// outside of the copy is the same to the last bit that counts, so is what is
// inside, and it is not read again; else it is walked over if `walk` says so.
ImageFacts LookAtCopy(ImageReader& copy, const ImageFacts& first, TreeWalk walk,
                      Confinement& confinement);

// Of signers that are not trusted: finds out in confinement whether they are
// who they say, and adds it to `facts`. Where the reader fails facts.unreadable
// says how.
void LookAtStrangers(Confinement& confinement, ImageFacts& facts);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CONFINED_LOOK_H_
