// Way in: HasKairosStore.
#include "adapters/kairos_store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/image/release_file.h"

namespace extgate {
namespace {

constexpr char kKairosRelease[] = "/etc/kairos-release";
constexpr uint64_t kMaxRelease = uint64_t{64} * 1024;  // bytes
// The first Kairos with a store.
constexpr int kStoreSince[] = {3, 4};

// KAIROS_VERSION; "" where no file says it.
std::string KairosVersion(const RootDir& tree) {
  for (const char* path :
       {kKairosRelease, "/etc/os-release", "/usr/lib/os-release"}) {
    const auto text = tree.ReadSmallFile(path, kMaxRelease);
    if (!text.ok()) continue;
    const auto fields = ParseReleaseFile(*text);
    if (!fields.ok()) continue;
    const auto version = fields->find("KAIROS_VERSION");
    if (version != fields->end() && !version->second.empty()) {
      return version->second;
    }
  }
  return "";
}

// Of "v3.3.1", as far as it is one.
bool IsBeforeTheStore(absl::string_view version) {
  absl::ConsumePrefix(&version, "v");
  const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
  int numbers[2] = {0, 0};
  for (size_t i = 0; i < 2; ++i) {
    if (i >= parts.size() || !absl::SimpleAtoi(parts[i], &numbers[i])) {
      return false;
    }
  }
  return std::pair(numbers[0], numbers[1]) <
         std::pair(kStoreSince[0], kStoreSince[1]);
}

}  // namespace

bool HasKairosStore(const Places& places) {
  const std::string version = KairosVersion(places.below_merged());
  if (version.empty()) return false;
  return !IsBeforeTheStore(version) ||
         places.root().Exists(absl::StrCat(kKairosDirectory, "/extensions"));
}

}  // namespace extgate
