#include "adapters/run_staging.h"

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kA(64, 'a');
const std::string kB(64, 'b');

absl::Status Keep(RunStaging& staging, const std::string& address,
                  const std::string& content) {
  auto file = staging.Create(content.size());
  if (!file.ok()) return file.status();
  absl::Status status = (*file)->WriteAt(
      0, {reinterpret_cast<const uint8_t*>(content.data()), content.size()});
  return status.ok() ? staging.Commit(**file, address) : status;
}

std::string ReadCopy(RunStaging& staging, const std::string& address) {
  auto copy = staging.OpenCopy(address);
  if (!copy.ok()) return std::string(copy.status().message());
  std::vector<uint8_t> bytes((*copy)->size_bytes());
  const absl::Status status = (*copy)->ReadAt(0, absl::MakeSpan(bytes));
  return status.ok() ? std::string(bytes.begin(), bytes.end())
                     : std::string(status.message());
}

TEST(RunStaging, IsPrivate) {
  TempRoot root;
  root.Directory("/run/extgate/incoming/sysext");  // made by the initrd
  RunStaging staging(root.places());
  ASSERT_TRUE(staging.Lock().ok());
  struct stat info;
  ASSERT_EQ(stat(root.At("/run/extgate").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
}

TEST(RunStaging, LockKeepsRunsApartUntilThePortGoesAway) {
  TempRoot root;
  RunStaging second(root.places(), absl::Milliseconds(30));
  {
    RunStaging first(root.places());
    ASSERT_TRUE(first.Lock().ok());
    EXPECT_TRUE(first.Lock().ok());
    EXPECT_EQ(second.Lock().code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_TRUE(second.Lock().ok());
}

TEST(RunStaging, KeepsCopiesByAddress) {
  TempRoot root;
  RunStaging staging(root.places());
  EXPECT_EQ(staging.OpenCopy(kA).status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(Keep(staging, kA, "first").ok());
  EXPECT_EQ(ReadCopy(staging, kA), "first");
  // A later one of the same address takes the name; who has it open keeps it.
  auto open = staging.OpenCopy(kA);
  ASSERT_TRUE(open.ok());
  ASSERT_TRUE(Keep(staging, kA, "second").ok());
  EXPECT_EQ(ReadCopy(staging, kA), "second");
  EXPECT_EQ((*open)->size_bytes(), 5u);
}

TEST(RunStaging, AddressesAreChecked) {
  TempRoot root;
  RunStaging staging(root.places());
  for (const std::string& address :
       {std::string(), std::string("../x"), std::string(63, 'a'),
        std::string(65, 'a'), std::string(64, 'A'), std::string(64, 'g')}) {
    EXPECT_EQ(staging.OpenCopy(address).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
    EXPECT_EQ(Keep(staging, address, "x").code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
  EXPECT_THAT(root.Tree("/run/extgate/images"), IsEmpty());
}

TEST(RunStaging, CopyThatIsALinkOrFifoIsNotOpened) {
  TempRoot root;
  root.File("/secret");
  root.Symlink("/secret", absl::StrCat("/run/extgate/images/", kA, ".raw"));
  root.Fifo(absl::StrCat("/run/extgate/images/", kB, ".raw"));
  RunStaging staging(root.places());
  for (const std::string& address : {kA, kB}) {
    EXPECT_EQ(staging.OpenCopy(address).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
}

TEST(RunStaging, CommitTakesItsOwnFilesOnly) {
  class Other : public PrivateFile {
    uint64_t size_bytes() const override { return 0; }
    absl::Status ReadAt(uint64_t, absl::Span<uint8_t>) override {
      return absl::OkStatus();
    }
    absl::Status WriteAt(uint64_t, absl::Span<const uint8_t>) override {
      return absl::OkStatus();
    }
  };
  TempRoot root;
  Other other;
  EXPECT_EQ(RunStaging(root.places()).Commit(other, kA).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RunStaging, PruneKeepsTheNamedAndWhatIsNotACopy) {
  TempRoot root;
  RunStaging staging(root.places());
  ASSERT_TRUE(Keep(staging, kA, "a").ok());
  ASSERT_TRUE(Keep(staging, kB, "b").ok());
  root.File("/run/extgate/images/.tmp-1-0", "of a run that died");
  root.File("/run/extgate/images/notes", "somebody's");
  ASSERT_TRUE(staging.Prune({kA}).ok());
  EXPECT_THAT(root.Tree("/run/extgate/images"),
              ElementsAre(kA + ".raw", "notes"));
  ASSERT_TRUE(staging.Prune({}).ok());
  EXPECT_THAT(root.Tree("/run/extgate/images"), ElementsAre("notes"));
}

TEST(RunStaging, KnowsPackagedDropIns) {
  TempRoot root;
  RunStaging staging(root.places());
  EXPECT_FALSE(staging.HasPackagedDropIn(ImageClass::kSysext));
  root.File("/usr/lib/systemd/system/systemd-sysext.service.d/zzz-extgate.conf",
            "[Service]\nExecStart=\nExecStart=/usr/bin/extgate merge sysext\n");
  EXPECT_TRUE(staging.HasPackagedDropIn(ImageClass::kSysext));
  EXPECT_FALSE(staging.HasPackagedDropIn(ImageClass::kConfext));
}

TEST(RunStaging, KeepsTheReport) {
  TempRoot root;
  RunStaging staging(root.places());
  ASSERT_TRUE(staging.WriteReport("{\"version\":1}").ok());
  ASSERT_TRUE(staging.WriteReport("{\"version\":2}").ok());
  EXPECT_EQ(root.Read("/run/extgate/report.json"), "{\"version\":2}");
  EXPECT_THAT(root.Tree("/run/extgate"), ElementsAre("report.json"));
}

TEST(RunStaging, SnapshotTellsWhenSomebodyTouchedIt) {
  TempRoot root;
  RunStaging staging(root.places());
  ASSERT_TRUE(Keep(staging, kA, "A").ok());
  const SetEntry entry{SetEntry::Kind::kImage, "a", kA};
  ASSERT_TRUE(staging.Publish(ImageClass::kSysext, {entry}).ok());
  ASSERT_TRUE(
      staging.WriteOwnedFiles({{"/run/verity.d/extgate-a.crt", "PEM"}}).ok());
  std::string last = staging.Snapshot();
  // A run that changes nothing leaves it as it is, its report apart.
  ASSERT_TRUE(staging.Publish(ImageClass::kSysext, {entry}).ok());
  ASSERT_TRUE(
      staging.WriteOwnedFiles({{"/run/verity.d/extgate-a.crt", "PEM"}}).ok());
  ASSERT_TRUE(staging.Prune({kA}).ok());
  ASSERT_TRUE(staging.WriteReport("{}").ok());
  EXPECT_EQ(staging.Snapshot(), last);
  const std::function<void()> kTouches[] = {
      [&] { root.Remove("/run/extensions/a.raw"); },
      [&] { root.Symlink("/evil.raw", "/run/extensions/a.raw"); },
      [&] { root.Remove("/run/extgate/images/" + kA + ".raw"); },
      [&] { root.File("/run/verity.d/extgate-a.crt", "MEP"); },
      [&] { root.File("/run/verity.d/extgate-b.crt", "PEM"); },
      [&] { root.File("/run/systemd/sysext.conf.d/zzz-extgate.conf", "x"); },
      [&] { root.Directory("/run/confexts/x"); },
  };
  for (const auto& touch : kTouches) {
    touch();
    const std::string now = staging.Snapshot();
    EXPECT_NE(now, last);
    last = now;
  }
}

TEST(RunStaging, ReadsTheReportItKept) {
  TempRoot root;
  RunStaging staging(root.places());
  EXPECT_TRUE(absl::IsNotFound(staging.ReadReport().status()));
  ASSERT_TRUE(staging.WriteReport("{}").ok());
  EXPECT_EQ(*staging.ReadReport(), "{}");
}

TEST(RunStaging, StandsBelowAnotherRun) {
  TempRoot root;
  TempRoot run;
  auto places = Places::Open({root.path(), run.path(), "", ""});
  ASSERT_TRUE(places.ok());
  RunStaging staging(*places);
  ASSERT_TRUE(
      staging.Publish(ImageClass::kSysext, {{SetEntry::Kind::kImage, "a", kA}})
          .ok());
  EXPECT_TRUE(run.Exists("/extensions/a.raw"));
  EXPECT_THAT(root.Tree("/"), IsEmpty());
}

TEST(RunStaging, LinkInPlaceOfThePrivateDirectoryIsRefused) {
  TempRoot root;
  root.Directory("/elsewhere");
  root.Symlink("/elsewhere", "/run/extgate");
  RunStaging staging(root.places());
  EXPECT_EQ(staging.Lock().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(root.Tree("/elsewhere"), IsEmpty());
}

// What stands is read back so that the same calls make it again.
TEST(StandingTest, WhatWasReadIsMadeAgain) {
  TempRoot root;
  const std::string address(64, 'a');
  const std::vector<SetEntry> before = {
      {SetEntry::Kind::kDirectory, "directory", "/var/lib/acme/directory"},
      {SetEntry::Kind::kFile, "file", "/var/lib/acme/file_1.raw"},
      {SetEntry::Kind::kImage, "image", address},
      {SetEntry::Kind::kMask, "mask", ""},
      {SetEntry::Kind::kTree, "tree", std::string(64, 'b')}};
  const std::vector<OwnedFile> files = {
      {"/run/systemd/system/systemd-sysext.service.d/zzz-extgate.conf", "A"},
      {"/run/systemd/sysext.conf.d/zzz-extgate.conf", "B"},
      {"/run/verity.d/extgate-c.crt", "C"}};
  RunStaging staging(root.places());
  EXPECT_EQ(
      *staging.Standing(),
      (StagedState{
          {{ImageClass::kSysext, {}}, {ImageClass::kConfext, {}}}, {}, {}}));
  ASSERT_TRUE(staging.Publish(ImageClass::kSysext, before).ok());
  ASSERT_TRUE(staging.WriteOwnedFiles(files).ok());
  root.File("/run/extensions/somebody-elses.raw", "x");
  root.File("/run/verity.d/somebody-elses.crt", "x");
  auto standing = staging.Standing();
  ASSERT_TRUE(standing.ok()) << standing.status();
  EXPECT_EQ(standing->sets[ImageClass::kSysext], before);
  EXPECT_THAT(standing->sets[ImageClass::kConfext], IsEmpty());
  EXPECT_THAT(standing->owned_files,
              ::testing::UnorderedElementsAreArray(files));
  root.Remove("/run/extensions/somebody-elses.raw");
  const std::vector<std::string> tree = root.Tree("/run/extensions");

  ASSERT_TRUE(staging.Publish(ImageClass::kSysext, {}).ok());
  ASSERT_TRUE(staging.WriteOwnedFiles({}).ok());
  ASSERT_TRUE(
      staging.Publish(ImageClass::kSysext, standing->sets[ImageClass::kSysext])
          .ok());
  ASSERT_TRUE(staging.WriteOwnedFiles(standing->owned_files).ok());
  EXPECT_EQ(root.Tree("/run/extensions"), tree);
  EXPECT_EQ(*staging.Standing(), *standing);
}

// A link to what was moved aside, which a run is told of by its first place.
TEST(StandingTest, ALinkToAForeignDirectoryIsMadeAgain) {
  TempRoot root;
  root.File("/run/extensions/plain/usr/x", "x");
  RunStaging staging(root.places());
  ASSERT_TRUE(
      staging
          .Publish(ImageClass::kSysext, {{SetEntry::Kind::kDirectory, "plain",
                                          "/run/extensions/plain"}})
          .ok());
  const std::vector<std::string> tree = root.Tree("/run/extensions");
  auto standing = staging.Standing();
  ASSERT_TRUE(standing.ok()) << standing.status();
  ASSERT_TRUE(staging.Publish(ImageClass::kSysext, {}).ok());
  ASSERT_TRUE(
      staging.Publish(ImageClass::kSysext, standing->sets[ImageClass::kSysext])
          .ok());
  EXPECT_EQ(root.Tree("/run/extensions"), tree);
  EXPECT_TRUE(root.Exists("/run/extensions/plain/usr/x"));
}

TEST(LockTest, WhatIsUnlockedIsThereForOthers) {
  TempRoot root;
  RunStaging first(root.places());
  RunStaging second(root.places(), absl::ZeroDuration());
  ASSERT_TRUE(first.Lock().ok());
  EXPECT_TRUE(absl::IsUnavailable(second.Lock()));
  first.Unlock();
  EXPECT_TRUE(second.Lock().ok());
}

}  // namespace
}  // namespace extgate
