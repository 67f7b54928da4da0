// Ways in: the three members of PolicyPort.
#include "adapters/policy_files.h"

#include <fcntl.h>
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/directory.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

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

bool IsYaml(absl::string_view name) {
  return !absl::StartsWith(name, ".") &&
         (absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml"));
}

Diagnostic Unreadable(const absl::Status& status, Severity severity,
                      SourceSpan span) {
  return {DiagnosticCode::kFileUnreadable, severity, std::move(span),
          std::string(status.message()), ""};
}

// The names in directory `path`; none when there is no such directory.
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
    names.push_back(std::move(entry.name));
  }
  return names;
}

SourceKind KindOf(absl::string_view path, absl::string_view text) {
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
  for (const DirectoryEntry& entry : *entries) {
    const std::string& name = entry.name;
    if (!absl::EndsWith(name, ".crt") || absl::StartsWith(name, ".")) continue;
    if (!ours.empty() && absl::StartsWith(name, ours)) continue;
    if (!seen.insert(name).second || IsMask(*directory, name)) continue;
    const HostPath file = place / name;
    auto text = file.root->ReadSmallFile(file.path, kMaxCertificates);
    if (!text.ok()) {
      files.diagnostics.push_back(
          Unreadable(text.status(), Severity::kWarning, {file.path, 0, 0}));
    } else if (!text->empty()) {
      files.value.push_back({file.path, *std::move(text)});
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
  for (const PolicyDirectory& directory : kPolicyDirectories) {
    // A cloud-config is mostly about other things.
    const Severity severity = directory.kind == SourceKind::kCloudConfig
                                  ? Severity::kWarning
                                  : Severity::kError;
    for (const std::string& name :
         Names(root, directory.path, severity, texts.diagnostics)) {
      if (!IsYaml(name)) continue;
      const std::string path = absl::StrCat(directory.path, "/", name);
      auto text = root.ReadSmallFile(path, kMaxPolicy);
      if (!text.ok()) {
        texts.diagnostics.push_back(
            Unreadable(text.status(), severity, {path, 0, 0}));
        continue;
      }
      texts.value.push_back(
          {path, directory.authority, directory.kind, *std::move(text)});
    }
  }
  return texts;
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
  }
  for (const std::string& name : names) {
    std::string path = absl::StrCat(directory, "/", name);
    auto text = place.root->ReadSmallFile(path, kMaxCertificates);
    if (!text.ok()) {
      files.diagnostics.push_back(
          Unreadable(text.status(), Severity::kError, span));
      continue;
    }
    files.value.push_back({std::move(path), *std::move(text)});
  }
  return files;
}

}  // namespace extgate
