// What an installation is going to write, known before it writes.
#ifndef EXTGATE_ENGINE_INSTALL_INSTALL_STEPS_H_
#define EXTGATE_ENGINE_INSTALL_INSTALL_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/install/install_port.h"
#include "engine/install/installation.h"

namespace extgate {

// One file that is to be written.
struct InstallStep {
  size_t row = 0;        // of Installation::images
  size_t candidate = 0;  // of the images given
  InstallPlace place;
  InstallVolume volume;
  std::string file_name;
  std::vector<InstalledFile> replaced;  // what is that image there by now

  // The names of those that go once the file is there: of two files of one
  // image a boot would take the first by name.
  std::vector<std::string> TakenAway() const;
};

// Why an image is refused whose data is not what its hash tree says, from
// `offset` on, in bytes from its start.
std::string DataContradicts(uint64_t offset);

// The steps of one installation, in their order. Each of its rows is added
// here, those of what is not installed too. What it is given must outlive it.
class InstallSteps {
 public:
  InstallSteps(InstallPort& places, Installation& done)
      : places_(places), done_(done) {}

  // A row for `file_name`, the one of that candidate, in each of the places of
  // row.entry, with a step where there is nothing against it.
  void Plan(PlacedImage row, size_t candidate, const std::string& file_name);

  // A row of what is not installed.
  void Refuse(PlacedImage row, absl::string_view why);

  // OK where each step finds room once those before it are done; else
  // ResourceExhausted, with the file that does not.
  absl::Status CheckRoom() const;

  std::vector<InstallStep> Take() { return std::move(steps_); }

 private:
  void PlanOne(PlacedImage row, size_t candidate, const InstallPlace& place,
               const std::string& file_name);

  InstallPort& places_;
  Installation& done_;
  std::vector<InstallStep> steps_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_INSTALL_STEPS_H_
