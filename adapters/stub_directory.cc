// Way in: StubDirectoriesOf.
#include "adapters/stub_directory.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "engine/boot/entry_name.h"
#include "engine/boot/stub_version.h"
#include "engine/pcr/stub_archive.h"

namespace extgate {
namespace {

// Stubs that say no version are taken for one of those that cut counters off.
constexpr int kAnyStub = 255;

// The version of the stub that the program at `path` begins with; 0 where that
// is not to be known.
int StubVersionAt(PartitionFiles& tree, absl::string_view path) {
  const auto spelled = tree.Spelled(path);
  if (!spelled.ok()) return 0;
  const auto file = tree.Open(*spelled);
  return file.ok() ? StubVersionOf(**file) : 0;
}

std::string SpelledOr(PartitionFiles& tree, const std::string& path) {
  const auto spelled = tree.Spelled(path);
  return spelled.ok() ? *spelled : path;
}

}  // namespace

StubDirectories StubDirectoriesOf(PartitionFiles& tree,
                                  absl::string_view program, int stub) {
  const size_t slash = program.rfind('/');
  const size_t name = slash == absl::string_view::npos ? 0 : slash + 1;
  StubDirectories directories;
  directories.own = SpelledOr(
      tree, absl::StrCat(program.substr(0, name),
                         ExtraDirectoryOf(program.substr(name), stub)));
  if (stub >= MadeSince(StubArchive::kGlobalSysext)) {
    directories.for_all = SpelledOr(tree, kGlobalImages);
  }
  return directories;
}

StubDirectories StubDirectoriesOf(PartitionFiles& tree,
                                  absl::string_view program,
                                  EfiVariables& variables) {
  int stub = StubVersionAt(tree, program);
  if (stub == 0) {
    const auto info = variables.LoaderVariable("StubInfo");
    if (info.ok()) stub = VersionOf(*info, kStubProgram);
  }
  return StubDirectoriesOf(tree, program, stub == 0 ? kAnyStub : stub);
}

}  // namespace extgate
