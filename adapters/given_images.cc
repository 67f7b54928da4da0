// Way in: GivenImages, an ImagePort over paths of the command line.
#include "adapters/given_images.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "adapters/directory_tree.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "adapters/root_dir.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

std::string FileName(absl::string_view path) {
  while (absl::ConsumeSuffix(&path, "/")) {
  }
  const size_t slash = path.rfind('/');
  return std::string(slash == absl::string_view::npos ? path
                                                      : path.substr(slash + 1));
}

bool IsDirectory(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

GivenImages::GivenImages(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    Candidate candidate;
    candidate.path = path;
    candidate.file_name = FileName(path);
    candidate.image_class =
        absl::EndsWith(candidate.file_name, ".confext.raw") ||
                absl::EndsWith(candidate.file_name, ".confext")
            ? ImageClass::kConfext
            : ImageClass::kSysext;
    if (IsDirectory(path)) candidate.kind = Container::kDirectory;
    candidates_.push_back(std::move(candidate));
  }
}

WithDiagnostics<std::vector<Candidate>> GivenImages::Candidates(
    const HostFacts&) {
  return {candidates_, {}};
}

absl::StatusOr<std::unique_ptr<ImageReader>> GivenImages::Open(
    const Candidate& candidate) {
  // Not waiting for a writer, should it be a FIFO.
  UniqueFd fd(open(candidate.path.c_str(),
                   O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return ErrnoStatus(errno, "open", candidate.path);
  auto reader = FileImageReader::FromFd(std::move(fd), candidate.path);
  if (!reader.ok()) return reader.status();
  return *std::move(reader);
}

absl::StatusOr<std::string> GivenImages::Stamp(const Candidate&) {
  return absl::UnimplementedError("named images are looked at once");
}

absl::StatusOr<std::unique_ptr<Filesystem>> GivenImages::OpenDirectory(
    const Candidate& candidate) {
  auto root = RootDir::Open(candidate.path);
  if (!root.ok()) return root.status();
  auto tree = DirectoryTree::Open(*root, "/");
  if (!tree.ok()) return tree.status();
  return *std::move(tree);
}

}  // namespace extgate
