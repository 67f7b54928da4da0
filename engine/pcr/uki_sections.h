// What systemd-stub measures of the kernel image that it is part of, and
// systemd of the boot that follows: register 11.
#ifndef EXTGATE_ENGINE_PCR_UKI_SECTIONS_H_
#define EXTGATE_ENGINE_PCR_UKI_SECTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/boot/pe_sections.h"
#include "engine/image/image_reader.h"

namespace extgate {

// The sections of `kernel_image` that are measured when its profile `profile`
// (from 0) is started, in the order in which they are: the name of each with a
// NUL, then its content. Of an image without profiles only profile 0 is there.
// `stub` is the version of systemd; a stub measures what it knows.
// InvalidArgument: it is no PE file, or has no `.linux`; NotFound: it has no
// such profile; FailedPrecondition: what is measured depends on the machine
// (`.dtbauto`, `.efifw`). Source: systemd-stub(7), systemd-measure(1).
absl::StatusOr<std::vector<PeSection>> MeasuredSections(
    ImageReader& kernel_image, int profile, int stub);

// The section `name` that counts for a stub of version `stub` among `all` of a
// PE file, whichever profile is started: up to 256 the last one that begins so,
// from 257 on the first before all profiles. nullptr: there is none.
const PeSection* SectionForAll(const std::vector<PeSection>& all,
                               absl::string_view name, int stub);

// The content of `section` of `file` up to its first NUL, as a string in
// memory. ResourceExhausted: it is longer than any kernel takes; else as
// ReadPeSection.
absl::StatusOr<std::string> ReadSectionText(ImageReader& file,
                                            const PeSection& section);

// The words that are measured after that, one after the other, up to `phase`, a
// path as systemd-measure has them: "enter-initrd:leave-initrd". "" is none.
std::vector<std::string> PhaseWords(absl::string_view phase);

// The phases of a boot: those that systemd-measure signs for.
inline constexpr const char* kPhases[] = {
    "enter-initrd",
    "enter-initrd:leave-initrd",
    "enter-initrd:leave-initrd:sysinit",
    "enter-initrd:leave-initrd:sysinit:ready",
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_UKI_SECTIONS_H_
