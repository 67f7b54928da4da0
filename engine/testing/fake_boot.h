// Boot loader's partitions in memory, for tests: entries whose files are
// renamed, and notes.
#ifndef EXTGATE_ENGINE_TESTING_FAKE_BOOT_H_
#define EXTGATE_ENGINE_TESTING_FAKE_BOOT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/boot/boot_port.h"

namespace extgate {

class FakeBoot : public BootPort {
 public:
  // ---- what the test lays out ----
  BootAssessment assessment;
  std::map<std::string, std::vector<std::string>> extra_directories;  // by id
  absl::StatusOr<GrubAssessment> grub = absl::NotFoundError("no GRUB");
  // What a call answers, if it is not OK.
  absl::Status assessment_error;
  absl::Status set_tries_error;
  absl::Status note_error;

  // ---- what a run left behind ----
  std::map<std::string, std::string> notes;  // by name

  // Adds a description of that file name and sort key.
  void AddEntry(const std::string& file_name, const std::string& sort_key);
  // As Kairos installs them: active in its first try, passive and recovery.
  void AddKairosEntries();
  // The file names, sorted as shown.
  std::vector<std::string> FileNames() const;

  absl::StatusOr<BootAssessment> Assessment() override;
  absl::StatusOr<GrubAssessment> Grub() override { return grub; }
  absl::Status SetTries(const BootEntry& entry,
                        const std::optional<Tries>& tries) override;
  // The stem.
  std::string WordOf(const BootEntry& entry) override;
  std::vector<std::string> ExtraDirectories(const BootEntry& entry) override;
  absl::StatusOr<std::string> ReadNote(absl::string_view name) override;
  absl::Status WriteNote(absl::string_view name,
                         absl::string_view bytes) override;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_TESTING_FAKE_BOOT_H_
