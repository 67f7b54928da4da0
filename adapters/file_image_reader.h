// An image that is a regular file: one descriptor for all reads of it.
#ifndef EXTGATE_ADAPTERS_FILE_IMAGE_READER_H_
#define EXTGATE_ADAPTERS_FILE_IMAGE_READER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "adapters/descriptor_reader.h"
#include "adapters/root_dir.h"
#include "adapters/unique_fd.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Fills `out` from `offset` of `fd`, a file that had `size_bytes` when it was
// opened. Errors as ImageReader::ReadAt. `path` is for messages.
absl::Status ReadFileAt(int fd, uint64_t size_bytes, uint64_t offset,
                        absl::Span<uint8_t> out, absl::string_view path);

// The whole content of `file`. ResourceExhausted: it is longer than
// `limit_bytes`; else as ImageReader::ReadAt. `path` is for messages.
absl::StatusOr<std::string> ReadWhole(ImageReader& file, uint64_t limit_bytes,
                                      absl::string_view path);

// Thread-safe.
class FileImageReader : public DescriptorReader {
 public:
  // Opens `path` below `root`; errors as RootDir::OpenRegular.
  static absl::StatusOr<std::unique_ptr<FileImageReader>> Open(
      const RootDir& root, absl::string_view path);

  // Takes an open regular file. FailedPrecondition when it is none.
  static absl::StatusOr<std::unique_ptr<FileImageReader>> FromFd(
      UniqueFd fd, std::string path);

  // Opens a path as it was given on the command line, which may begin in the
  // working directory. Errors as ErrnoStatus(), and of FromFd().
  static absl::StatusOr<std::unique_ptr<FileImageReader>> OpenGiven(
      const std::string& path);

  int fd() const override { return fd_.get(); }

  uint64_t size_bytes() const override { return size_bytes_; }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;

 private:
  FileImageReader(UniqueFd fd, std::string path, uint64_t size_bytes)
      : fd_(std::move(fd)), path_(std::move(path)), size_bytes_(size_bytes) {}

  // Tells the kernel what is read next, once reads are large and in sequence.
  void AdviseAfter(uint64_t offset, uint64_t size);

  UniqueFd fd_;
  std::string path_;
  uint64_t size_bytes_;
  // Where the last read ended, of whichever thread.
  std::atomic<uint64_t> next_sequential_ = 0;
};

// ReadWhole() of a path as of FileImageReader::OpenGiven().
absl::StatusOr<std::string> ReadGiven(const std::string& path,
                                      uint64_t limit_bytes);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_FILE_IMAGE_READER_H_
