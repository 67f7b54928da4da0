// Way in: the constructor of TempRoot.
#include "adapters/testing/temp_root.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

void Check(bool done, absl::string_view what) {
  if (done) return;
  std::fprintf(stderr, "temp root: %s: %s\n", std::string(what).c_str(),
               std::strerror(errno));
  std::abort();
}

void MakeParents(const std::string& path) {
  fs::create_directories(fs::path(path).parent_path());
}

}  // namespace

TempRoot::TempRoot() {
  const char* base = std::getenv("TEST_TMPDIR");
  path_ = absl::StrCat(base == nullptr ? "/tmp" : base, "/root-XXXXXX");
  Check(mkdtemp(path_.data()) != nullptr, path_);
  Reopen();
}

void TempRoot::Reopen() {
  auto places = Places::Open({path_, "", "", ""});
  Check(places.ok(), path_);
  places_ = std::make_unique<Places>(*std::move(places));
}

TempRoot::~TempRoot() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempRoot::At(absl::string_view path) const {
  return absl::StrCat(path_, path);
}

void TempRoot::File(absl::string_view path, absl::string_view content) const {
  MakeParents(At(path));
  std::ofstream file(At(path), std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  Check(file.good(), path);
}

void TempRoot::Directory(absl::string_view path) const {
  fs::create_directories(At(path));
}

void TempRoot::Symlink(absl::string_view target, absl::string_view path) const {
  MakeParents(At(path));
  Check(symlink(std::string(target).c_str(), At(path).c_str()) == 0, path);
}

void TempRoot::Fifo(absl::string_view path) const {
  MakeParents(At(path));
  Check(mkfifo(At(path).c_str(), 0600) == 0, path);
}

void TempRoot::Socket(absl::string_view path) const {
  MakeParents(At(path));
  // A name relative to a descriptor: paths of sockets are short.
  const fs::path whole = At(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Check(fd >= 0, path);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const fs::path before = fs::current_path();
  fs::current_path(whole.parent_path());
  const std::string name = whole.filename().string();
  Check(name.size() < sizeof(address.sun_path), path);
  std::copy(name.begin(), name.end(), address.sun_path);
  Check(bind(fd, reinterpret_cast<const sockaddr*>(&address),
             sizeof(address)) == 0,
        path);
  fs::current_path(before);
  close(fd);
}

void TempRoot::Remove(absl::string_view path) const {
  fs::remove_all(At(path));
}

std::string TempRoot::Read(absl::string_view path) const {
  std::ifstream file(At(path), std::ios::binary);
  Check(file.good(), path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

bool TempRoot::Exists(absl::string_view path) const {
  struct stat info;
  return lstat(At(path).c_str(), &info) == 0;
}

std::vector<std::string> TempRoot::Tree(absl::string_view path) const {
  std::vector<std::string> names;
  const fs::path base = At(path);
  if (!fs::is_directory(base)) return names;
  for (const auto& entry : fs::recursive_directory_iterator(base)) {
    std::string name = entry.path().lexically_relative(base).string();
    if (entry.is_symlink()) {
      absl::StrAppend(&name, " -> ", fs::read_symlink(entry.path()).string());
    } else if (entry.is_directory()) {
      name += '/';
    }
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace extgate
