#include "adapters/owned_files.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kDropIn[] =
    "/run/systemd/system/systemd-sysext.service.d/zzz-extgate.conf";

ino_t Inode(const TempRoot& root, const char* path) {
  struct stat info = {};
  EXPECT_EQ(stat(root.At(path).c_str(), &info), 0);
  return info.st_ino;
}

TEST(WriteOwnedFiles, MakesTheFilesTheOnlyOnesOfOurs) {
  TempRoot root;
  root.File("/run/verity.d/extgate-old.crt", "old");
  root.File("/run/verity.d/extgate-same.crt", "same");
  root.File("/run/verity.d/.extgate-x.crt.new", "of a run that died");
  root.File("/run/verity.d/DB1.crt", "somebody's");
  root.File("/run/verity.d/extgate.txt", "somebody's");
  root.File("/run/systemd/sysext.conf.d/zzz-extgate.conf", "old");
  root.File("/run/systemd/confext.conf.d/zzz-extgate.conf.bak", "somebody's");
  root.File(kDropIn, "old");
  const ino_t same = Inode(root, "/run/verity.d/extgate-same.crt");

  const absl::Status status = WriteOwnedFiles(
      root.places(), {{kDropIn, "new"},
                      {"/run/verity.d/extgate-same.crt", "same"},
                      {"/run/verity.d/extgate-new.crt", "new"}});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(
      root.Tree("/run"),
      ElementsAre("systemd/", "systemd/confext.conf.d/",
                  "systemd/confext.conf.d/zzz-extgate.conf.bak",
                  "systemd/sysext.conf.d/", "systemd/system/",
                  "systemd/system/systemd-sysext.service.d/",
                  "systemd/system/systemd-sysext.service.d/zzz-extgate.conf",
                  "verity.d/", "verity.d/DB1.crt", "verity.d/extgate-new.crt",
                  "verity.d/extgate-same.crt", "verity.d/extgate.txt"));
  EXPECT_EQ(root.Read(kDropIn), "new");
  EXPECT_EQ(root.Read("/run/verity.d/extgate-new.crt"), "new");
  EXPECT_EQ(Inode(root, "/run/verity.d/extgate-same.crt"), same);
}

TEST(WriteOwnedFiles, NoneMakesNoFolder) {
  TempRoot root;
  EXPECT_TRUE(WriteOwnedFiles(root.places(), {}).ok());
  EXPECT_THAT(root.Tree("/"), IsEmpty());
}

TEST(WriteOwnedFiles, ReplacesALinkAndNotItsTarget) {
  TempRoot root;
  root.File("/etc/passwd", "untouched");
  root.Symlink("/etc/passwd", "/run/verity.d/extgate-1.crt");
  ASSERT_TRUE(
      WriteOwnedFiles(root.places(), {{"/run/verity.d/extgate-1.crt", "pem"}})
          .ok());
  EXPECT_EQ(root.Read("/etc/passwd"), "untouched");
  EXPECT_EQ(root.Read("/run/verity.d/extgate-1.crt"), "pem");
}

TEST(WriteOwnedFiles, RefusesWhatIsNotOurs) {
  for (const char* path :
       {"/etc/passwd", "/run/verity.d/other.crt", "/run/verity.d/extgate-1",
        "/run/verity.d/extgate-../../x.crt", "/run/verity.d/../extgate-1.crt",
        "/run/systemd/system/systemd-sysext.service.d/extgate.conf",
        "run/verity.d/extgate-1.crt", "/run/verity.d/.extgate-1.crt", ""}) {
    TempRoot root;
    root.File("/run/verity.d/extgate-old.crt", "old");
    EXPECT_EQ(WriteOwnedFiles(root.places(), {{path, "x"}}).code(),
              absl::StatusCode::kInvalidArgument)
        << path;
    EXPECT_TRUE(root.Exists("/run/verity.d/extgate-old.crt")) << path;
  }
}

TEST(WriteOwnedFiles, OneFailureDoesNotKeepTheOthers) {
  TempRoot root;
  root.File("/run/systemd", "not a directory");
  root.File("/run/verity.d/extgate-old.crt", "old");
  EXPECT_EQ(
      WriteOwnedFiles(root.places(),
                      {{kDropIn, "x"}, {"/run/verity.d/extgate-1.crt", "pem"}})
          .code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(root.Tree("/run/verity.d"), ElementsAre("extgate-1.crt"));
}

TEST(WriteOwnedFiles, GoesWhereRunIs) {
  TempRoot root;
  TempRoot run;
  auto places = Places::Open({root.path(), run.path(), "", ""});
  ASSERT_TRUE(places.ok());
  ASSERT_TRUE(
      WriteOwnedFiles(*places, {{"/run/verity.d/extgate-1.crt", "pem"}}).ok());
  EXPECT_EQ(run.Read("/verity.d/extgate-1.crt"), "pem");
  EXPECT_THAT(root.Tree("/"), IsEmpty());
}

}  // namespace
}  // namespace extgate
