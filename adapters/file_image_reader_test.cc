#include "adapters/file_image_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  }
  return bytes;
}

TEST(FileImageReader, ReadsEveryRangeInsideAndNoneBeyond) {
  TempRoot root;
  const std::string bytes = Pattern(5000);
  root.File("/x.raw", bytes);
  auto reader = FileImageReader::Open(root.places().root(), "/x.raw");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->size_bytes(), 5000u);
  const struct {
    uint64_t offset;
    size_t size;
    bool inside;
  } kCases[] = {
      {0, 5000, true},
      {0, 0, true},
      {4999, 1, true},
      {5000, 0, true},
      {4096, 904, true},
      {5000, 1, false},
      {0, 5001, false},
      {4999, 2, false},
      {5001, 0, false},
      {std::numeric_limits<uint64_t>::max(), 1, false},
      {std::numeric_limits<uint64_t>::max() - 1, 4, false},
  };
  for (const auto& c : kCases) {
    std::vector<uint8_t> out(c.size);
    const absl::Status status =
        (*reader)->ReadAt(c.offset, absl::MakeSpan(out));
    ASSERT_EQ(status.ok(), c.inside) << c.offset << " + " << c.size;
    if (c.inside) {
      EXPECT_EQ(std::string(out.begin(), out.end()),
                bytes.substr(c.offset, c.size));
    } else {
      EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    }
  }
}

TEST(FileImageReader, LargeReadsInSequenceGiveTheSameBytes) {
  TempRoot root;
  const std::string bytes = Pattern((3 << 20) + 17);
  root.File("/x.raw", bytes);
  auto reader = FileImageReader::Open(root.places().root(), "/x.raw");
  ASSERT_TRUE(reader.ok());
  std::string read;
  while (read.size() < bytes.size()) {
    std::vector<uint8_t> out(
        std::min<size_t>(1 << 20, bytes.size() - read.size()));
    ASSERT_TRUE((*reader)->ReadAt(read.size(), absl::MakeSpan(out)).ok());
    read.append(out.begin(), out.end());
  }
  EXPECT_TRUE(read == bytes);
}

TEST(FileImageReader, FileThatShrankIsUnavailable) {
  TempRoot root;
  root.File("/x.raw", Pattern(8192));
  auto reader = FileImageReader::Open(root.places().root(), "/x.raw");
  ASSERT_TRUE(reader.ok());
  ASSERT_EQ(truncate(root.At("/x.raw").c_str(), 4096), 0);
  std::vector<uint8_t> out(8192);
  const absl::Status status = (*reader)->ReadAt(0, absl::MakeSpan(out));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("shrank"), std::string::npos);
}

TEST(FileImageReader, KeepsTheFileItOpened) {
  TempRoot root;
  root.File("/x.raw", "first");
  auto reader = FileImageReader::Open(root.places().root(), "/x.raw");
  ASSERT_TRUE(reader.ok());
  root.Remove("/x.raw");
  root.File("/x.raw", "other");
  std::vector<uint8_t> out(5);
  ASSERT_TRUE((*reader)->ReadAt(0, absl::MakeSpan(out)).ok());
  EXPECT_EQ(std::string(out.begin(), out.end()), "first");
}

}  // namespace
}  // namespace extgate
