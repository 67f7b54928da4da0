// What a stub will find when it starts, out of files that are named one by one
// and of a partition.
#ifndef EXTGATE_ADAPTERS_MEASURED_SET_H_
#define EXTGATE_ADAPTERS_MEASURED_SET_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/held_files.h"
#include "adapters/named_partition.h"
#include "engine/pcr/prediction.h"

namespace extgate {

// A file under another name than it has where it lies.
struct NamedFile {
  std::string name;
  std::string path;
  friend bool operator==(const NamedFile&, const NamedFile&) = default;
};

struct MeasuredSetOptions {
  // Files beside the kernel image: images and credentials. With an ESP they are
  // there too, in place of those of the same name.
  std::vector<std::string> own;
  // What an installation changes beside the kernel image of the entry: names
  // of files that go, and files that come, over those of their names.
  std::vector<std::string> gone;
  std::vector<NamedFile> installed;
  // Files of /loader/extensions, /loader/credentials and /loader/addons.
  std::vector<std::string> global;
  // A partition: a directory, or a FAT in a file; and the id or the word of the
  // boot entry on it ("": the only one).
  std::string esp;
  std::string entry;
  std::string kernel_image;    // a file; "": that of the entry, if any
  int stub = 0;                // 0: by the kernel image
  std::optional<int> profile;  // nullopt: the first
  // StubInputs::command_line; instead of nullopt and "" what `options` of the
  // entry say, where it has any.
  std::optional<std::string> command_line;
  // As of StubInputs; nullopt of the boot loader: the one on the partition.
  std::optional<int> boot_loader;
  std::optional<bool> secure_boot;
  std::optional<bool> separator;
  bool no_credentials = false;    // none but those named
  bool add_ons_accepted = false;  // StubInputs::add_ons_accepted
  std::string phase = "enter-initrd";
  friend bool operator==(const MeasuredSetOptions&,
                         const MeasuredSetOptions&) = default;
};

// Not thread-safe. Readers that it gave may not outlive it.
class MeasuredSet {
 public:
  // Finds everything and opens no image yet. Paths are of the host. Errors of
  // the files with their paths; NotFound: no such entry; InvalidArgument: it
  // cannot be told what the stub takes, or an option contradicts another.
  static absl::StatusOr<std::unique_ptr<MeasuredSet>> Open(
      const MeasuredSetOptions& options);

  const StubInputs& inputs() const { return inputs_; }

  // What policies call the boot entry; "": none is known, or it has no name.
  const std::string& entry_word() const { return entry_word_; }

  // From now on each file is opened once (HeldFiles). Call it before any is
  // opened.
  void Hold();

  // Whether what was read since is still so: Unavailable, with the path of a
  // file that has changed. Of the kernel image nothing is said.
  absl::Status Unchanged() const;

 private:
  MeasuredSet() = default;

  absl::Status OpenEsp(const MeasuredSetOptions& options);
  absl::Status AddDirectory(const std::string& path,
                            std::vector<OfferedFile>& files);
  void Install(const MeasuredSetOptions& options);
  absl::Status AddFiles(const std::vector<std::string>& paths,
                        std::vector<OfferedFile>& files);
  absl::Status SettleStub(int stub);

  std::unique_ptr<NamedPartition> esp_;
  std::unique_ptr<ImageReader> kernel_image_;
  StubInputs inputs_;
  std::string entry_word_;
  std::optional<HeldFiles> held_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_MEASURED_SET_H_
