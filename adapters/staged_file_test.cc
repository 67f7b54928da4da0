#include "adapters/staged_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Directory Images(const TempRoot& root) {
  return *root.places().root().MakeDirectories("/images", 0700);
}

absl::Span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(StagedFile, IsWrittenReadAndCommitted) {
  TempRoot root;
  auto file = StagedFile::Create(Images(root), 10);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE((*file)->WriteAt(4, Bytes("text")).ok());
  std::vector<uint8_t> out(6);
  ASSERT_TRUE((*file)->ReadAt(3, absl::MakeSpan(out)).ok());
  EXPECT_EQ(std::string(out.begin(), out.end()), std::string("\0text\0", 6));
  ASSERT_TRUE((*file)->Commit("done.raw").ok());
  EXPECT_THAT(root.Tree("/images"), ElementsAre("done.raw"));
  struct stat info;
  ASSERT_EQ(stat(root.At("/images/done.raw").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0444u);
  EXPECT_EQ(info.st_size, 10);

  EXPECT_EQ((*file)->WriteAt(0, Bytes("x")).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ((*file)->Commit("again.raw").code(),
            absl::StatusCode::kFailedPrecondition);
  file->reset();
  EXPECT_EQ(root.Read("/images/done.raw"), std::string("\0\0\0\0text\0\0", 10));
}

TEST(StagedFile, IsGoneUnlessCommitted) {
  TempRoot root;
  {
    auto one = StagedFile::Create(Images(root), 1);
    auto two = StagedFile::Create(Images(root), 1);
    ASSERT_TRUE(one.ok() && two.ok());
    EXPECT_EQ(root.Tree("/images").size(), 2u);
  }
  EXPECT_THAT(root.Tree("/images"), IsEmpty());
}

TEST(StagedFile, LeftoverOfTheSameNameIsNotTouched) {
  TempRoot root;
  const std::string left = absl::StrCat("/images/.tmp-", getpid(), "-0");
  root.File(left, "left");
  auto file = StagedFile::Create(Images(root), 1);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(root.Read(left), "left");
}

TEST(StagedFile, KeepsToItsSize) {
  TempRoot root;
  auto file = StagedFile::Create(Images(root), 4);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->WriteAt(0, Bytes("four")).ok());
  EXPECT_TRUE((*file)->WriteAt(4, {}).ok());
  for (uint64_t offset : {uint64_t{1}, uint64_t{4}, UINT64_MAX}) {
    EXPECT_EQ((*file)->WriteAt(offset, Bytes("four")).code(),
              absl::StatusCode::kOutOfRange)
        << offset;
  }
}

TEST(StagedFile, AbsurdSizeIsNoSpace) {
  TempRoot root;
  for (uint64_t size : {uint64_t{1} << 60, uint64_t{1} << 63, UINT64_MAX}) {
    EXPECT_EQ(StagedFile::Create(Images(root), size).status().code(),
              absl::StatusCode::kResourceExhausted)
        << size;
  }
  EXPECT_THAT(root.Tree("/images"), IsEmpty());
}

TEST(StagedFile, FileSizeLimitIsNoSpace) {
  TempRoot root;
  const Directory images = Images(root);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {4096, 4096};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(10);
    auto file = StagedFile::Create(images, 4097);
    _exit(absl::IsResourceExhausted(file.status()) ? 0 : 11);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_EQ(state, 0);
  EXPECT_THAT(root.Tree("/images"), IsEmpty());
}

// Runs `test` as InMountNamespace() does, with a tmpfs of `size` at /images.
template <typename Test>
int OnTmpfs(TempRoot& root, const char* size, Test test) {
  return InMountNamespace(root, [&] {
    return MountTmpfs(root, "/images", absl::StrCat("size=", size))
               ? test()
               : kNoRightToMount;
  });
}

TEST(StagedFile, ReserveStaysFree) {
  TempRoot root;
  constexpr uint64_t kMebibyte = 1 << 20;
  const struct {
    const char* tmpfs;
    uint64_t fits;  // mebibytes
    uint64_t does_not;
  } kCases[] = {
      {"32M", 30, 31},     // 5 % of a small one
      {"100M", 84, 85},    // 16 MiB
      {"1000M", 950, 951}  // 5 %
  };
  for (const auto& c : kCases) {
    const int state = OnTmpfs(root, c.tmpfs, [&] {
      const Directory images = Images(root);
      if (!StagedFile::Create(images, c.fits * kMebibyte).ok()) return 1;
      auto file = StagedFile::Create(images, c.does_not * kMebibyte);
      return absl::IsResourceExhausted(file.status()) ? 0 : 2;
    });
    if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
    EXPECT_EQ(state, 0) << c.tmpfs;
  }
}

TEST(StagedFile, DiskThatFillsUpWhileWritingIsNoSpace) {
  TempRoot root;
  const int state = OnTmpfs(root, "1M", [&] {
    const Directory images = Images(root);
    auto file = StagedFile::Create(images, 900 * 1024);
    if (!file.ok()) return 1;
    root.File("/images/other", std::string(800 * 1024, 'x'));
    const absl::Status status =
        (*file)->WriteAt(0, Bytes(std::string(900 * 1024, 'y')));
    return absl::IsResourceExhausted(status) ? 0 : 2;
  });
  if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
  EXPECT_EQ(state, 0);
}

}  // namespace
}  // namespace extgate
