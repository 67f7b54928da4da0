#include "adapters/measured_set.h"

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "adapters/file_image_reader.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

// Longer than a tick of the clock that file systems go by.
void WaitATick() { absl::SleepFor(absl::Milliseconds(50)); }

class HeldSetTest : public ::testing::Test {
 protected:
  // A set of the files at `paths`, held.
  void Hold(const std::vector<std::string>& paths) {
    MeasuredSetOptions options;
    for (const std::string& path : paths) options.own.push_back(At(path));
    auto set = MeasuredSet::Open(options);
    ASSERT_TRUE(set.ok()) << set.status();
    set_ = *std::move(set);
    set_->Hold();
  }
  absl::StatusOr<std::string> Content(size_t file) {
    const OfferedFile copy = set_->inputs().own[file];
    const auto reader = copy.open();
    if (!reader.ok()) return reader.status();
    return ReadWhole(**reader, 100, copy.path);
  }
  std::string At(const std::string& path) { return root_.At(path); }

  TempRoot root_;
  std::unique_ptr<MeasuredSet> set_;
};

TEST_F(HeldSetTest, WhatIsOpenedIsWhatWasOpenedFirst) {
  root_.File("/a.raw", "first");
  root_.File("/b.raw", "other");
  Hold({"/a.raw", "/b.raw"});
  EXPECT_EQ(*Content(0), "first");
  EXPECT_EQ(*Content(1), "other");
  EXPECT_TRUE(set_->Unchanged().ok());
  WaitATick();
  root_.File("/new", "swapped");
  ASSERT_EQ(std::rename(At("/new").c_str(), At("/a.raw").c_str()), 0);
  EXPECT_EQ(*Content(0), "first");
  EXPECT_EQ(set_->Unchanged().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HeldSetTest, AWriteIsSeen) {
  root_.File("/a.raw", "first");
  Hold({"/a.raw"});
  root_.File("/a.raw", "before it is opened");
  EXPECT_EQ(*Content(0), "before it is opened");
  EXPECT_TRUE(set_->Unchanged().ok());
  WaitATick();
  root_.File("/a.raw", "afterwards, as long!");
  EXPECT_EQ(set_->Unchanged().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HeldSetTest, WhatIsNotThereStaysAway) {
  Hold({"/a.raw"});
  EXPECT_EQ(Content(0).status().code(), absl::StatusCode::kNotFound);
  root_.File("/a.raw", "late");
  EXPECT_EQ(Content(0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(set_->Unchanged().ok());
}

TEST_F(HeldSetTest, MoreFilesThanTheUsualLimit) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 400) GTEST_SKIP() << "the hard limit is low here";
  limit.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<std::string> paths;
  for (int i = 0; i < 300; ++i) {
    paths.push_back(absl::StrCat("/", i, ".raw"));
    root_.File(paths.back(), paths.back());
  }
  Hold(paths);
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < paths.size(); ++i) EXPECT_EQ(*Content(i), paths[i]);
  }
  EXPECT_TRUE(set_->Unchanged().ok());
}

TEST_F(HeldSetTest, AWriteToAPartitionInAFileIsSeen) {
  const std::string fat = At("/esp.img");
  ASSERT_EQ(std::system(absl::StrCat("PATH=$PATH:/usr/sbin:/sbin; truncate -s "
                                     "64M '",
                                     fat, "' && mkfs.vfat -F 32 '", fat,
                                     "' >/dev/null")
                            .c_str()),
            0);
  const auto partition = NamedPartition::Open(fat);
  ASSERT_TRUE(partition.ok()) << partition.status();
  EXPECT_TRUE((*partition)->Unchanged().ok());
  WaitATick();
  ASSERT_EQ(std::system(absl::StrCat("printf x | dd of='", fat,
                                     "' bs=1 seek=9000000 conv=notrunc "
                                     "status=none")
                            .c_str()),
            0);
  EXPECT_EQ((*partition)->Unchanged().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace extgate
