#include "engine/pcr/add_ons.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "engine/boot/testing/uki.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using Sections = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<AddOn> Read(const Sections& sections, int stub,
                           const std::optional<std::string>& kernel_name) {
  const std::string bytes = BuildPe(sections);
  BufferReader reader(BytesOf(bytes));
  return ReadAddOn(reader, stub, kernel_name);
}

TEST(ReadAddOn, WhatEachVersionTakes) {
  const Sections all = {{".cmdline", std::string("quiet\0rest", 10)},
                        {".ucode", "u"},
                        {".initrd", "i"},
                        {".dtb", "d"}};
  const auto first = Read(all, 254, "");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->command_line, "quiet");
  EXPECT_FALSE(first->device_tree);
  EXPECT_FALSE(first->microcode.has_value());
  const auto second = Read(all, 256, "");
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->device_tree);
  EXPECT_FALSE(second->initrd.has_value());
  const auto third = Read(all, 257, "");
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->microcode->name, ".ucode");
  EXPECT_EQ(third->initrd->name, ".initrd");
  const auto none = Read({{".initrd", "i"}}, 256, "");
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->ignored, "it has nothing that this stub takes");
}

TEST(ReadAddOn, TheKernelItIsFor) {
  const struct {
    const char* kernel;
    const char* named;
    bool taken;
  } kCases[] = {
      {"6.1.0", "6.1.0", true}, {"6.1.0", "6.2.0", false},
      {"6.1.0", "6.1", true},  // it ends there, without a NUL
      {"6.1", "6.1.0", false},  {"", "6.1", true},
  };
  for (const auto& test : kCases) {
    const auto read = Read({{".cmdline", "x"}, {".uname", test.named}}, 257,
                           std::string(test.kernel));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->ignored.empty(), test.taken)
        << test.kernel << " and " << test.named;
  }
  const auto with_nul = Read(
      {{".cmdline", "x"}, {".uname", std::string("6.1\0", 4)}}, 257, "6.1.0");
  ASSERT_TRUE(with_nul.ok());
  EXPECT_EQ(with_nul->ignored, "it is for another kernel");
}

TEST(ReadAddOn, WhatIsNoAddOn) {
  EXPECT_EQ(Read({{".linux", "k"}, {".cmdline", "x"}}, 257, "")->ignored,
            "it is a kernel image, and no add-on");
  EXPECT_EQ(Read({{".cmdline", "\xff"}}, 257, "").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      Read({{".cmdline", std::string(70000, 'x')}}, 257, "").status().code(),
      absl::StatusCode::kResourceExhausted);
}

TEST(MeasuredCommandLines, EachVersionInItsWay) {
  const std::vector<std::string> for_all = {"  g1\t", ""};
  const std::vector<std::string> own = {"\ttab\x7f", "end \n"};
  const auto lines = [&](int stub) {
    return absl::StrJoin(MeasuredCommandLines(for_all, own, stub), "|");
  };
  EXPECT_EQ(lines(254), "  g1| tab\x7f end");
  EXPECT_EQ(lines(255), "  g1    tab\x7f end");
  EXPECT_EQ(lines(257), "g1  tab end");
  const std::vector<std::string> blank = {"  ", "\n"};
  for (const int stub : {254, 255, 257}) {
    EXPECT_TRUE(MeasuredCommandLines(blank, {}, stub).empty()) << stub;
  }
}

}  // namespace
}  // namespace extgate
