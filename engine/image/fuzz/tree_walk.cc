// Way in: WalkTree.
#include "engine/image/fuzz/tree_walk.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

constexpr int kMaxSteps = 64;         // paths of one walk
constexpr size_t kMaxPathBytes = 64;  // of a directory that is entered
constexpr uint64_t kLimit = 64 << 10;

void RequireKnown(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kResourceExhausted:
      break;
    default:  // of all the codes that a status may have
      Require(false, "an error is one that filesystem.h lists");
  }
}

void CheckNames(const std::vector<DirectoryEntry>& entries) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& name = entries[i].name;
    Require(!name.empty() && name != "." && name != ".." &&
                name.size() <= 255 && name.find('/') == std::string::npos &&
                name.find('\0') == std::string::npos,
            "a name is one");
    Require(i == 0 || entries[i - 1].name < name, "names ascend");
  }
}

void CheckContent(Filesystem& filesystem, const std::string& path,
                  const std::string& content) {
  Require(content.size() <= kLimit, "a limit is one");
  Require(*filesystem.ReadFile(path, content.size()) == content,
          "a limit of just the size is enough");
  if (content.empty()) return;
  Require(absl::IsResourceExhausted(
              filesystem.ReadFile(path, content.size() - 1).status()),
          "a smaller limit is not");
}

class Walk {
 public:
  Walk(Filesystem& filesystem, absl::string_view root)
      : filesystem_(filesystem), root_(root), pending_({std::string(root)}) {}

  std::string Run() {
    for (int step = 0; step < kMaxSteps && !pending_.empty(); ++step) {
      const std::string path = std::move(pending_.back());
      pending_.pop_back();
      Visit(path);
    }
    return std::move(text_);
  }

 private:
  void Say(absl::string_view path, const absl::Status& status) {
    RequireKnown(status);
    absl::ConsumePrefix(&path, root_);
    absl::ConsumePrefix(&path, "/");
    absl::StrAppend(&text_, path, ": ", static_cast<int>(status.code()), "\n");
  }

  void Visit(const std::string& path) {
    const absl::StatusOr<FileType> type = filesystem_.TypeOf(path);
    Say(path, type.status());
    for (const char* name :
         {"user.extension-release.strict", "security.selinux"}) {
      const auto value = filesystem_.Xattr(path, name);
      Say(path, value.status());
      if (!value.ok() || !value->has_value()) continue;
      Require((*value)->size() <= 64 << 10, "an attribute is 64 KiB at most");
      absl::StrAppend(&text_, name, "=", **value, "\n");
    }
    const auto content = filesystem_.ReadFile(path, kLimit);
    Say(path, content.status());
    const auto entries = filesystem_.List(path);
    Say(path, entries.status());
    Require(!content.ok() || (type.ok() && *type == FileType::kRegular),
            "what can be read is a file");
    Require(!entries.ok() || (type.ok() && *type == FileType::kDirectory),
            "what can be listed is a directory");
    if (content.ok()) {
      CheckContent(filesystem_, path, *content);
      absl::StrAppend(&text_, *content, "\n");
    }
    if (entries.ok()) Enter(path, *entries);
  }

  void Enter(const std::string& path,
             const std::vector<DirectoryEntry>& entries) {
    CheckNames(entries);
    for (const DirectoryEntry& entry : entries) {
      absl::StrAppend(&text_, entry.name, " ", static_cast<int>(entry.type),
                      "\n");
      const std::string child =
          path.empty() ? entry.name : absl::StrCat(path, "/", entry.name);
      const auto type = filesystem_.TypeOf(child);
      Require(
          !type.ok() || entry.type == FileType::kSymlink || *type == entry.type,
          "an entry says what type it is of");
      Require(type.ok() || entry.type == FileType::kSymlink ||
                  !absl::IsNotFound(type.status()),
              "an entry is there");
      if (path.size() <= kMaxPathBytes) pending_.push_back(child);
    }
  }

  Filesystem& filesystem_;
  const std::string root_;
  std::vector<std::string> pending_;
  std::string text_;
};

}  // namespace

std::string WalkTree(Filesystem& filesystem, absl::string_view root) {
  return Walk(filesystem, root).Run();
}

}  // namespace extgate
