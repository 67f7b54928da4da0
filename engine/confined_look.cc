// Ways in: ConfinedLook, LookAtCopy, LookAtStrangers.
#include "engine/confined_look.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/crypto/block_hasher.h"
#include "engine/facts_codec.h"
#include "engine/image/buffer_reader.h"

namespace extgate {
namespace {

// What the reader of a filesystem has a say in.
ImageFacts FilesystemPart(const ImageFacts& facts) {
  ImageFacts part;
  part.unreadable = facts.unreadable;
  part.contents() = facts.contents();
  part.data_check = facts.data_check;
  return part;
}

void TakeFilesystemPart(ImageFacts part, ImageFacts& facts) {
  facts.unreadable = std::move(part.unreadable);
  facts.contents() = std::move(part.contents());
  facts.data_check = part.data_check;
}

// What the reader of a PKCS#7 has a say in.
ImageFacts SignaturePart(const ImageFacts& facts) {
  ImageFacts part;
  part.signature = VeritySignature{facts.signature.value()->root_hash, "",
                                   facts.signature.value()->claims};
  return part;
}

absl::Status TakeSignaturePart(ImageFacts part, ImageFacts& facts) {
  VeritySignature* const said = part.signature.value();
  if (said == nullptr) {
    return absl::UnavailableError("its reader said nothing of the signature");
  }
  facts.signature.value()->claims = std::move(said->claims);
  return absl::OkStatus();
}

bool ReadsFilesystem(Depth depth) { return depth != Depth::kSignaturePath; }

bool HasSignature(const ImageFacts& facts) {
  return facts.signature.value() != nullptr;
}

// Adds what the reader of the inside said to `facts`, of the outside.
absl::Status TakeParts(const std::vector<std::string>& parts, Depth depth,
                       ImageFacts& facts) {
  const size_t expected =
      size_t{ReadsFilesystem(depth)} + size_t{HasSignature(facts)};
  if (parts.size() != expected) {
    return absl::UnavailableError("its reader gave no whole answer");
  }
  size_t next = 0;
  if (ReadsFilesystem(depth)) {
    absl::StatusOr<ImageFacts> part = FactsFromBytes(parts[next++]);
    if (!part.ok()) return part.status();
    TakeFilesystemPart(*std::move(part), facts);
  }
  if (HasSignature(facts)) {
    absl::StatusOr<ImageFacts> part = FactsFromBytes(parts[next]);
    if (!part.ok()) return part.status();
    return TakeSignaturePart(*std::move(part), facts);
  }
  return absl::OkStatus();
}

// Whether what lies behind the outside of two images is the same: data that one
// tree covers, and one PKCS#7.
bool SameInside(const ImageFacts& a, const ImageFacts& b) {
  const VerityTree* const tree = a.verity.value();
  const VeritySignature* const one = a.signature.value();
  const VeritySignature* const other = b.signature.value();
  return tree != nullptr && a.verity == b.verity && a.layout == b.layout &&
         (one == nullptr) == (other == nullptr) &&
         (one == nullptr || (one->root_hash == other->root_hash &&
                             one->pkcs7_der == other->pkcs7_der));
}

}  // namespace

ConfinedLook::ConfinedLook(ImageReader& image, absl::string_view file_name,
                           ImageClass image_class, Reach reach,
                           Confinement& confinement)
    : image_(image),
      reach_(reach),
      facts_(InspectOutside(image, file_name, image_class)) {
  if (!facts_.unreadable.empty() || facts_.layout.value() == nullptr) return;
  if (!ReadsFilesystem(reach.depth) && !HasSignature(facts_)) return;
  if (const VerityTree* const tree = facts_.verity.value()) {
    const absl::Status prepared = BlockHasher::Prepare(tree->algorithm);
    if (!prepared.ok()) {
      facts_.unreadable = std::string(prepared.message());
      return;
    }
  }
  run_ = confinement.Start(
      image, [&](ImageReader& reader, const Confinement::Emit& emit) {
        ImageFacts inside = facts_;
        if (ReadsFilesystem(reach.depth)) {
          InspectFilesystem(reader, reach.walk, inside);
          emit(FactsToBytes(FilesystemPart(inside)));
        }
        // Of the outside: what was made of the filesystem has no say here.
        inside = facts_;
        if (HasSignature(inside)) {
          InspectSignature(inside);
          emit(FactsToBytes(SignaturePart(inside)));
        }
      });
}

ImageFacts ConfinedLook::Finish() {
  if (run_ != nullptr) {
    absl::StatusOr<std::vector<std::string>> parts = run_->Finish();
    const absl::Status status =
        parts.ok() ? TakeParts(*parts, reach_.depth, facts_) : parts.status();
    if (!status.ok()) facts_.unreadable = std::string(status.message());
  }
  if (reach_.depth == Depth::kEveryBlock) InspectEveryBlock(image_, facts_);
  return std::move(facts_);
}

ImageFacts LookAtCopy(ImageReader& copy, const ImageFacts& first, TreeWalk walk,
                      Confinement& confinement) {
  ImageFacts facts = InspectOutside(copy, first.file_name, first.image_class);
  if (facts.unreadable.empty() && first.unreadable.empty() &&
      !first.data_check.first_bad_offset && SameInside(facts, first) &&
      (walk == TreeWalk::kNo || !first.tree.absent())) {
    TakeFilesystemPart(FilesystemPart(first), facts);
    if (HasSignature(facts)) {
      facts.signature.value()->claims = first.signature.value()->claims;
    }
    return facts;
  }
  return ConfinedLook(copy, first.file_name, first.image_class,
                      {Depth::kContents, walk}, confinement)
      .Finish();
}

void LookAtStrangers(Confinement& confinement, ImageFacts& facts) {
  if (!HasSignature(facts)) return;
  // Nothing of an image is read: its PKCS#7 is here already.
  BufferReader nothing({});
  const std::unique_ptr<ConfinedRun> run = confinement.Start(
      nothing, [&](ImageReader&, const Confinement::Emit& emit) {
        ImageFacts inside = facts;
        InspectStrangers(inside);
        emit(FactsToBytes(SignaturePart(inside)));
      });
  absl::StatusOr<std::vector<std::string>> parts = run->Finish();
  const absl::Status status =
      parts.ok() ? TakeParts(*parts, Depth::kSignaturePath, facts)
                 : parts.status();
  if (!status.ok()) facts.unreadable = std::string(status.message());
}

}  // namespace extgate
