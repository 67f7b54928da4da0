// Way in: CopyVerified. With a tree the order is: all bytes outside of the
// data first, then the data, each block checked against the copy's own tree
// while it is in memory.
#include "engine/verified_copy.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/tree_check.h"
#include "engine/image/whole_file.h"

namespace extgate {
namespace {

constexpr uint64_t kChunkBytes = uint64_t{1} << 20;

class Copier {
 public:
  // Without `target` it only reads and shows.
  Copier(ImageReader& source, PrivateFile* target, const Progress& progress)
      : source_(source),
        target_(target),
        progress_(progress),
        buffer_(kChunkBytes) {}

  // Copies `range`, showing each chunk to `see` before it is written; a failure
  // of `see` ends it.
  template <typename See>
  absl::Status Copy(const ByteRange& range, See see) {
    for (uint64_t done = 0; done < range.size;) {
      const uint64_t size = std::min(kChunkBytes, range.size - done);
      const absl::Span<uint8_t> chunk(buffer_.data(), size);
      absl::Status status = source_.ReadAt(range.offset + done, chunk);
      if (status.ok()) status = see(done, chunk);
      if (status.ok() && target_ != nullptr) {
        status = target_->WriteAt(range.offset + done, chunk);
      }
      if (!status.ok()) return status;
      done += size;
      copied_ += size;
      if (progress_) progress_(copied_, source_.size_bytes());
    }
    return absl::OkStatus();
  }

 private:
  ImageReader& source_;
  PrivateFile* target_;
  const Progress& progress_;
  std::vector<uint8_t> buffer_;
  uint64_t copied_ = 0;
};

// An image without a tree: nothing to check, so its whole digest names it.
// Where there is no `target`, only a copy that is there already will do.
absl::StatusOr<PrivateCopy> CopyWhole(ImageReader& source,
                                      std::unique_ptr<PrivateFile> target,
                                      CopyPlace& place,
                                      const Progress& progress) {
  StreamDigest digest;
  Copier copier(source, target.get(), progress);
  absl::Status status = copier.Copy(
      {0, source.size_bytes()}, [&](uint64_t, absl::Span<const uint8_t> chunk) {
        digest.Update(chunk);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  PrivateCopy copy;
  copy.sha256 = digest.Finish();
  copy.address = copy.sha256->hex();
  auto reader = target != nullptr
                    ? place.Commit(std::move(target), copy.address)
                    : place.OpenCopy(copy.address);
  if (!reader.ok()) return reader.status();
  copy.reader = *std::move(reader);
  return copy;
}

absl::StatusOr<std::string> CopyOutside(Copier& copier, const ByteRange& data,
                                        const VerityTree& tree,
                                        uint64_t file_size) {
  StreamDigest digest;
  digest.Update(
      BytesOf(absl::StrCat("extgate image 1 ", data.offset, " ", data.size, " ",
                           file_size, " ", tree.root_hash->hex(), "\n")));
  const auto see = [&](uint64_t, absl::Span<const uint8_t> chunk) {
    digest.Update(chunk);
    return absl::OkStatus();
  };
  const uint64_t end = data.offset + data.size;
  absl::Status status = copier.Copy({0, data.offset}, see);
  if (status.ok()) status = copier.Copy({end, file_size - end}, see);
  if (!status.ok()) return status;
  return digest.Finish().hex();
}

// As CopyWhole: only what lies outside of the data is read to find an earlier
// copy.
absl::StatusOr<PrivateCopy> CopyWithTree(ImageReader& source,
                                         std::unique_ptr<PrivateFile> target,
                                         const Layout& layout,
                                         const VerityTree& tree,
                                         CopyPlace& place,
                                         const Progress& progress) {
  const ByteRange data = CoveredData(layout, tree);
  Copier copier(source, target.get(), progress);
  absl::StatusOr<std::string> address =
      CopyOutside(copier, data, tree, source.size_bytes());
  if (!address.ok()) return address.status();
  PrivateCopy copy;
  copy.address = *std::move(address);
  copy.data_check.complete = true;
  if (auto before = place.OpenCopy(copy.address); before.ok()) {
    copy.reader = *std::move(before);
    return copy;
  } else if (target == nullptr) {
    return before.status();
  }
  // The tree of the copy, not of the source: who writes to the source from here
  // on changes nothing that was checked.
  TreeCheckOptions options;
  options.threads = TreeCheckThreads(data.size);
  options.tree_image = target.get();
  options.take = [&](uint64_t offset, absl::Span<const uint8_t> bytes) {
    return target->WriteAt(offset, bytes);
  };
  if (progress) {
    const uint64_t outside = source.size_bytes() - data.size;
    options.progress = [&, outside](uint64_t done, uint64_t) {
      progress(outside + done, source.size_bytes());
    };
  }
  const absl::StatusOr<TreeCheck> check =
      CheckTree(source, layout, tree, options);
  if (!check.ok()) return check.status();
  if (!check->data_check.complete) {
    PrivateCopy corrupt;
    corrupt.data_check = check->data_check;
    return corrupt;
  }
  auto reader = place.Commit(std::move(target), copy.address);
  if (!reader.ok()) return reader.status();
  copy.reader = *std::move(reader);
  return copy;
}

}  // namespace

absl::StatusOr<PrivateCopy> CopyVerified(ImageReader& source,
                                         const ImageFacts& facts,
                                         CopyPlace& place,
                                         WantDigest want_digest,
                                         const Progress& progress) {
  auto created = place.Create(source.size_bytes());
  const bool full = absl::IsResourceExhausted(created.status());
  if (!created.ok() && !full) return created.status();
  std::unique_ptr<PrivateFile> target;
  if (!full) target = *std::move(created);
  const Layout* layout = facts.layout.value();
  const VerityTree* tree = facts.verity.value();
  absl::StatusOr<PrivateCopy> copy =
      layout != nullptr && tree != nullptr && layout->verity.has_value()
          ? CopyWithTree(source, std::move(target), *layout, *tree, place,
                         progress)
          : CopyWhole(source, std::move(target), place, progress);
  if (full && !copy.ok()) return created.status();
  if (copy.ok() && copy->reader != nullptr && !copy->sha256.has_value() &&
      want_digest == WantDigest::kYes) {
    auto whole = ReadWholeFile(*copy->reader, nullptr, nullptr);
    if (!whole.ok()) return whole.status();
    copy->sha256 = whole->sha256;
  }
  return copy;
}

}  // namespace extgate
