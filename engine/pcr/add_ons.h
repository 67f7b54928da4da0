// Add-ons to a kernel image: small PE files without a kernel, of which a stub
// takes a command line, microcode, an initrd or a device tree.
#ifndef EXTGATE_ENGINE_PCR_ADD_ONS_H_
#define EXTGATE_ENGINE_PCR_ADD_ONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/boot/pe_sections.h"
#include "engine/image/image_reader.h"

namespace extgate {

// The first stub that looks for them, beside its kernel image and in
// /loader/addons; and that takes microcode and initrds from them.
inline constexpr int kAddOnsSince = 254;
inline constexpr int kInitrdAddOnsSince = 257;

// Whether a file of that name is one: it ends in `.addon.efi`, in any case.
bool IsAddOnName(absl::string_view name);

// What a stub takes of one add-on, of sections as they lie in the file.
struct AddOn {
  std::string ignored;  // why it takes nothing; "" where it does
  std::optional<std::string> command_line;
  std::optional<PeSection> microcode;
  std::optional<PeSection> initrd;
  bool device_tree = false;
};

// What the stub of systemd `stub` takes of `file`, once the firmware has loaded
// it. `kernel_name` is .uname of the kernel image, "" where that has none and
// nullopt where it is not known. FailedPrecondition: that would have to be
// known; InvalidArgument: it is no PE file, or its command line no UTF-8;
// ResourceExhausted: its command line is longer than a kernel takes;
// Unavailable: I/O. Source: systemd-stub(7), src/boot/stub.c of 254 to 262.
absl::StatusOr<AddOn> ReadAddOn(ImageReader& file, int stub,
                                const std::optional<std::string>& kernel_name);

// The command lines that the stub measures, one event each, of those of the
// add-ons for all kernel images and of those of its own, each in the order of
// SortAsTheStub().
std::vector<std::string> MeasuredCommandLines(
    absl::Span<const std::string> for_all, absl::Span<const std::string> own,
    int stub);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_ADD_ONS_H_
