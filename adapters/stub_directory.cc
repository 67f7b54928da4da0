// Way in: StubDirectoriesOf.
#include "adapters/stub_directory.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/case_blind.h"
#include "adapters/file_image_reader.h"
#include "engine/boot/entry_name.h"
#include "engine/boot/pe_sections.h"

namespace extgate {
namespace {

// Stubs that say no version are taken for one of those that cut counters off.
constexpr int kAnyStub = 255;
// Where a stub finds images for all entries, and the first one that does:
// systemd-stub(7).
constexpr char kGlobalImages[] = "/loader/extensions";
constexpr int kGlobalImagesSince = 258;
constexpr char kStub[] = "systemd-stub";
constexpr uint64_t kMaxStubMark = 4096;  // bytes

// The version of the stub that the program at `path` begins with, by the mark
// in it: "#### LoaderInfo: systemd-stub 257.13 ####". 0: it has none.
int StubVersion(const RootDir& tree, absl::string_view path) {
  const auto spelled = SpelledPath(tree, path);
  if (!spelled.ok()) return 0;
  const auto file = FileImageReader::Open(tree, *spelled);
  if (!file.ok()) return 0;
  const auto mark = ReadPeSection(**file, ".sdmagic", kMaxStubMark);
  if (!mark.ok()) return 0;
  absl::string_view info = *mark;
  return absl::ConsumePrefix(&info, "#### LoaderInfo: ")
             ? VersionOf(info, kStub)
             : 0;
}

std::string SpelledOr(const RootDir& tree, const std::string& path) {
  const auto spelled = SpelledPath(tree, path);
  return spelled.ok() ? *spelled : path;
}

}  // namespace

int VersionOf(absl::string_view info, absl::string_view program) {
  int version = 0;
  if (!absl::ConsumePrefix(&info, program)) return 0;
  info = absl::StripLeadingAsciiWhitespace(info);
  size_t digits = 0;
  while (digits < info.size() && absl::ascii_isdigit(info[digits])) ++digits;
  return absl::SimpleAtoi(info.substr(0, digits), &version) ? version : 0;
}

StubDirectories StubDirectoriesOf(const RootDir& tree,
                                  absl::string_view program,
                                  EfiVariables& variables) {
  int stub = StubVersion(tree, program);
  if (stub == 0) {
    const auto info = variables.LoaderVariable("StubInfo");
    if (info.ok()) stub = VersionOf(*info, kStub);
  }
  if (stub == 0) stub = kAnyStub;
  const size_t slash = program.rfind('/');
  const size_t name = slash == absl::string_view::npos ? 0 : slash + 1;
  StubDirectories directories;
  directories.own = SpelledOr(
      tree, absl::StrCat(program.substr(0, name),
                         ExtraDirectoryOf(program.substr(name), stub)));
  if (stub >= kGlobalImagesSince) {
    directories.for_all = SpelledOr(tree, kGlobalImages);
  }
  return directories;
}

}  // namespace extgate
