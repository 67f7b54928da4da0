#include "adapters/image_folder.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ImageFolder FolderAt(const TempRoot& root, absl::string_view path,
                     FolderKind kind = FolderKind::kOrdinary) {
  root.Directory(path);
  auto directory = root.places().root().OpenDirectory(path);
  EXPECT_TRUE(directory.ok()) << directory.status();
  return ImageFolder(*std::move(directory), kind);
}

absl::Span<const uint8_t> BytesIn(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Writes `content` under its hidden name.
std::unique_ptr<IncompleteImage> Begin(const ImageFolder& folder,
                                       absl::string_view content) {
  auto file = folder.Create(content.size());
  EXPECT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->WriteAt(0, BytesIn(content)).ok());
  return *std::move(file);
}

void Put(const ImageFolder& folder, const std::string& name,
         absl::string_view content) {
  const auto file = Begin(folder, content);
  ASSERT_TRUE(file->Finish().ok());
  ASSERT_TRUE(folder.Commit(*file, name).ok());
}

TEST(ImageFolderTest, AFileHasItsNameWhenItIsWhole) {
  TempRoot root;
  const ImageFolder folder = FolderAt(root, "/a");
  const auto file = Begin(folder, "content");
  EXPECT_THAT(root.Tree("/a"), ElementsAre(".extgate-0.tmp"));
  ASSERT_TRUE(file->Finish().ok());
  ASSERT_TRUE(folder.Commit(*file, "k3s.sysext.raw").ok());
  EXPECT_THAT(root.Tree("/a"), ElementsAre("k3s.sysext.raw"));
  EXPECT_EQ(root.Read("/a/k3s.sysext.raw"), "content");
}

TEST(ImageFolderTest, ReplacesWhatHadTheName) {
  TempRoot root;
  root.File("/a/k3s.sysext.raw", "the old content");
  Put(FolderAt(root, "/a"), "k3s.sysext.raw", "new");
  EXPECT_EQ(root.Read("/a/k3s.sysext.raw"), "new");
  EXPECT_THAT(root.Tree("/a"), ElementsAre("k3s.sysext.raw"));
}

TEST(ImageFolderTest, WhatIsNotCommittedGoes) {
  TempRoot root;
  const ImageFolder folder = FolderAt(root, "/a");
  Begin(folder, "content");
  EXPECT_THAT(root.Tree("/a"), IsEmpty());
}

TEST(ImageFolderTest, WritesNothingBeyondItsSize) {
  TempRoot root;
  const ImageFolder folder = FolderAt(root, "/a");
  const auto file = Begin(folder, "content");
  EXPECT_TRUE(absl::IsOutOfRange(file->WriteAt(7, BytesIn("x"))));
  EXPECT_TRUE(absl::IsOutOfRange(file->WriteAt(~uint64_t{0}, BytesIn("xy"))));
}

TEST(ImageFolderTest, MoreThanThereIsRoomForIsTold) {
  TempRoot root;
  const ImageFolder folder = FolderAt(root, "/a");
  const auto file = folder.Create(uint64_t{1} << 62);
  EXPECT_TRUE(absl::IsResourceExhausted(file.status())) << file.status();
  EXPECT_THAT(root.Tree("/a"), IsEmpty());
}

TEST(ImageFolderTest, SharedFilesAreReplacedOneByOne) {
  TempRoot root;
  const ImageFolder active = FolderAt(root, "/active");
  const ImageFolder passive = FolderAt(root, "/passive");
  Put(active, "k3s.sysext.raw", "first");
  ASSERT_TRUE(passive.Share(active.directory(), "k3s.sysext.raw").ok());
  // Once more: it has that name already.
  ASSERT_TRUE(passive.Share(active.directory(), "k3s.sysext.raw").ok());
  EXPECT_EQ(root.Read("/passive/k3s.sysext.raw"), "first");
  Put(active, "k3s.sysext.raw", "second");
  EXPECT_EQ(root.Read("/active/k3s.sysext.raw"), "second");
  EXPECT_EQ(root.Read("/passive/k3s.sysext.raw"), "first");
  EXPECT_THAT(root.Tree("/passive"), ElementsAre("k3s.sysext.raw"));
}

TEST(ImageFolderTest, RemovesWhatIsThereAndMindsNotWhatIsNot) {
  TempRoot root;
  root.File("/a/k3s.sysext.raw", "content");
  const ImageFolder folder = FolderAt(root, "/a");
  EXPECT_TRUE(folder.Remove("k3s.sysext.raw").ok());
  EXPECT_TRUE(folder.Remove("k3s.sysext.raw").ok());
  EXPECT_THAT(root.Tree("/a"), IsEmpty());
}

TEST(ImageFolderTest, PutsRightWhatAnInterruptedInstallationLeft) {
  TempRoot root;
  root.File("/a/.extgate-3.tmp", "half of it");
  root.File("/a/other.sysext.raw", "content");
  root.File("/a/empty.sysext.raw", "");
  root.File("/a/notes.txt", "");
  const auto done = FolderAt(root, "/a").Repair();
  ASSERT_TRUE(done.ok()) << done.status();
  // Only FAT leaves empty ones; here somebody else did.
  EXPECT_THAT(*done, ElementsAre(HasSubstr(".extgate-3.tmp")));
  EXPECT_THAT(root.Tree("/a"),
              ElementsAre("empty.sysext.raw", "notes.txt", "other.sysext.raw"));
}

TEST(ImageFolderTest, OnFatEmptyImagesGoAndWhatMayShareClustersStays) {
  TempRoot root;
  root.File("/a/.extgate-3.tmp", "half of it");
  root.File("/a/.extgate-4.tmp", "");
  root.File("/a/other.sysext.raw", "content");
  root.File("/a/empty.sysext.raw", "");
  root.File("/a/extgate.tpm2-pcr-signature.cred", "");
  root.File("/a/other.cred", "");
  // Not on FAT really: nothing tells the clusters, where files have none.
  const auto done = FolderAt(root, "/a", FolderKind::kFat).Repair();
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_FALSE(root.Exists("/a/empty.sysext.raw"));
  EXPECT_FALSE(root.Exists("/a/.extgate-4.tmp"));
  EXPECT_TRUE(root.Exists("/a/other.sysext.raw"));
  EXPECT_FALSE(root.Exists("/a/extgate.tpm2-pcr-signature.cred"));
  EXPECT_TRUE(root.Exists("/a/other.cred"));
  EXPECT_EQ(done->size(), 4u);
}

TEST(ImageFolderTest, ASignatureIsNoImageAndHasASize) {
  TempRoot root;
  const ImageFolder folder = FolderAt(root, "/a");
  Put(folder, "extgate.tpm2-pcr-signature.cred", "content");
  root.File("/a/empty.cred", "");
  const auto images = folder.Files();
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_THAT(*images, IsEmpty());
  const auto size = folder.SizeOf("extgate.tpm2-pcr-signature.cred");
  ASSERT_TRUE(size.ok()) << size.status();
  EXPECT_EQ(*size, 7u);
  for (const char* none : {"empty.cred", "nothing.cred"}) {
    const auto no_size = folder.SizeOf(none);
    ASSERT_TRUE(no_size.ok()) << no_size.status();
    EXPECT_EQ(*no_size, std::nullopt) << none;
  }
}

}  // namespace
}  // namespace extgate
