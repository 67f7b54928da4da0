// An image as far as rules ask about it, and the facts of one that is so.
#ifndef EXTGATE_POLICY_IMAGE_SKETCH_H_
#define EXTGATE_POLICY_IMAGE_SKETCH_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/facts.h"
#include "policy/hex_bytes.h"
#include "policy/signature_standing.h"
#include "policy/values.h"
#include "policy/words.h"

namespace extgate {

// What the data partition has beside it.
enum class SketchedHelpers {
  kNone,
  kTree,
  kTreeAndSignature,
};

template <>
struct Words<SketchedHelpers> {
  static constexpr char kNoun[] = "protection";
  static constexpr std::pair<SketchedHelpers, const char*> kTable[] = {
      {SketchedHelpers::kNone, "no hash tree"},
      {SketchedHelpers::kTree, "a hash tree, no signature"},
      {SketchedHelpers::kTreeAndSignature, "a hash tree and a signature"},
  };
};

struct ImageSketch {
  std::string name = "x";
  ImageClass image_class = ImageClass::kSysext;
  // Of the partition types; nullopt: of a filesystem without a table, which has
  // no helpers and is `root`.
  std::optional<Architecture> architecture = Architecture::kX8664;
  Designator designator = Designator::kRoot;
  SketchedHelpers helpers = SketchedHelpers::kTreeAndSignature;
  std::vector<Signer> signers;        // kTreeAndSignature: at least one
  std::optional<RootHash> root_hash;  // set unless kNone
  std::optional<FileDigest> sha256;
  uint64_t data_attributes = 0;  // GPT attribute bits
  bool root_below = false;       // with designator usr: as facts.h has it
  std::vector<std::string> other_designators;  // sorted
  std::map<std::string, std::string> release = {{"ID", "_any"}};
};

// Facts in which nothing is wrong: an erofs with an extension-release of the
// image's own name and, where there is a tree, UUIDs that fit its root hash.
ImageFacts FactsOf(const ImageSketch& sketch);

// As `signers` say: trusted when all of them are, and none without signature.
SignatureStanding StandingOf(const ImageSketch& sketch);

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_SKETCH_H_
