#include "engine/boot/pe_sections.h"

#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void PutNumber(std::string& bytes, size_t at, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) {
    bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
  }
}

constexpr size_t kPe = 0x80;
constexpr size_t kTable = kPe + 24 + 16;  // behind 16 bytes of optional header

// A file with the sections .osrel, 10 bytes of 16, and .bss without content.
std::string SmallPe() {
  std::string bytes(0x200, '\0');
  bytes.replace(0, 2, "MZ");
  PutNumber(bytes, 0x3c, kPe, 4);
  bytes.replace(kPe, 4, std::string("PE\0\0", 4));
  PutNumber(bytes, kPe + 6, 2, 2);
  PutNumber(bytes, kPe + 20, 16, 2);
  bytes.replace(kTable, 6, ".osrel");
  PutNumber(bytes, kTable + 8, 10, 4);
  PutNumber(bytes, kTable + 16, 16, 4);
  PutNumber(bytes, kTable + 20, 0x180, 4);
  bytes.replace(kTable + 40, 4, ".bss");
  PutNumber(bytes, kTable + 48, 4096, 4);
  PutNumber(bytes, kTable + 60, 0xffffffff, 4);
  bytes.replace(0x180, 10, "ID=kairos\n");
  return bytes;
}

absl::StatusOr<std::vector<PeSection>> SectionsOf(const std::string& bytes) {
  BufferReader reader(BytesOf(bytes));
  return PeSections(reader);
}

TEST(PeSectionsTest, EachIsWhereItsRowSays) {
  const auto sections = SectionsOf(SmallPe());
  ASSERT_TRUE(sections.ok()) << sections.status();
  EXPECT_THAT(*sections, ElementsAre(PeSection{".osrel", 0x180, 10, 10},
                                     PeSection{".bss", 0xffffffff, 0, 4096}));
}

TEST(PeSectionsTest, OneIsReadByItsName) {
  const std::string bytes = SmallPe();
  BufferReader reader(BytesOf(bytes));
  EXPECT_EQ(*ReadPeSection(reader, ".osrel", 10), "ID=kairos\n");
  EXPECT_EQ(ReadPeSection(reader, ".osrel", 9).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*ReadPeSection(reader, ".bss", 9), "");
  EXPECT_EQ(ReadPeSection(reader, ".cmdline", 9).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(PeSectionsTest, WhatIsBrokenSaysWhere) {
  struct {
    const char* name;
    std::function<void(std::string&)> change;
    const char* why;
  } const cases[] = {
      {"empty", [](std::string& b) { b.clear(); },
       "the DOS header does not lie inside at offset 0"},
      {"no MZ", [](std::string& b) { b[0] = 'm'; }, "no `MZ` at offset 0"},
      {"far header", [](std::string& b) { PutNumber(b, 0x3c, 0xfffffff0, 4); },
       "the file header does not lie inside at offset 4294967280"},
      {"no PE", [](std::string& b) { b[kPe] = 'Q'; }, "no `PE` at offset 128"},
      {"many sections", [](std::string& b) { PutNumber(b, kPe + 6, 1025, 2); },
       "1025 sections at offset 134"},
      {"table behind the end",
       [](std::string& b) { PutNumber(b, kPe + 6, 1024, 2); },
       "the section table does not lie inside at offset 168"},
      {"section behind the end",
       [](std::string& b) { PutNumber(b, kTable + 20, 0x1f8, 4); },
       "a section that does not lie inside at offset 168"},
  };
  for (const auto& c : cases) {
    std::string bytes = SmallPe();
    c.change(bytes);
    const auto sections = SectionsOf(bytes);
    EXPECT_EQ(sections.status().code(), absl::StatusCode::kInvalidArgument)
        << c.name;
    EXPECT_THAT(std::string(sections.status().message()), HasSubstr(c.why))
        << c.name;
  }
}

TEST(PeSectionsTest, CutAnywhereItEndsWithAnAnswer) {
  const std::string whole = SmallPe();
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto sections = SectionsOf(whole.substr(0, size));
    EXPECT_EQ(sections.ok(), size >= 0x180 + 10) << size;
  }
}

}  // namespace
}  // namespace extgate
