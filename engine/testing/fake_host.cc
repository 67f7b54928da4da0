// Way in: FakeHost, laid out by a test and handed over as ports().
#include "engine/testing/fake_host.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/memory_tree.h"

namespace extgate {
namespace {

// One file of the copy of a plain directory.
struct CopiedNode {
  NodeFacts facts;
  std::string content;
};

absl::Status CopyOut(const std::string& bytes, uint64_t offset,
                     absl::Span<uint8_t> out) {
  if (offset > bytes.size() || out.size() > bytes.size() - offset) {
    return absl::OutOfRangeError("beyond the end");
  }
  if (!out.empty()) std::memcpy(out.data(), bytes.data() + offset, out.size());
  return absl::OkStatus();
}

// Reads the host's bytes as they are at each call, so that a test can change
// them between two.
class FakeReader : public ImageReader {
 public:
  FakeReader(FakeHost& host, const std::string& bytes)
      : host_(host), bytes_(bytes), size_(bytes.size()) {}
  uint64_t size_bytes() const override { return size_; }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    if (absl::Status status = host_.Count("read"); !status.ok()) return status;
    return CopyOut(bytes_, offset, out);
  }

 private:
  FakeHost& host_;
  const std::string& bytes_;
  uint64_t size_;
};

class FakePrivateFile : public PrivateFile {
 public:
  FakePrivateFile(FakeHost& host, uint64_t size) : host_(host) {
    bytes_.resize(size);
  }
  uint64_t size_bytes() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    return CopyOut(bytes_, offset, out);
  }
  absl::Status WriteAt(uint64_t offset,
                       absl::Span<const uint8_t> bytes) override {
    if (absl::Status status = host_.Count("write"); !status.ok()) return status;
    if (offset > bytes_.size() || bytes.size() > bytes_.size() - offset) {
      return absl::OutOfRangeError("beyond the end");
    }
    std::copy(bytes.begin(), bytes.end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    return absl::OkStatus();
  }
  const std::string& bytes() const { return bytes_; }

 private:
  FakeHost& host_;
  std::string bytes_;
};

// A run that was over before anybody asked.
class FinishedRun : public ConfinedRun {
 public:
  explicit FinishedRun(absl::StatusOr<std::vector<std::string>> parts)
      : parts_(std::move(parts)) {}
  absl::StatusOr<std::vector<std::string>> Finish() override {
    return std::move(parts_);
  }

 private:
  absl::StatusOr<std::vector<std::string>> parts_;
};

}  // namespace

absl::Status FakeHost::Count(absl::string_view what) {
  ++calls;
  if (calls == fail_call) {
    return absl::UnavailableError(absl::StrCat(what, ": made to fail"));
  }
  return absl::OkStatus();
}

void FakeHost::Offer(const std::string& path, std::string bytes, Place place,
                     ImageClass image_class) {
  Candidate candidate;
  candidate.path = path;
  candidate.file_name = path.substr(path.rfind('/') + 1);
  candidate.image_class = image_class;
  candidate.place = place;
  candidates.push_back(std::move(candidate));
  files[path] = std::move(bytes);
}

void FakeHost::AddPolicy(const std::string& text, Authority authority) {
  policy_texts.push_back({absl::StrCat("policy-", policy_texts.size(), ".yaml"),
                          authority, SourceKind::kPolicyFile, text});
}

WithDiagnostics<std::vector<PolicyText>> FakeHost::PolicyTexts() {
  return {policy_texts, {}};
}

absl::StatusOr<PolicyText> FakeHost::PolicyAt(const std::string& path,
                                              Authority authority) {
  const auto found = policy_files.find(path);
  if (found == policy_files.end()) return absl::NotFoundError("no such file");
  return PolicyText{path, authority, SourceKind::kPolicyFile, found->second};
}

WithDiagnostics<std::vector<CertificateFile>> FakeHost::VerityDirectory(
    VerityD which) {
  if (which == VerityD::kNone) return {};
  return {verity_directory, {}};
}

WithDiagnostics<std::vector<CertificateFile>> FakeHost::TrustFiles(
    absl::string_view pattern, const SourceSpan& span) {
  auto found = trust_files.find(std::string(pattern));
  if (found == trust_files.end()) {
    return {{},
            {{DiagnosticCode::kFileUnreadable, Severity::kError, span,
              absl::StrCat("`", pattern, "`: no such file"), ""}}};
  }
  return {{{found->first, found->second}}, {}};
}

absl::StatusOr<std::string> FakeHost::Variable(absl::string_view name) {
  auto found = variables.find(std::string(name));
  if (found == variables.end()) return absl::NotFoundError(name);
  return found->second;
}

absl::StatusOr<FileType> FakeHost::TypeOf(absl::string_view path) {
  if (!own_tree_error.ok()) return own_tree_error;
  const auto found = own_tree.find(std::string(path));
  if (found == own_tree.end()) return absl::NotFoundError("nothing there");
  return found->second;
}

WithDiagnostics<std::vector<Candidate>> FakeHost::Candidates(
    const HostFacts&, const std::vector<std::string>& more) {
  std::vector<Candidate> found = candidates;
  for (const std::string& directory : more) {
    for (const Candidate& candidate : candidates_of[directory]) {
      found.push_back(candidate);
    }
  }
  return {std::move(found), {}};
}

absl::StatusOr<std::unique_ptr<ImageReader>> FakeHost::Open(
    const Candidate& candidate) {
  if (absl::Status status = Count("open"); !status.ok()) return status;
  if (unreadable_files.contains(candidate.path)) {
    return absl::PermissionDeniedError("permission denied");
  }
  auto found = files.find(candidate.path);
  if (found == files.end()) return absl::NotFoundError("no such file");
  if (on_open) on_open(candidate.path);
  return std::make_unique<FakeReader>(*this, found->second);
}

absl::StatusOr<std::unique_ptr<Filesystem>> FakeHost::OpenDirectory(
    const Candidate& candidate) {
  const auto tree = trees.find(candidate.path);
  if (tree == trees.end()) return absl::NotFoundError("no such directory");
  return tree->second();
}

absl::StatusOr<std::unique_ptr<PrivateFile>> FakeHost::Create(
    uint64_t size_bytes) {
  if (absl::Status status = Count("create"); !status.ok()) return status;
  if (size_bytes > free_bytes) {
    return absl::ResourceExhaustedError("no space left in /run");
  }
  return std::make_unique<FakePrivateFile>(*this, size_bytes);
}

absl::Status FakeHost::Commit(PrivateFile& file, absl::string_view address) {
  if (absl::Status status = Count("commit"); !status.ok()) return status;
  copies[std::string(address)] = static_cast<FakePrivateFile&>(file).bytes();
  free_bytes -= file.size_bytes();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ImageReader>> FakeHost::OpenCopy(
    absl::string_view address) {
  auto found = copies.find(std::string(address));
  if (found == copies.end()) return absl::NotFoundError("no such copy");
  return std::make_unique<FakeReader>(*this, found->second);
}

absl::StatusOr<std::string> FakeHost::CopyTree(Filesystem& tree) {
  if (absl::Status status = Count("copy tree"); !status.ok()) return status;
  if (!tree_error.ok()) return tree_error;
  const auto copy = std::make_shared<std::map<std::string, CopiedNode>>();
  StreamDigest digest;
  absl::Status status;
  absl::Status walked =
      tree.Walk([&](absl::string_view path, const NodeFacts& node) {
        CopiedNode file = {node, ""};
        if (node.type == FileType::kRegular) {
          auto content = tree.ReadFile(path, node.size_bytes);
          if (!content.ok()) {
            status = content.status();
            return false;
          }
          file.content = *std::move(content);
        }
        digest.Update(BytesOf(absl::StrCat(path, "\n", file.content, "\n")));
        copy->emplace(path, std::move(file));
        return true;
      });
  status.Update(walked);
  if (!status.ok()) return status;
  const std::string address = digest.Finish().hex();
  tree_copies[address] = [copy] {
    auto made = std::make_unique<MemoryTree>();
    for (const auto& [path, file] : *copy) {
      const std::string at = absl::StrCat("/", path);
      if (path.empty()) continue;
      if (file.facts.type == FileType::kDirectory) {
        made->Directory(at);
      } else if (file.facts.type == FileType::kRegular) {
        made->File(at, file.content);
      } else if (file.facts.type == FileType::kSymlink) {
        made->Symlink(at, file.facts.target);
      } else {
        made->Special(at, file.facts.type);
      }
      made->SetFacts(at, file.facts);
    }
    return MakeFilesystem(std::move(made));
  };
  return address;
}

absl::StatusOr<std::unique_ptr<Filesystem>> FakeHost::OpenTree(
    absl::string_view address) {
  if (absl::Status status = Count("open tree"); !status.ok()) return status;
  const auto found = tree_copies.find(std::string(address));
  if (found == tree_copies.end()) return absl::NotFoundError("no such tree");
  return found->second();
}

absl::Status FakeHost::Publish(ImageClass image_class,
                               const std::vector<SetEntry>& entries) {
  if (absl::Status status = Count("publish"); !status.ok()) return status;
  sets[image_class] = entries;
  return absl::OkStatus();
}

absl::Status FakeHost::Cover(const std::string& directory) {
  if (absl::Status status = Count("cover"); !status.ok()) return status;
  if (!can_cover) return absl::PermissionDeniedError("cannot cover");
  covered.insert(directory);
  return absl::OkStatus();
}

absl::Status FakeHost::Uncover(const std::string& directory) {
  if (absl::Status status = Count("uncover"); !status.ok()) return status;
  covered.erase(directory);
  return absl::OkStatus();
}

absl::Status FakeHost::Prune(const std::set<std::string>& addresses) {
  if (absl::Status status = Count("prune"); !status.ok()) return status;
  std::erase_if(copies, [&](const auto& copy) {
    return !addresses.contains(copy.first);
  });
  std::erase_if(tree_copies, [&](const auto& copy) {
    return !addresses.contains(copy.first);
  });
  return absl::OkStatus();
}

absl::Status FakeHost::WriteOwnedFiles(const std::vector<OwnedFile>& files_in) {
  if (absl::Status status = Count("write files"); !status.ok()) return status;
  owned_files = files_in;
  return absl::OkStatus();
}

absl::StatusOr<std::string> FakeHost::Stamp(const Candidate& candidate) {
  if (candidate.kind == Container::kDirectory) {
    return absl::UnimplementedError("a directory");
  }
  const auto file = files.find(candidate.path);
  if (file == files.end()) return absl::NotFoundError("no such file");
  return file->second;  // an in-memory host can afford all of it
}

std::string FakeHost::Snapshot() {
  std::string all;
  for (const std::string& directory : covered) {
    absl::StrAppend(&all, "covered ", directory, "\n");
  }
  for (const auto& [address, bytes] : copies) {
    absl::StrAppend(&all, address, " ", bytes.size(), "\n");
  }
  for (const auto& [image_class, entries] : sets) {
    for (const SetEntry& entry : entries) {
      absl::StrAppend(&all, ToWord(image_class), " ", entry.name, " ",
                      entry.target, "\n");
    }
  }
  for (const OwnedFile& file : owned_files) {
    absl::StrAppend(&all, file.path, " ", file.content, "\n");
  }
  return all;
}

absl::StatusOr<std::string> FakeHost::ReadReport() {
  if (report.empty()) return absl::NotFoundError("no report");
  return report;
}

absl::StatusOr<std::string> FakeHost::ReadState(absl::string_view name) {
  const auto found = state.find(std::string(name));
  if (found == state.end()) return absl::NotFoundError("no such state");
  return found->second;
}

absl::Status FakeHost::WriteState(absl::string_view name,
                                  absl::string_view bytes) {
  if (absl::Status status = Count("state"); !status.ok()) return status;
  if (!state_error.ok()) return state_error;
  state[std::string(name)] = std::string(bytes);
  return absl::OkStatus();
}

absl::Status FakeHost::Extend(const MeasureTarget& target,
                              absl::string_view text) {
  if (absl::Status status = Count("measure"); !status.ok()) return status;
  if (!measure_error.ok()) return measure_error;
  int merges = 0;
  for (const auto& [image_class, times] : refreshes) merges += times;
  measured.push_back({target, std::string(text), merges});
  return absl::OkStatus();
}

std::unique_ptr<ConfinedRun> FakeHost::Start(ImageReader& image, Work work) {
  if (absl::Status status = Count("reader"); !status.ok()) {
    return std::make_unique<FinishedRun>(std::move(status));
  }
  std::vector<std::string> parts;
  work(image, [&](absl::string_view part) { parts.emplace_back(part); });
  return std::make_unique<FinishedRun>(std::move(parts));
}

absl::Status FakeHost::WriteReport(absl::string_view json) {
  if (absl::Status status = Count("report"); !status.ok()) return status;
  report = std::string(json);
  return absl::OkStatus();
}

}  // namespace extgate
