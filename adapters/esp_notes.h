// Small files of ours on the ESP, for whichever entry is booted next.
#ifndef EXTGATE_ADAPTERS_ESP_NOTES_H_
#define EXTGATE_ADAPTERS_ESP_NOTES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/root_dir.h"

namespace extgate {

// A note NAME is the files NAME.0 and NAME.1 in /loader/extgate, since FAT has
// no rename that a power cut cannot tear: the older of them is removed and
// written anew. Each begins with a line "extgate-note VERSION NUMBER LENGTH
// CRC", VERSION being 1, NUMBER counting on from note to note, LENGTH that of
// the bytes behind it, CRC the CRC-32 (in hex) of NUMBER, a newline and those
// bytes: what is torn is not taken, and of two that are whole the higher NUMBER
// counts. Neither locks nor remounts.
class EspNotes {
 public:
  // `esp` must outlive it.
  explicit EspNotes(const RootDir& esp) : esp_(esp) {}

  // As BootPort says. NotFound also where both are torn.
  absl::StatusOr<std::string> Read(absl::string_view name) const;
  absl::Status Write(absl::string_view name, absl::string_view bytes) const;

 private:
  const RootDir& esp_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_ESP_NOTES_H_
