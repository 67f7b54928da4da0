#include "adapters/elf_needed.h"

#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/file_image_reader.h"
#include "adapters/root_dir.h"
#include "adapters/testing/elf_builder.h"
#include "engine/image/buffer_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

const std::vector<std::string> kLibraries = {"libsystemd-shared-257.so",
                                             "libc.so.6"};
constexpr ElfShape kShapes[] = {ElfShape::k32Little, ElfShape::k32Big,
                                ElfShape::k64Little, ElfShape::k64Big};

absl::StatusOr<std::vector<std::string>> Read(const std::string& program) {
  BufferReader reader(
      {reinterpret_cast<const uint8_t*>(program.data()), program.size()});
  return NeededLibraries(reader);
}

TEST(NeededLibraries, ReadsEveryShape) {
  for (ElfShape shape : kShapes) {
    auto libraries = Read(BuildElf(shape, kLibraries));
    ASSERT_TRUE(libraries.ok()) << libraries.status();
    EXPECT_EQ(*libraries, kLibraries);
    auto none = Read(BuildElf(shape, {}));
    ASSERT_TRUE(none.ok()) << none.status();
    EXPECT_THAT(*none, IsEmpty());
  }
}

TEST(NeededLibraries, ReadsThisProgram) {
  // Through the file, since a magic link is refused: this test names libc.
  std::string path(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  ASSERT_GT(size, 0);
  path.resize(static_cast<size_t>(size));
  auto root = RootDir::Open("/");
  ASSERT_TRUE(root.ok());
  auto program = FileImageReader::Open(*root, path);
  ASSERT_TRUE(program.ok()) << program.status();
  auto libraries = NeededLibraries(**program);
  ASSERT_TRUE(libraries.ok()) << libraries.status();
  EXPECT_THAT(*libraries, Contains("libc.so.6"));
}

TEST(NeededLibraries, OtherFilesAreNoElf) {
  for (const std::string& text :
       {std::string(),
        std::string("\x7f"
                    "ELF"),
        std::string("#!/bin/sh\n"), std::string(64, '\0')}) {
    EXPECT_EQ(Read(text).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(NeededLibraries, EveryTruncationIsRefusedOrComplete) {
  for (ElfShape shape : kShapes) {
    const std::string whole = BuildElf(shape, kLibraries);
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(Read(whole.substr(0, size)).ok()) << size;
    }
  }
}

TEST(NeededLibraries, EveryFlippedBitIsSurvived) {
  size_t refused = 0;
  for (ElfShape shape : kShapes) {
    std::string program = BuildElf(shape, kLibraries);
    for (size_t bit = 0; bit < 8 * program.size(); ++bit) {
      program[bit / 8] ^= static_cast<char>(1 << (bit % 8));
      auto libraries = Read(program);
      if (!libraries.ok()) {
        ++refused;
      } else {
        // DT_NULL may have become one more DT_NEEDED.
        EXPECT_LE(libraries->size(), kLibraries.size() + 1);
      }
      program[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    }
  }
  EXPECT_GT(refused, 100u);
}

TEST(NeededLibraries, AbsurdTablesAreRefusedUnread) {
  std::string program = BuildElf(ElfShape::k64Little, kLibraries);
  program.resize(1 << 20);
  std::string segments = program;
  segments[56] = segments[57] = '\xff';  // e_phnum
  EXPECT_EQ(Read(segments).status().code(), absl::StatusCode::kDataLoss);
  std::string dynamic = program;
  dynamic[64 + 56 + 32 + 2] = '\x10';  // p_filesz of PT_DYNAMIC: 1 MiB
  EXPECT_EQ(Read(dynamic).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace extgate
