// Ways in: WalkTree, CheckFilesystem.
#include "engine/image/fuzz/tree_walk.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/image/buffer_reader.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

constexpr int kMaxSteps = 32;         // paths of one walk
constexpr size_t kMaxPathBytes = 64;  // of a directory that is entered
constexpr uint64_t kLimit = 64 << 10;
constexpr char kXattr[] = "user.extension-release.strict";

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

struct Pending {
  std::string path;
  std::optional<FileType> listed_as;  // nullopt: the root
};

class Walk {
 public:
  Walk(Filesystem& filesystem, absl::string_view root)
      : filesystem_(filesystem),
        root_(root),
        pending_({{std::string(root), std::nullopt}}) {}

  std::string Run() {
    for (int step = 0; step < kMaxSteps && !pending_.empty(); ++step) {
      const Pending path = std::move(pending_.back());
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

  void Visit(const Pending& pending) {
    const std::string& path = pending.path;
    const absl::StatusOr<FileType> type = filesystem_.TypeOf(path);
    Say(path, type.status());
    if (pending.listed_as && *pending.listed_as != FileType::kSymlink) {
      Require(!type.ok() || *type == *pending.listed_as,
              "an entry says what type it is of");
      Require(!absl::IsNotFound(type.status()), "an entry is there");
    }
    if (!type.ok()) return;
    const auto strict = filesystem_.Xattr(path, kXattr);
    Say(path, strict.status());
    if (strict.ok() && strict->has_value()) {
      Require((*strict)->size() <= 64 << 10, "an attribute is 64 KiB at most");
      absl::StrAppend(&text_, **strict, "\n");
    }
    if (*type == FileType::kDirectory) {
      Enter(path);
    } else {
      Read(path, *type);
    }
  }

  void Read(const std::string& path, FileType type) {
    Require(!filesystem_.List(path).ok(), "only a directory is listed");
    const auto content = filesystem_.ReadFile(path, kLimit);
    Say(path, content.status());
    if (!content.ok()) return;
    Require(type == FileType::kRegular, "only a file is read");
    CheckContent(filesystem_, path, *content);
    absl::StrAppend(&text_, *content, "\n");
  }

  void Enter(const std::string& path) {
    Require(!filesystem_.ReadFile(path, kLimit).ok(), "only a file is read");
    const auto entries = filesystem_.List(path);
    Say(path, entries.status());
    if (!entries.ok()) return;
    CheckNames(*entries);
    for (const DirectoryEntry& entry : *entries) {
      absl::StrAppend(&text_, entry.name, " ", static_cast<int>(entry.type),
                      "\n");
      if (path.size() > kMaxPathBytes) continue;
      pending_.push_back(
          {path.empty() ? entry.name : absl::StrCat(path, "/", entry.name),
           entry.type});
    }
  }

  Filesystem& filesystem_;
  const std::string root_;
  std::vector<Pending> pending_;
  std::string text_;
};

}  // namespace

std::string WalkTree(Filesystem& filesystem, absl::string_view root) {
  return Walk(filesystem, root).Run();
}

void CheckFilesystem(absl::Span<const uint8_t> bytes, OpenFilesystem open,
                     absl::string_view type) {
  BufferReader image(bytes);
  const auto filesystem = open(image, Designator::kRoot);
  const auto again = open(image, Designator::kRoot);
  const auto usr = open(image, Designator::kUsr);
  Require(filesystem.status() == again.status() &&
              filesystem.status() == usr.status(),
          "opened alike twice");
  if (!filesystem.ok()) {
    Require(absl::IsDataLoss(filesystem.status()) ||
                absl::IsUnimplemented(filesystem.status()),
            "what is not opened is corrupt or not read here");
    return;
  }
  Require((*filesystem)->type() == type, "it says what it is");
  const std::string walk = WalkTree(**filesystem, "");
  Require(walk == WalkTree(**again, ""), "read alike twice");
  const auto above = (*usr)->List("");
  Require(above.ok() && above->size() == 1 &&
              above->front() == DirectoryEntry{"usr", FileType::kDirectory},
          "a usr partition is below `usr`");
  (*usr)->TypeOf("usr/lib/extension-release.d").IgnoreError();
}

}  // namespace extgate
