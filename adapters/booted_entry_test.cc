#include "adapters/booted_entry.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

// Writes `text`, ASCII, as a variable of the boot loader interface.
void SetLoader(const TempRoot& root, absl::string_view name,
               absl::string_view text) {
  std::string data("\x06\x00\x00\x00", 4);
  for (char c : text) {
    data += c;
    data += '\0';
  }
  data.append(2, '\0');
  root.File(absl::StrCat("/sys/firmware/efi/efivars/", name,
                         "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"),
            data);
}

TEST(EntryFromId, CutsExtensionAndCounters) {
  const struct {
    const char* id;
    const char* entry;
  } kCases[] = {
      {"active.conf", "active"},
      {"active+3.conf", "active"},
      {"active+2-1.conf", "active"},
      {"active_install-mode.conf", "active"},
      {"passive.efi", "passive"},
      {"Recovery.CONF", "recovery"},
      {"statereset+3.conf", "recovery"},
      {"\\EFI\\kairos\\active.efi", "active"},
      {"/EFI/Linux/debian+2-1.efi", "debian"},
      {"kairos+k3s+3.conf", "kairos+k3s"},
      {"debian+k3s.conf", "debian+k3s"},
      {"debian+1-2-3.conf", "debian+1-2-3"},
      {"debian+.conf", "debian+"},
      {"debian+1-.conf", "debian+1-"},
      {"debian", "debian"},
      {"auto-windows", "auto-windows"},
      {"", ""},
      {"..", ""},
      {"+3.conf", ""},
      {".conf", ""},
      {"x/..", ""},
  };
  for (const auto& c : kCases) EXPECT_EQ(EntryFromId(c.id), c.entry) << c.id;
}

struct Case {
  const char* name;
  std::vector<const char*> sentinels;  // below /run/cos
  const char* command_line;
  const char* selected;  // LoaderEntrySelected, "" for none
  const char* stub;      // StubImageIdentifier, "" for none
  const char* entry;
};

TEST(BootedEntry, TakesTheFirstThatSaysSomething) {
  const Case kCases[] = {
      {"nothing", {}, "quiet", "", "", ""},
      {"active", {"active_mode"}, "", "", "", "active"},
      {"passive", {"passive_mode"}, "", "", "", "passive"},
      {"recovery", {"recovery_mode"}, "", "", "", "recovery"},
      {"autoreset", {"autoreset_mode"}, "", "", "", "recovery"},
      {"live", {"live_mode"}, "", "", "", "live"},
      {"install media",
       {"uki_boot_mode", "uki_install_mode"},
       "",
       "active.conf",
       "",
       "live"},
      {"reset", {"active_mode"}, "quiet kairos.reset", "", "", "recovery"},
      {"reset from live media", {"live_mode"}, "kairos.reset", "", "", "live"},
      {"not a reset",
       {"active_mode"},
       "xkairos.reset kairos.resetx",
       "",
       "",
       "active"},
      {"sentinel before loader",
       {"passive_mode"},
       "",
       "active.conf",
       "",
       "passive"},
      {"label", {}, "root=LABEL=COS_PASSIVE ro", "", "", "passive"},
      {"recovery label", {}, "root=LABEL=COS_SYSTEM", "", "", "recovery"},
      {"label elsewhere", {}, "xroot=LABEL=COS_ACTIVE", "", "", ""},
      {"loader",
       {},
       "",
       "passive+2-1.conf",
       "\\EFI\\kairos\\active.efi",
       "passive"},
      {"stub", {}, "", "", "\\EFI\\Linux\\debian-6.12.efi", "debian-6.12"},
      {"loader says live", {}, "", "live+3.efi", "", ""},
      {"stub says live", {}, "", "", "\\EFI\\Linux\\live.efi", ""},
      {"loader says nothing", {}, "", "..", "\\EFI\\Linux\\x.efi", "x"},
  };
  for (const Case& c : kCases) {
    TempRoot root;
    for (const char* sentinel : c.sentinels) {
      root.File(absl::StrCat("/run/cos/", sentinel));
    }
    if (c.selected[0]) SetLoader(root, "LoaderEntrySelected", c.selected);
    if (c.stub[0]) SetLoader(root, "StubImageIdentifier", c.stub);
    EfiVariables variables(root.places());
    EXPECT_EQ(BootedEntry(root.places(), c.command_line, variables), c.entry)
        << c.name;
  }
}

}  // namespace
}  // namespace extgate
