// The files of a FAT volume that lies in a file.
#ifndef EXTGATE_ADAPTERS_FAT_FILES_H_
#define EXTGATE_ADAPTERS_FAT_FILES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/descriptor_reader.h"
#include "adapters/open_file_state.h"
#include "adapters/partition_files.h"
#include "engine/image/fat.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Errors of every call are those of FatVolume too. Thread-compatible.
class FatFiles : public PartitionFiles {
 public:
  // `path` is of a file, as given on the command line. Errors as of
  // FileImageReader::OpenGiven and FatVolume::Open, with the path.
  static absl::StatusOr<std::unique_ptr<FatFiles>> Open(
      const std::string& path);

  absl::StatusOr<std::string> Spelled(absl::string_view path) override;
  absl::StatusOr<std::vector<DirectoryEntry>> List(
      absl::string_view path) override;
  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      absl::string_view path) override;

  // Whether nobody has written to it since it was opened: errors of
  // OpenFileState::Unchanged().
  absl::Status Unchanged() const { return state_.Unchanged(); }

 private:
  FatFiles(std::unique_ptr<DescriptorReader> image, OpenFileState state,
           FatVolume volume)
      : image_(std::move(image)),
        state_(std::move(state)),
        volume_(std::move(volume)) {}

  std::unique_ptr<DescriptorReader> image_;  // the volume reads it
  OpenFileState state_;                      // of its descriptor
  FatVolume volume_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_FAT_FILES_H_
