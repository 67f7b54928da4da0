// Ways in: the three members of PolicyPort.
#include "adapters/policy_files.h"

#include <fcntl.h>
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/cloud_config_walk.h"
#include "adapters/directory.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxRunningMode = 4096;
constexpr uint64_t kMaxPolicy = 4 * 1024 * 1024;  // bytes; the reader's bound
constexpr uint64_t kMaxCertificates = 1024 * 1024;

struct PolicyDirectory {
  const char* path;
  Authority authority;
  SourceKind kind;
};
// In merge order.
constexpr PolicyDirectory kPolicyDirectories[] = {
    {"/usr/lib/extgate/policy.d", Authority::kVendor, SourceKind::kPolicyFile},
    {"/etc/extgate/policy.d", Authority::kLocal, SourceKind::kPolicyFile},
    {"/system/oem", Authority::kLocal, SourceKind::kCloudConfig},
    {"/oem", Authority::kLocal, SourceKind::kCloudConfig},
    {"/usr/local/cloud-config", Authority::kLocal, SourceKind::kCloudConfig},
};

// How bad it is that something in `directory` is not read: a cloud-config is
// mostly about other things.
Severity SeverityIn(const PolicyDirectory& directory) {
  return directory.kind == SourceKind::kCloudConfig ? Severity::kWarning
                                                    : Severity::kError;
}

// What is read of one place, so that whoever fills it exhausts no memory and
// crowds out no other place.
class Allowance {
 public:
  static constexpr int kMaxFiles = 256;
  static constexpr uint64_t kMaxBytes = 8 * 1024 * 1024;

  // Whether one more file may be looked at.
  bool TakeFile() {
    used_up_ |= files_ == kMaxFiles;
    if (!used_up_) ++files_;
    return !used_up_;
  }

  // Whether its content may be kept; if not, no file that follows may be.
  bool TakeBytes(uint64_t bytes) {
    used_up_ |= bytes > kMaxBytes - bytes_;
    if (!used_up_) bytes_ += bytes;
    return !used_up_;
  }

 private:
  int files_ = 0;
  uint64_t bytes_ = 0;
  bool used_up_ = false;
};

using FileText = std::pair<std::string, absl::StatusOr<std::string>>;

// Path and content of `paths` in their order: the first ones only, where
// `allowance` does not suffice for all.
std::vector<FileText> ReadWithin(
    Allowance& allowance, const std::vector<std::string>& paths,
    const std::function<absl::StatusOr<std::string>(const std::string& path)>&
        read) {
  std::vector<FileText> texts;
  for (const std::string& path : paths) {
    if (!allowance.TakeFile()) break;
    absl::StatusOr<std::string> text = read(path);
    if (text.ok() && !allowance.TakeBytes(text->size())) break;
    texts.emplace_back(path, std::move(text));
  }
  return texts;
}

// What to say when only the first `read` of `paths` were read.
absl::Status LeftOut(const std::vector<std::string>& paths, size_t read,
                     absl::string_view place) {
  const size_t count = paths.size() - read;
  return absl::ResourceExhaustedError(absl::StrCat(
      count, count == 1 ? " file is" : " files are", " left out, from ",
      QuotePath(paths[read]), " on: at most ", Allowance::kMaxFiles,
      " files and ", Allowance::kMaxBytes, " bytes are read of ", place));
}

// A spelling of a policy file that no cloud-config has.
bool IsProto(absl::string_view name) {
  return absl::EndsWith(name, ".textproto") || absl::EndsWith(name, ".binpb");
}

// What a file of `directory` is written in.
SourceKind KindIn(const PolicyDirectory& directory, absl::string_view path) {
  return directory.kind == SourceKind::kPolicyFile ? PolicyFileKind(path)
                                                   : directory.kind;
}

Diagnostic Unreadable(const absl::Status& status, Severity severity,
                      SourceSpan span) {
  return {DiagnosticCode::kFileUnreadable, severity, std::move(span),
          std::string(status.message()), ""};
}

// The names in directory `path` that do not begin with a dot; none when there
// is no such directory.
std::vector<std::string> Names(const RootDir& root, const std::string& path,
                               Severity severity,
                               std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> names;
  auto entries = root.ListDirectory(path);
  if (!entries.ok()) {
    if (!absl::IsNotFound(entries.status())) {
      diagnostics.push_back(
          Unreadable(entries.status(), severity, {path, 0, 0}));
    }
    return names;
  }
  for (DirectoryEntry& entry : *entries) {
    if (entry.name[0] != '.') names.push_back(std::move(entry.name));
  }
  return names;
}

// The paths of what is meant as policy in `directory`.
std::vector<std::string> PolicyPaths(const RootDir& root,
                                     const PolicyDirectory& directory,
                                     std::vector<Diagnostic>& diagnostics) {
  if (directory.kind == SourceKind::kCloudConfig) {
    auto found = CloudConfigPaths(root, directory.path);
    for (Diagnostic& diagnostic : found.diagnostics) {
      diagnostics.push_back(std::move(diagnostic));
    }
    return std::move(found.value);
  }
  std::vector<std::string> paths;
  for (const std::string& name :
       Names(root, directory.path, SeverityIn(directory), diagnostics)) {
    if (IsYamlName(name) || IsProto(name)) {
      paths.push_back(absl::StrCat(directory.path, "/", name));
    }
  }
  return paths;
}

void AddPolicies(const RootDir& root, const PolicyDirectory& directory,
                 Allowance& allowance,
                 WithDiagnostics<std::vector<PolicyText>>& texts) {
  const Severity severity = SeverityIn(directory);
  const std::vector<std::string> paths =
      PolicyPaths(root, directory, texts.diagnostics);
  std::vector<FileText> read =
      ReadWithin(allowance, paths, [&root](const std::string& path) {
        return root.ReadSmallFile(path, kMaxPolicy);
      });
  if (read.size() < paths.size()) {
    Diagnostic left_out =
        Unreadable(LeftOut(paths, read.size(),
                           directory.kind == SourceKind::kCloudConfig
                               ? "all cloud-configs together"
                               : QuotePath(directory.path)),
                   severity, {paths[read.size()], 0, 0});
    left_out.help = "remove or join files; what is left out has no say";
    if (directory.authority == Authority::kLocal) {
      left_out.help += " (under a mode_floor it could only have tightened)";
    }
    texts.diagnostics.push_back(std::move(left_out));
  }
  for (auto& [path, text] : read) {
    if (!text.ok()) {
      texts.diagnostics.push_back(
          Unreadable(text.status(), severity, {path, 0, 0}));
    }
    const bool unreadable = !text.ok();
    const SourceKind kind = KindIn(directory, path);
    texts.value.push_back({std::move(path), directory.authority, kind,
                           std::move(text).value_or(""), unreadable});
  }
}

SourceKind KindOf(absl::string_view path, absl::string_view text) {
  const SourceKind named = PolicyFileKind(path);
  if (named != SourceKind::kPolicyFile) return named;
  const absl::string_view first_line = text.substr(0, text.find('\n'));
  if (absl::StartsWith(first_line, "#cloud-config")) {
    return SourceKind::kCloudConfig;
  }
  for (const PolicyDirectory& directory : kPolicyDirectories) {
    if (directory.kind == SourceKind::kCloudConfig &&
        absl::StartsWith(path, absl::StrCat(directory.path, "/"))) {
      return SourceKind::kCloudConfig;
    }
  }
  return SourceKind::kPolicyFile;
}

WithDiagnostics<std::vector<PolicyText>> NamedPolicies(
    const std::vector<std::string>& files) {
  WithDiagnostics<std::vector<PolicyText>> texts;
  for (const std::string& path : files) {
    // A FIFO is welcome here: `--policy <(generate)`.
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    absl::StatusOr<std::string> text =
        fd.valid() ? ReadAll(fd.get(), kMaxPolicy, path)
                   : ErrnoStatus(errno, "cannot open", path);
    if (!text.ok()) {
      texts.diagnostics.push_back(
          Unreadable(text.status(), Severity::kError, {path, 0, 0}));
      continue;
    }
    const SourceKind kind = KindOf(path, *text);
    texts.value.push_back({path, Authority::kVendor, kind, *std::move(text)});
  }
  return texts;
}

// True for a symlink to /dev/null, which hides what is below, as an empty file
// does (verity.d is searched like tmpfiles.d(5)).
bool IsMask(const Directory& directory, const std::string& name) {
  auto target = directory.ReadLink(name);
  return target.ok() && *target == "/dev/null";
}

// Path and content of the files at `paths`, which are all in one directory. The
// last one may be what is left out.
std::vector<FileText> ReadCertificates(const RootDir& root,
                                       const std::vector<std::string>& paths) {
  Allowance allowance;
  std::vector<FileText> texts =
      ReadWithin(allowance, paths, [&root](const std::string& path) {
        return root.ReadSmallFile(path, kMaxCertificates);
      });
  if (const size_t read = texts.size(); read < paths.size()) {
    texts.emplace_back(paths[read], LeftOut(paths, read, "one directory"));
  }
  return texts;
}

// Adds the *.crt files of `place` whose names are not in `seen`, but for those
// that begin with `ours`, if that is not empty.
void AddCertificates(const HostPath& place, absl::string_view ours,
                     std::set<std::string>& seen,
                     WithDiagnostics<std::vector<CertificateFile>>& files) {
  auto directory = place.root->OpenDirectory(place.path);
  if (absl::IsNotFound(directory.status())) return;
  absl::StatusOr<std::vector<DirectoryEntry>> entries =
      directory.ok() ? directory->List() : directory.status();
  if (!entries.ok()) {
    files.diagnostics.push_back(
        Unreadable(entries.status(), Severity::kWarning, {place.path, 0, 0}));
    return;
  }
  std::vector<std::string> paths;
  for (const DirectoryEntry& entry : *entries) {
    const std::string& name = entry.name;
    if (!absl::EndsWith(name, ".crt") || absl::StartsWith(name, ".")) continue;
    if (!ours.empty() && absl::StartsWith(name, ours)) continue;
    if (!seen.insert(name).second || IsMask(*directory, name)) continue;
    paths.push_back((place / name).path);
  }
  std::vector<FileText> read = ReadCertificates(*place.root, paths);
  for (auto& [path, text] : read) {
    if (!text.ok()) {
      files.diagnostics.push_back(
          Unreadable(text.status(), Severity::kWarning, {path, 0, 0}));
    } else if (!text->empty()) {
      files.value.push_back({std::move(path), *std::move(text)});
    }
  }
}

}  // namespace

HostPath PolicyFiles::Below(absl::string_view path) const {
  return {&places_->below_merged(), std::string(path)};
}

WithDiagnostics<std::vector<PolicyText>> PolicyFiles::PolicyTexts() {
  if (files_.has_value()) return NamedPolicies(*files_);
  WithDiagnostics<std::vector<PolicyText>> texts;
  if (const absl::Status& error = places_->below_merged_error(); !error.ok()) {
    texts.diagnostics.push_back(
        {DiagnosticCode::kMergedOver,
         Severity::kWarning,
         {},
         absl::StrCat("policy is read through the merged extensions: ",
                      error.message()),
         "run extgate as root, with CAP_SYS_ADMIN"});
  }
  const RootDir& root = places_->below_merged();
  std::map<std::pair<Authority, SourceKind>, Allowance> allowances;
  for (const PolicyDirectory& directory : kPolicyDirectories) {
    AddPolicies(root, directory,
                allowances[{directory.authority, directory.kind}], texts);
  }
  return texts;
}

absl::StatusOr<PolicyText> PolicyFiles::PolicyAt(const std::string& path,
                                                 Authority authority) {
  absl::StatusOr<std::string> text =
      places_->below_merged().ReadSmallFile(path, kMaxPolicy);
  if (!text.ok()) return text.status();
  const SourceKind kind = KindOf(path, *text);
  return PolicyText{path, authority, kind, *std::move(text)};
}

absl::StatusOr<std::string> PolicyFiles::RunningModeText() {
  const HostPath file = places_->Find(kRunningModePath);
  return file.root->ReadSmallFile(file.path, kMaxRunningMode);
}

WithDiagnostics<std::vector<CertificateFile>> PolicyFiles::VerityDirectory(
    VerityD which) {
  WithDiagnostics<std::vector<CertificateFile>> files;
  std::set<std::string> seen;
  const HostPath vendor = Below("/usr/lib/verity.d");
  switch (which) {
    case VerityD::kNone:
      break;
    case VerityD::kUsr:
      AddCertificates(vendor, "", seen, files);
      break;
    case VerityD::kAll:
      AddCertificates(Below("/etc/verity.d"), "", seen, files);
      // What an earlier run handed to systemd there is no source of trust.
      AddCertificates(places_->run() / "verity.d", "extgate-", seen, files);
      AddCertificates(Below("/usr/local/lib/verity.d"), "", seen, files);
      AddCertificates(vendor, "", seen, files);
      break;
  }
  return files;
}

WithDiagnostics<std::vector<CertificateFile>> PolicyFiles::TrustFiles(
    absl::string_view pattern, const SourceSpan& span) {
  WithDiagnostics<std::vector<CertificateFile>> files;
  const size_t slash = pattern.rfind('/');
  if (!absl::StartsWith(pattern, "/")) {
    files.diagnostics.push_back(
        Unreadable(absl::InvalidArgumentError(absl::StrCat(
                       QuotePath(pattern), " is not an absolute path")),
                   Severity::kError, span));
    return files;
  }
  HostPath place = places_->Find(pattern);
  if (place.root == &places_->root()) place = Below(pattern);
  const std::string directory(pattern.substr(0, slash));
  const std::string last(pattern.substr(slash + 1));
  std::vector<std::string> names = {last};
  if (last.find_first_of("*?[") != std::string::npos) {
    names = Names(*place.root, absl::StrCat(directory, "/"), Severity::kError,
                  files.diagnostics);
    names.erase(std::remove_if(names.begin(), names.end(),
                               [&last](const std::string& name) {
                                 return fnmatch(last.c_str(), name.c_str(),
                                                FNM_PERIOD | FNM_NOESCAPE);
                               }),
                names.end());
    if (names.empty() && files.diagnostics.empty()) {
      files.diagnostics.push_back(
          {DiagnosticCode::kFileUnreadable, Severity::kWarning, span,
           absl::StrCat("no file matches ", QuotePath(pattern),
                        ": nobody is trusted by it"),
           "put certificates there, or take the pattern out"});
    }
  }
  for (std::string& name : names) {
    name = absl::StrCat(directory, "/", name);
  }
  for (auto& [path, text] : ReadCertificates(*place.root, names)) {
    if (text.ok()) {
      files.value.push_back({path, *std::move(text)});
    } else {
      files.diagnostics.push_back(
          Unreadable(text.status(), Severity::kError, span));
    }
  }
  return files;
}

absl::Status WriteRunningMode(const Places& places,
                              const std::optional<RunningMode>& mode) {
  const HostPath file = places.Find(kRunningModePath);
  const size_t slash = file.path.rfind('/');
  const std::string name = file.path.substr(slash + 1);
  const std::string folder = file.path.substr(0, slash);
  if (mode.has_value()) {
    auto made = file.root->MakeDirectories(folder, 0755);
    if (!made.ok()) return made.status();
    return made->WriteFile(name, RunningModeToText(*mode), 0644);
  }
  auto there = file.root->OpenDirectory(folder);
  if (absl::IsNotFound(there.status())) return absl::OkStatus();
  if (!there.ok()) return there.status();
  const absl::Status removed = there->Remove(name);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

}  // namespace extgate
