// The bytes of an image into a file of our own, each checked on the way.
#ifndef EXTGATE_ENGINE_VERIFIED_COPY_H_
#define EXTGATE_ENGINE_VERIFIED_COPY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/image_reader.h"
#include "engine/ports.h"
#include "policy/facts.h"

namespace extgate {

// Told now and then how far a long copy is, in bytes of `total`.
using Progress = std::function<void(uint64_t done, uint64_t total)>;

// Whether the digest of the whole file is wanted besides.
enum class WantDigest { kNo, kYes };

struct PrivateCopy {
  // 64 hex digits. Of an image with a hash tree: SHA-256 over the place and
  // size of the data, its root hash, and every byte outside of it; else over
  // the whole file. Equal addresses, equal content.
  std::string address;
  std::unique_ptr<ImageReader> reader;
  DataCheck data_check;  // of the copy
  std::optional<FileDigest> sha256;
};

// Where copies go.
class CopyPlace {
 public:
  virtual ~CopyPlace() = default;

  // A new file of `size_bytes`. ResourceExhausted: no space.
  virtual absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      uint64_t size_bytes) = 0;

  // Keeps `file` as the copy of that address, and reads it.
  virtual absl::StatusOr<std::unique_ptr<ImageReader>> Commit(
      std::unique_ptr<PrivateFile> file, absl::string_view address) = 0;

  // A copy that was made before. NotFound when there is none.
  virtual absl::StatusOr<std::unique_ptr<ImageReader>> OpenCopy(
      absl::string_view address) = 0;
};

// Copies `source` into `place`, reading each byte of it once. With a valid tree
// in `facts` every data block is checked against the tree *of the copy* before
// it is written; the first that contradicts it ends the copy with
// data_check.first_bad_offset set, no reader, and nothing kept. A copy of the
// same address that was made before is used again, without reading the data;
// also where there is no room for another.
// Errors: ResourceExhausted (no space), Unavailable (I/O).
absl::StatusOr<PrivateCopy> CopyVerified(ImageReader& source,
                                         const ImageFacts& facts,
                                         CopyPlace& place,
                                         WantDigest want_digest,
                                         const Progress& progress);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_VERIFIED_COPY_H_
