// Way in: MakeSourceTree(), MakeImage(), then Differences().
#include "engine/image/filesystem_fixture.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kNoLimit = 64 << 20;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "filesystem fixture: %s\n", why.c_str());
  std::abort();
}

// Text that repeats, but not with one period: several clusters of differing
// compressed sizes.
std::string Compressible(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    absl::StrAppend(&text, "line ", random() % 97, " of ", random() % 7,
                    " says nothing new\n");
  }
  text.resize(size);
  return text;
}

std::string Incompressible(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

void WriteFiles(const std::string& root) {
  constexpr size_t kSizes[] = {0,     1,      100,    4000,   4095,
                               4096,  4097,   8191,   8192,   12288,
                               40000, 131072, 300001, 1 << 20};
  for (size_t size : kSizes) {
    WriteSourceFile(absl::StrCat(root, "/data/text-", size),
                    Compressible(size, 1));
    WriteSourceFile(absl::StrCat(root, "/data/noise-", size),
                    Incompressible(size, 2));
    WriteSourceFile(absl::StrCat(root, "/data/zero-", size),
                    std::string(size, '\0'));
    WriteSourceFile(
        absl::StrCat(root, "/data/mixed-", size),
        Compressible(size / 2, 3) + Incompressible(size - size / 2, 4));
  }
  // The same content again, shifted: what deduplication finds.
  WriteSourceFile(root + "/data/again",
                  Incompressible(10000, 5) + Compressible(1 << 20, 1));
  for (int i = 0; i < 1500; ++i) {
    WriteSourceFile(absl::StrCat(root, "/many/a-name-that-is-long-", i * 7919),
                    absl::StrCat(i));
  }
  WriteSourceFile(root + "/" + std::string(200, 'n'), "a long name");
  WriteSourceFile(root + "/a/b/c/d/e/f/g/h/deep", "deep");
  WriteSourceFile(root + "/-dash", "sorts before the dots");
  WriteSourceFile(root + "/\xc3\xa4\xff bytes", "not all UTF-8");
}

void WriteLinks(const std::string& root) {
  const std::pair<const char*, std::string> kLinks[] = {
      {"relative", "a/b"},
      {"absolute", "/a/b/c"},
      {"a/b/up", "../../data/text-100"},
      {"outside", "../../../a/b/c/d"},
      {"dangling", "no/such/thing"},
      {"loop", "loop"},
      {"chain", "relative/c/../up"},
      {"long", std::string(300, '/') + "data"},
      {"longer", std::string(2000, '/') + "many"},
  };
  for (const auto& [name, target] : kLinks) {
    fs::create_symlink(target, root + "/" + name);
  }
}

void CompareXattrs(Filesystem& filesystem, const fs::path& host,
                   const std::string& path, std::vector<std::string>* lines) {
  char names[65536];
  const ssize_t size = llistxattr(host.c_str(), names, sizeof(names));
  for (ssize_t at = 0; at < size;) {
    const std::string name = names + at;
    at += static_cast<ssize_t>(name.size()) + 1;
    if (name.rfind("user.", 0) != 0) continue;
    char value[65536];
    const ssize_t length =
        lgetxattr(host.c_str(), name.c_str(), value, sizeof(value));
    absl::StatusOr<std::optional<std::string>> read =
        filesystem.Xattr(path, name);
    if (!read.ok() || *read != std::string(value, length)) {
      lines->push_back(absl::StrCat(path, ": xattr ", name,
                                    " differs: ", read.status().ToString()));
    }
  }
  absl::StatusOr<std::optional<std::string>> none =
      filesystem.Xattr(path, "user.not-there");
  if (!none.ok() || none->has_value()) {
    lines->push_back(path + ": an xattr that is not there");
  }
}

void CompareFile(Filesystem& filesystem, const fs::path& host,
                 const std::string& path, std::vector<std::string>* lines) {
  const std::vector<uint8_t> expected = ReadHostFile(host);
  absl::StatusOr<std::string> read = filesystem.ReadFile(path, kNoLimit);
  if (!read.ok()) {
    lines->push_back(absl::StrCat(path, ": ", read.status().ToString()));
  } else if (*read != std::string(expected.begin(), expected.end())) {
    lines->push_back(path + ": content differs");
  }
  if (!expected.empty() &&
      !absl::IsResourceExhausted(
          filesystem.ReadFile(path, expected.size() - 1).status())) {
    lines->push_back(path + ": is read beyond the limit");
  }
}

// A symlink must lead to what it leads to on the host, chrooted into `root`;
// what the host cannot resolve without a chroot is left to other tests.
void CompareLink(Filesystem& filesystem, const fs::path& host,
                 const std::string& path, std::vector<std::string>* lines) {
  const std::string target = fs::read_symlink(host).string();
  if (target.find("/") == 0 || target.find("../../..") == 0) return;
  std::error_code error;
  const fs::file_status status = fs::status(host, error);
  absl::StatusOr<FileType> type = filesystem.TypeOf(path);
  if (error || !fs::exists(status)) {
    if (type.ok()) lines->push_back(path + ": leads somewhere");
  } else if (!type.ok() ||
             (*type == FileType::kDirectory) != fs::is_directory(status)) {
    lines->push_back(
        absl::StrCat(path, ": leads elsewhere: ", type.status().ToString()));
  }
}

struct stat HostStat(const fs::path& host) {
  struct stat info;
  if (lstat(host.c_str(), &info) != 0) Die(absl::StrCat("no ", host.string()));
  return info;
}

FileType HostType(const fs::path& host) {
  return FileTypeOfMode(HostStat(host).st_mode);
}

NodeFacts HostFacts(const fs::path& host) {
  const struct stat info = HostStat(host);
  NodeFacts facts;
  facts.type = FileTypeOfMode(info.st_mode);
  if (facts.type != FileType::kDirectory) {
    facts.size_bytes = static_cast<uint64_t>(info.st_size);
  }
  facts.permissions = info.st_mode & 07777;
  facts.uid = info.st_uid;
  facts.gid = info.st_gid;
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
    facts.device_major = major(info.st_rdev);
    facts.device_minor = minor(info.st_rdev);
  }
  if (facts.type == FileType::kSymlink) {
    facts.target = fs::read_symlink(host).string();
  }
  for (absl::string_view name : kWalkedXattrs) {
    char value[1024];
    const ssize_t size = lgetxattr(host.c_str(), std::string(name).c_str(),
                                   value, sizeof(value));
    if (size >= 0) facts.xattrs[std::string(name)] = std::string(value, size);
  }
  return facts;
}

std::string TextOf(const NodeFacts& facts) {
  std::string text = absl::StrCat(
      "type ", static_cast<int>(facts.type), ", ", facts.size_bytes,
      " bytes, mode ", absl::Hex(facts.permissions), ", owner ", facts.uid, ":",
      facts.gid, ", device ", facts.device_major, ":", facts.device_minor);
  for (const auto& [name, value] : facts.xattrs) {
    absl::StrAppend(&text, ", ", name, "=", value.size(), " bytes");
  }
  return text;
}

// Names that a walk must meet, in its order.
void ListHost(const fs::path& host, const std::string& path,
              std::vector<std::string>* paths) {
  paths->push_back(path);
  if (HostType(host) != FileType::kDirectory) return;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(host)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    ListHost(host / name, absl::StrCat(path, path.empty() ? "" : "/", name),
             paths);
  }
}

// Whether a step of making a tree was done; false where it is not allowed here.
bool Made(int result, const std::string& path) {
  if (result == 0) return true;
  if (errno != EPERM && errno != ENOTSUP && errno != EINVAL) {
    Die("cannot make " + path);
  }
  return false;
}

void WriteSpecial(const std::string& root) {
  const struct {
    const char* name;
    mode_t mode;
    dev_t device;
  } kNodes[] = {
      {"null", S_IFCHR | 0666, makedev(1, 3)},
      {"whiteout", S_IFCHR, makedev(0, 0)},
      {"disk", S_IFBLK | 0640, makedev(259, 70000)},
      {"far", S_IFCHR | 0600, makedev(4000, 1000000)},
      {"fifo", S_IFIFO | 0644, 0},
      {"socket", S_IFSOCK | 0755, 0},
  };
  for (const auto& node : kNodes) {
    const std::string path = root + "/" + node.name;
    Made(mknod(path.c_str(), node.mode, node.device), path);
  }
  const std::pair<const char*, mode_t> kModes[] = {
      {"setuid", 04755}, {"setgid", 02755}, {"sticky", 01644},
      {"all", 07777},    {"none", 0},
  };
  for (const auto& [name, mode] : kModes) {
    WriteSourceFile(root + "/bin/" + name, name);
    chmod((root + "/bin/" + name).c_str(), mode);
  }
  const std::pair<const char*, uid_t> kOwners[] = {{"nobody", 65534},
                                                   {"far", 3000000000u}};
  for (const auto& [name, id] : kOwners) {
    const std::string path = root + "/owned/" + name;
    WriteSourceFile(path, "");
    Made(chown(path.c_str(), id, id + 1), path);
  }
  // VFS_CAP_REVISION_2, cap_net_raw permitted and effective.
  const std::string capability("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                               20);
  for (absl::string_view name : kWalkedXattrs) {
    const bool capable = name == "security.capability";
    const std::string path = absl::StrCat(root, "/attributes/", name);
    fs::create_directories(path);
    if (capable) WriteSourceFile(path + "/file", "x");
    const std::string value = capable ? capability : "y";
    const std::string target = capable ? path + "/file" : path;
    Made(setxattr(target.c_str(), std::string(name).c_str(), value.data(),
                  value.size(), 0),
         target);
  }
  SetSourceXattr(root + "/bin/all", "user.other", "is not walked");
}

}  // namespace

void WriteSourceFile(const std::string& path, absl::string_view content) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) Die("cannot write " + path);
}

void SetSourceXattr(const std::string& path, const char* name,
                    absl::string_view value) {
  if (setxattr(path.c_str(), name, value.data(), value.size(), 0) != 0) {
    Die(absl::StrCat("no xattr on ", path));
  }
}

std::string NewTemporaryPath(absl::string_view name) {
  static int number = 0;
  const char* base = std::getenv("TEST_TMPDIR");
  return absl::StrCat(base == nullptr ? "/tmp" : base, "/", ++number, "-",
                      name);
}

std::string MakeSourceTree() {
  const std::string root = NewTemporaryPath("tree");
  fs::remove_all(root);
  WriteFiles(root);
  WriteLinks(root);
  fs::create_directories(root + "/empty");
  SetSourceXattr(root + "/data/text-100", "user.one", "1");
  SetSourceXattr(root + "/data/text-100", "user.two", std::string(1000, 'x'));
  SetSourceXattr(root + "/data/text-100", "user.empty", "");
  SetSourceXattr(root + "/a", "user.on-a-directory", "yes");
  for (int i = 0; i < 10; ++i) {  // often enough to be shared
    SetSourceXattr(absl::StrCat(root, "/many/a-name-that-is-long-", i * 7919),
                   "user.shared", std::string(100, 's'));
    SetSourceXattr(absl::StrCat(root, "/many/a-name-that-is-long-", i * 7919),
                   "user.own", absl::StrCat("own ", i));
  }
  return root;
}

const std::string& SharedSourceTree() {
  static const std::string* const kTree = new std::string(MakeSourceTree());
  return *kTree;
}

const std::string& SpecialSourceTree() {
  static const std::string* const kTree = [] {
    auto* root = new std::string(NewTemporaryPath("special"));
    fs::remove_all(*root);
    std::string deep = *root;
    for (size_t i = 0; i < kMaxWalkedDepth; ++i) deep += "/d";
    fs::create_directories(deep);
    WriteSpecial(*root);
    fs::create_symlink("bin", *root + "/link");
    fs::create_directories(*root + "/usr/lib");
    return root;
  }();
  return *kTree;
}

std::vector<uint8_t> ReadHostFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) Die("cannot read " + path);
  std::vector<uint8_t> bytes(static_cast<size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!file) Die("cannot read " + path);
  return bytes;
}

std::vector<uint8_t> MakeImage(const std::string& command,
                               const std::string& image_path) {
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) {
    Die("failed: " + command);
  }
  std::vector<uint8_t> image = ReadHostFile(image_path);
  fs::remove(image_path);
  return image;
}

std::vector<std::string> Differences(Filesystem& filesystem,
                                     const std::string& source) {
  std::vector<std::string> lines;
  std::vector<std::string> pending = {""};
  while (!pending.empty()) {
    const std::string path = pending.back();
    pending.pop_back();
    const fs::path host = fs::path(source) / path;
    std::vector<DirectoryEntry> expected;
    for (const auto& entry : fs::directory_iterator(host)) {
      expected.push_back(
          {entry.path().filename().string(), HostType(entry.path())});
    }
    std::sort(expected.begin(), expected.end(),
              [](const DirectoryEntry& a, const DirectoryEntry& b) {
                return a.name < b.name;
              });
    absl::StatusOr<std::vector<DirectoryEntry>> list = filesystem.List(path);
    if (!list.ok() || *list != expected) {
      lines.push_back(
          absl::StrCat(path, ": listing differs: ", list.status().ToString()));
    }
    CompareXattrs(filesystem, host, path, &lines);
    for (const DirectoryEntry& entry : expected) {
      const std::string child =
          path.empty() ? entry.name : absl::StrCat(path, "/", entry.name);
      // Each look-up in a long directory reads it whole; a sample is enough.
      if (path == "many" && entry.name.substr(entry.name.size() - 2) != "77")
        continue;
      switch (entry.type) {
        case FileType::kDirectory:
          pending.push_back(child);
          break;
        case FileType::kRegular:
          CompareFile(filesystem, host / entry.name, child, &lines);
          CompareXattrs(filesystem, host / entry.name, child, &lines);
          break;
        case FileType::kSymlink:
          CompareLink(filesystem, host / entry.name, child, &lines);
          break;
        case FileType::kCharDevice:
        case FileType::kBlockDevice:
        case FileType::kFifo:
        case FileType::kSocket:
        case FileType::kOther:
          break;
      }
    }
  }
  return lines;
}

std::vector<std::string> WalkDifferences(Filesystem& filesystem,
                                         const std::string& source) {
  std::vector<std::string> lines;
  std::vector<std::string> walked;
  absl::Status status =
      filesystem.Walk([&](absl::string_view path, const NodeFacts& facts) {
        walked.emplace_back(path);
        const fs::path host = fs::path(source) / walked.back();
        std::error_code error;
        if (!fs::exists(fs::symlink_status(host, error))) {
          lines.push_back(walked.back() + ": is not there");
          return true;
        }
        NodeFacts read = facts;
        if (read.type == FileType::kDirectory) read.size_bytes = 0;
        const NodeFacts expected = HostFacts(host);
        if (read != expected) {
          lines.push_back(absl::StrCat(walked.back(), ": ", TextOf(read),
                                       "; not ", TextOf(expected)));
        }
        return true;
      });
  if (!status.ok()) lines.push_back(status.ToString());
  std::vector<std::string> expected;
  ListHost(source, "", &expected);
  if (walked != expected) {
    lines.push_back(absl::StrCat("walked ", walked.size(), " names, not ",
                                 expected.size(), " in order"));
  }
  return lines;
}

int Exercise(Filesystem& filesystem) {
  int succeeded = 0;
  filesystem
      .Walk([&succeeded](absl::string_view, const NodeFacts&) {
        ++succeeded;
        return succeeded < 10000;
      })
      .IgnoreError();
  std::vector<std::string> pending = {""};
  for (size_t steps = 0; !pending.empty() && steps < 200; ++steps) {
    const std::string path = pending.back();
    pending.pop_back();
    absl::StatusOr<FileType> type = filesystem.TypeOf(path);
    if (!type.ok()) continue;
    ++succeeded;
    filesystem.Xattr(path, "user.extension-release.strict").IgnoreError();
    if (*type == FileType::kRegular) {
      succeeded += filesystem.ReadFile(path, 1 << 20).ok() ? 1 : 0;
    }
    if (*type != FileType::kDirectory || path.size() > 60) continue;
    absl::StatusOr<std::vector<DirectoryEntry>> list = filesystem.List(path);
    if (!list.ok()) continue;
    ++succeeded;
    for (const DirectoryEntry& entry : *list) {
      pending.push_back(
          absl::StrCat(path, path.empty() ? "" : "/", entry.name));
    }
  }
  return succeeded;
}

}  // namespace extgate
