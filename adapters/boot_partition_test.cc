#include "adapters/boot_partition.h"

#include <string>
#include <vector>

#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

constexpr char kEsp[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
constexpr char kXbootldr[] = "bc13c2ff-59e6-4262-a352-b275fd6f7172";
constexpr char kLinux[] = "0fc63daf-8483-4772-8e79-3d69d8477de4";

MountedPartition At(const char* mount_point, const char* device,
                    const char* uuid, const char* type) {
  return {mount_point, device, uuid, type, true};
}

TEST(BootPartitionTest, TheOneThatWasBootedFromCounts) {
  const MountedPartition efi = At("/efi", "8:1", "aaaa", kEsp);
  const MountedPartition other = At("/boot/efi", "8:17", "bbbb", kEsp);
  const MountedPartition boot = At("/boot", "8:2", "cccc", kXbootldr);
  const MountedPartition root = At("/boot", "8:3", "dddd", kLinux);
  const MountedPartition unknown = At("/efi", "8:1", "", "");
  const MountedPartition media = At("/media/usb", "8:33", "eeee", kEsp);
  const struct {
    const char* name;
    std::vector<MountedPartition> mounted;
    const char* booted;
    const char* esp;  // "": NotFound
    const char* xbootldr;
  } cases[] = {
      {"one", {efi}, "aaaa", "/efi", ""},
      {"in capitals", {efi}, "AAAA", "/efi", ""},
      {"two, the second was booted", {efi, other}, "bbbb", "/boot/efi", ""},
      {"two, unknown which", {efi, other}, "", "/efi", ""},
      {"with xbootldr", {boot, efi}, "aaaa", "/efi", "/boot"},
      {"no esp beside it", {boot}, "", "", ""},
      {"a Linux at /boot", {root, other}, "", "/boot/efi", ""},
      {"another one is mounted", {efi}, "ffff", "", ""},
      {"elsewhere than usual", {efi, media}, "eeee", "/media/usb", ""},
      {"udev says nothing", {unknown}, "aaaa", "/efi", ""},
      {"udev says nothing of that one", {other, unknown}, "aaaa", "/efi", ""},
      {"nothing is mounted", {}, "aaaa", "", ""},
      {"no type and nothing of a loader",
       {{"/boot", "8:3", "", "", false}},
       "",
       "",
       ""},
  };
  for (const auto& c : cases) {
    const auto chosen = ChooseBootPartitions(c.mounted, c.booted);
    if (std::string(c.esp).empty()) {
      EXPECT_EQ(chosen.status().code(), absl::StatusCode::kNotFound) << c.name;
      continue;
    }
    ASSERT_TRUE(chosen.ok()) << c.name << chosen.status();
    EXPECT_EQ(chosen->esp, c.esp) << c.name;
    EXPECT_EQ(chosen->xbootldr, c.xbootldr) << c.name;
  }
  EXPECT_THAT(
      std::string(ChooseBootPartitions({efi}, "ffff").status().message()),
      HasSubstr("PARTUUID ffff) is not mounted"));
}

TEST(BootPartitionTest, OfATreeItIsTheFirstWithALoader) {
  TempRoot root;
  EXPECT_EQ(FindBootPartitions(root.places(), "", {}).status().code(),
            absl::StatusCode::kNotFound);
  root.Directory("/efi");
  root.Directory("/boot/grub");
  root.Directory("/boot/efi/EFI/Linux");
  auto found = FindBootPartitions(root.places(), "whatever", {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->esp.path, "/boot/efi");
  EXPECT_FALSE(found->xbootldr.has_value());
  root.Directory("/efi/Loader");
  found = FindBootPartitions(root.places(), "", {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->esp.path, "/efi");
  EXPECT_TRUE(found->esp.tree.Exists("/Loader"));
}

TEST(BootPartitionTest, DirectoriesCanBeNamed) {
  TempRoot root;
  root.Directory("/somewhere/loader");
  root.Directory("/else");
  const auto found = FindBootPartitions(
      root.places(), "", {root.At("/somewhere"), root.At("/else")});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->esp.path, root.At("/somewhere"));
  EXPECT_EQ(found->xbootldr->path, root.At("/else"));
  EXPECT_EQ(FindBootPartitions(root.places(), "", {"esp", ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FindBootPartitions(root.places(), "", {root.At("/gone"), ""})
                .status()
                .code(),
            absl::StatusCode::kNotFound);
}

TEST(BootPartitionTest, ThisMachineIsNoTree) {
  TempRoot root;
  EXPECT_FALSE(IsThisMachine(root.places()));
  const auto host = Places::Open({});
  ASSERT_TRUE(host.ok());
  EXPECT_TRUE(IsThisMachine(*host));
}

}  // namespace
}  // namespace extgate
