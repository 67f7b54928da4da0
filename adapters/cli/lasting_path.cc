// One way in: LastingPath.
#include "adapters/cli/lasting_path.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "adapters/kairos_store.h"

namespace extgate {

std::string LastingPath(const Places& places, const std::string& path) {
  absl::string_view name = path;
  if (!absl::ConsumePrefix(&name, "/etc/extgate/policy.d/90-") ||
      !HasKairosStore(places) || !places.root().Exists("/oem")) {
    return path;
  }
  return absl::StrCat("/oem/90-extgate-", name);
}

}  // namespace extgate
