// Vectors of a host build of systemd's own packing, 252 to 260.
#include "engine/pcr/stub_archive.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "engine/pcr/pcr_bank.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

std::string ArchiveOf(StubArchive archive, const Files& files) {
  std::string bytes;
  StubArchiveWriter writer(archive, [&](absl::Span<const uint8_t> piece) {
    absl::StrAppend(&bytes, TextOf(piece));
  });
  for (const auto& [name, content] : files) {
    BufferReader reader(BytesOf(content));
    EXPECT_TRUE(writer.Add(name, reader).ok());
  }
  writer.End();
  return bytes;
}

std::string Sha256Hex(const std::string& bytes) {
  return absl::BytesToHexString(DigestIn(PcrBank::kSha256, bytes));
}

TEST(StubArchive, ThreeImages) {
  const std::string bytes = ArchiveOf(
      StubArchive::kSysext, {{"a.raw", "hello"},
                             {"empty.raw", ""},
                             {"k3s.sysext.raw", std::string(4096, '\0')}});
  EXPECT_EQ(bytes.size(), 4880u);
  EXPECT_EQ(Sha256Hex(bytes),
            "d2761f821baf8714a4a215b1e08f748b87361f966ef36f916bdc98f0590c3b60");
}

TEST(StubArchive, ACredential) {
  EXPECT_EQ(
      Sha256Hex(ArchiveOf(StubArchive::kCredentials, {{"x.cred", "cred"}})),
      "5d1b6d9e5c782a4737ff2ab1d0f670d72538877efd97634980ab21f6b4a61480");
}

TEST(StubArchive, AGlobalImage) {
  EXPECT_EQ(ArchiveOf(StubArchive::kGlobalSysext, {{"g.raw", "world"}}).size(),
            524u);
}

TEST(StubArchive, LongFilesComeInPieces) {
  const std::string content((size_t{1} << 20) + 3, 'x');
  const std::string bytes =
      ArchiveOf(StubArchive::kSysext, {{"a.raw", content}});
  EXPECT_TRUE(absl::StrContains(bytes, content));
  EXPECT_EQ(bytes.size() % 4, 0u);
}

// 4 GiB, of which nothing is read.
class Huge : public ImageReader {
 public:
  uint64_t size_bytes() const override { return uint64_t{1} << 32; }
  absl::Status ReadAt(uint64_t, absl::Span<uint8_t>) override {
    return absl::UnavailableError("read");
  }
};

TEST(StubArchive, FourGibAreTooMuch) {
  StubArchiveWriter writer(StubArchive::kSysext,
                           [](absl::Span<const uint8_t>) {});
  Huge huge;
  EXPECT_EQ(writer.Add("a.raw", huge).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(StubArchive, WhatTheStubTakes) {
  const std::string long_name = std::string(251, 'a') + ".raw";
  const struct {
    StubArchive archive;
    std::string name;
    int stub;
    const char* why;  // begins so; "": taken
  } kCases[] = {
      {StubArchive::kSysext, "a.raw", 252, ""},
      {StubArchive::kSysext, "A.RAW", 257, ""},
      {StubArchive::kSysext, "a.sysext.raw", 257, ""},
      {StubArchive::kSysext, "a b.raw", 257, ""},
      {StubArchive::kSysext, long_name, 257, ""},
      {StubArchive::kSysext, "a" + long_name, 257, "its name has more than"},
      {StubArchive::kSysext, ".a.raw", 257, "its name begins with a dot"},
      {StubArchive::kSysext, "\xc3\xa9.raw", 257, "its name is not ASCII"},
      {StubArchive::kSysext, "a.confext.raw", 255, ""},
      {StubArchive::kSysext, "a.confext.raw", 256, kOfAnotherKind},
      {StubArchive::kSysext, "a.CONFEXT.raw", 256, kOfAnotherKind},
      {StubArchive::kSysext, "a.cred", 257, kOfAnotherKind},
      {StubArchive::kSysext, "a.raw.bak", 257, kOfAnotherKind},
      {StubArchive::kConfext, "a.confext.raw", 256, ""},
      {StubArchive::kConfext, "a.confext.raw", 255, "the stub of systemd 255"},
      {StubArchive::kConfext, "a.raw", 256, kOfAnotherKind},
      {StubArchive::kGlobalSysext, "a.sysext.raw", 258, ""},
      {StubArchive::kGlobalSysext, "a.raw", 258, ""},
      {StubArchive::kGlobalSysext, "a.confext.raw", 258, kOfAnotherKind},
      {StubArchive::kGlobalSysext, "a.sysext.raw", 257, "the stub of systemd"},
      {StubArchive::kGlobalConfext, "a.confext.raw", 258, ""},
      {StubArchive::kCredentials, "a.cred", 252, ""},
      {StubArchive::kGlobalCredentials, "a.CRED", 252, ""},
      {StubArchive::kCredentials, "cred", 252, kOfAnotherKind},
  };
  for (const auto& c : kCases) {
    const std::string why = WhyNotTaken(c.archive, c.name, c.stub);
    EXPECT_TRUE(*c.why == '\0' ? why.empty() : absl::StartsWith(why, c.why))
        << ToWord(c.archive) << " " << c.name << ": " << why;
  }
}

}  // namespace
}  // namespace extgate
