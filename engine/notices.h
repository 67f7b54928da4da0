// What a run tells the people and programs that watch the journal.
#ifndef EXTGATE_ENGINE_NOTICES_H_
#define EXTGATE_ENGINE_NOTICES_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/report.h"

namespace extgate {

// Message ids, as the catalog explains them (packaging/catalog).
inline constexpr char kMessageImage[] = "f1ff6ba19a63493ba384201a38ff8a40";
inline constexpr char kMessageRefused[] = "f0e7613612244ad6882aa3889a384740";
inline constexpr char kMessageDone[] = "fb1c49066a584c3d901d4a1c76bfec41";
inline constexpr char kMessageViolations[] = "7b7699a9c49448c58f6f72f315773986";
inline constexpr char kMessageBootFailed[] = "65736c8a5269446e971fa21b32e423cc";

// Severities of syslog(3).
enum class Priority {
  kError = 3,
  kWarning = 4,
  kInfo = 6,
};

// One entry. Fields in the order in which they are sent: names are upper-case
// letters, digits and `_`, values printable.
struct Notice {
  std::string message;  // a line
  std::string message_id;
  Priority priority = Priority::kInfo;
  std::vector<std::pair<std::string, std::string>> fields;
  friend bool operator==(const Notice&, const Notice&) = default;
};

// So many images get an entry each.
inline constexpr size_t kMostImageNotices = 256;

// The summary of `report` first, then an entry an image: those that are refused
// before the others. In disabled the summary alone.
std::vector<Notice> NoticesOf(const Report& report);

// A line for those who log in, "" when nothing is wrong: "extgate (enforcing):
// 2 images denied (`a`, `b`), 1 unmergeable (`c`); see `extgate status`". The
// troubles of troubles.h are in it, and in the summary.
std::string LoginMessage(const Report& report);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_NOTICES_H_
