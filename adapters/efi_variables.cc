// Ways in: Variable, LoaderVariable, SetLoaderVariable, ClearLoaderVariable.
#include "adapters/efi_variables.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/efi_variable.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

// EFI_GLOBAL_VARIABLE and EFI_IMAGE_SECURITY_DATABASE_GUID (UEFI), the shim
// lock GUID, and the boot loader interface.
constexpr char kGlobal[] = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr char kSecurityDatabase[] = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr char kShim[] = "605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr char kLoader[] = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

constexpr uint64_t kMaxVariable = 4 * 1024 * 1024;  // bytes

struct KnownVariable {
  const char* name;      // what the port calls it
  const char* variable;  // what the firmware calls it
  const char* vendor;
};
constexpr KnownVariable kKnown[] = {
    {"PK", "PK", kGlobal},           {"KEK", "KEK", kGlobal},
    {"db", "db", kSecurityDatabase}, {"dbx", "dbx", kSecurityDatabase},
    {"MOK", "MokListRT", kShim},
};

// The firmware may ask to be called again (EINTR), as efivarfs does where
// somebody reads too often.
constexpr int kTries = 20;

// efivarfs has every variable immutable that it does not know to be harmless
// (kernel: Documentation/filesystems/efivarfs.rst): lifts that while it lives,
// as chattr -i does, and puts back what was there. A file that is not there, or
// on a file system that has no such thing, stays as it is.
class Mutable {
 public:
  explicit Mutable(const HostPath& file) {
    auto fd = file.root->OpenAt(file.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    if (!fd.ok() || ioctl(fd->get(), FS_IOC_GETFLAGS, &flags_) != 0) return;
    if ((flags_ & FS_IMMUTABLE_FL) == 0) return;
    int lifted = flags_ & ~FS_IMMUTABLE_FL;
    if (ioctl(fd->get(), FS_IOC_SETFLAGS, &lifted) == 0) fd_ = *std::move(fd);
  }
  ~Mutable() {
    if (fd_.valid()) ioctl(fd_.get(), FS_IOC_SETFLAGS, &flags_);
  }
  Mutable(const Mutable&) = delete;
  Mutable& operator=(const Mutable&) = delete;

 private:
  UniqueFd fd_;
  int flags_ = 0;
};

HostPath FileOf(const Places& places, absl::string_view name,
                absl::string_view vendor) {
  return places.efivars() / absl::StrCat(name, "-", vendor);
}

// The firmware takes attributes and data by one write(2).
absl::Status WriteAtOnce(int fd, absl::string_view content,
                         absl::string_view path) {
  ssize_t written = -1;
  for (int i = 0; i < kTries && written < 0; ++i) {
    written = write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) break;
  }
  if (written < 0) return ErrnoStatus(errno, "write", path);
  if (size_t(written) != content.size()) {
    return absl::UnavailableError(
        absl::StrCat("write ", QuotePath(path), ": it was cut short"));
  }
  // A directory that stands for efivarfs keeps what was behind.
  struct stat now;
  if (fstat(fd, &now) == 0 && now.st_size > written &&
      ftruncate(fd, written) != 0) {
    return ErrnoStatus(errno, "shorten", path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> EfiVariables::Read(absl::string_view name,
                                               absl::string_view vendor) {
  const HostPath file = FileOf(*places_, name, vendor);
  auto content = file.root->ReadSmallFile(file.path, kMaxVariable);
  if (absl::IsNotFound(content.status())) return content.status();
  if (!content.ok()) {
    return absl::UnavailableError(content.status().message());
  }
  auto data = EfiVariableData(*content);
  if (!data.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "cannot read ", QuotePath(file.path), ": ", data.status().message()));
  }
  return data;
}

bool EfiVariables::SecureBootEnforced() {
  return extgate::SecureBootEnforced({Read("SecureBoot", kGlobal),
                                      Read("SetupMode", kGlobal),
                                      Read("MokSBStateRT", kShim)});
}

absl::StatusOr<std::string> EfiVariables::Variable(absl::string_view name) {
  if (name == "MOK") {
    // The kernel keeps shim's whole list here, without attributes, where the
    // firmware's variable may have had no room for it.
    const absl::string_view efivars = places_->efivars().path;
    const HostPath whole{places_->efivars().root,
                         absl::StrCat(efivars.substr(0, efivars.rfind('/')),
                                      "/mok-variables/MokListRT")};
    auto data = whole.root->ReadSmallFile(whole.path, kMaxVariable);
    if (data.ok()) return data;
    if (!absl::IsNotFound(data.status())) {
      return absl::UnavailableError(data.status().message());
    }
  }
  for (const KnownVariable& known : kKnown) {
    if (name == known.name) return Read(known.variable, known.vendor);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no EFI variable ", QuotePath(name), " is read"));
}

absl::StatusOr<std::string> EfiVariables::LoaderVariable(
    absl::string_view name) {
  auto data = Read(name, kLoader);
  if (!data.ok()) return data.status();
  auto text = LoaderText(*data);
  if (!text.ok()) {
    return absl::UnavailableError(absl::StrCat("EFI variable ", QuotePath(name),
                                               ": ", text.status().message()));
  }
  return text;
}

absl::Status EfiVariables::SetLoaderVariable(absl::string_view name,
                                             absl::string_view text) {
  const auto content = LoaderVariableFile(text);
  if (!content.ok()) return content.status();
  const HostPath file = FileOf(*places_, name, kLoader);
  const Mutable lifted(file);
  const auto fd = file.root->OpenAt(
      file.path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0644);
  if (!fd.ok()) return fd.status();
  const absl::Status status = WriteAtOnce(fd->get(), *content, file.path);
  struct stat now;
  if (!status.ok() && fstat(fd->get(), &now) == 0 && now.st_size == 0) {
    // efivarfs before Linux 6.14 shows what the firmware did not take.
    ClearLoaderVariable(name).IgnoreError();
  }
  return status;
}

absl::Status EfiVariables::ClearLoaderVariable(absl::string_view name) {
  const HostPath file = FileOf(*places_, name, kLoader);
  auto directory = file.root->OpenDirectory(places_->efivars().path);
  if (absl::IsNotFound(directory.status())) return absl::OkStatus();
  if (!directory.ok()) return directory.status();
  const Mutable lifted(file);
  return directory->Remove(absl::StrCat(name, "-", kLoader));
}

}  // namespace extgate
