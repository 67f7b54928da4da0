// Way in: CopyVerified.
#include "engine/stager.h"

#include <memory>
#include <utility>

namespace extgate {
namespace {

class PrivateCopies : public CopyPlace {
 public:
  explicit PrivateCopies(StagingPort& staging) : staging_(staging) {}

  absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      uint64_t size_bytes) override {
    return staging_.Create(size_bytes);
  }
  absl::StatusOr<std::unique_ptr<ImageReader>> Commit(
      std::unique_ptr<PrivateFile> file, absl::string_view address) override {
    const absl::Status kept = staging_.Commit(*file, address);
    if (!kept.ok()) return kept;
    return staging_.OpenCopy(address);
  }
  absl::StatusOr<std::unique_ptr<ImageReader>> OpenCopy(
      absl::string_view address) override {
    return staging_.OpenCopy(address);
  }

 private:
  StagingPort& staging_;
};

}  // namespace

absl::StatusOr<PrivateCopy> CopyVerified(ImageReader& source,
                                         const ImageFacts& facts,
                                         StagingPort& staging,
                                         WantDigest want_digest,
                                         const Progress& progress) {
  PrivateCopies copies(staging);
  return CopyVerified(source, facts, copies, want_digest, progress);
}

}  // namespace extgate
