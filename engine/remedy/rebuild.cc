// One way in: RebuildCommands.
#include "engine/remedy/rebuild.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/remedy/shell_words.h"

namespace extgate {
namespace {

class Script {
 public:
  Script(const std::vector<Edit>& edits, const ImageFacts& facts,
         const HostFacts& host, absl::string_view path)
      : facts_(facts), host_(host), path_(path), name_(facts.name) {
    if (const Layout* layout = facts.layout.value()) layout_ = *layout;
    for (const Edit& edit : edits) {
      if (edit.kind == EditKind::kSign) signer_ = edit.signer;
      if (edit.kind == EditKind::kRenameFile) name_ = edit.name;
      if (edit.kind == EditKind::kOneLayout) {
        layout_ = edit.layout;
        reshaped_ = true;
      }
      if (edit.kind == EditKind::kSupportedFilesystem) converted_ = true;
      if (edit.kind == EditKind::kChangeRelease ||
          edit.kind == EditKind::kRemoveFiles) {
        changes_.push_back(&edit);
      }
    }
    std::stable_sort(
        changes_.begin(), changes_.end(),
        [](const Edit* a, const Edit* b) { return a->kind < b->kind; });
    if (const ExtensionRelease* release = facts.release.value()) {
      release_name_ = release->name;
    }
  }

  std::vector<std::string> Write() {
    if (changes_.empty() && !signer_.has_value() && !reshaped_ && !converted_) {
      return {};
    }
    Line("# by whoever builds it, in an empty directory");
    if (signer_.has_value()) {
      Line("# KEY and CERT: files of the private key and the certificate of ",
           signer_->subject);
    }
    TakeOut();
    if (!changes_.empty()) {
      // The tree is a stranger's: a symlink in it may lead out.
      Line(
          "own() { [ \"$(realpath -- \"$1\")\" = \"$(pwd -P)/$1\" ] || "
          "{ echo \"$1 leads elsewhere, left alone\" >&2; false; }; }");
    }
    for (const Edit* edit : changes_) Change(*edit);
    if (IsRemade()) Line("mkfs.erofs -zlz4 data tree");
    PutTogether();
    return std::move(lines_);
  }

 private:
  template <typename... Parts>
  void Line(const Parts&... parts) {
    lines_.push_back(absl::StrCat(parts...));
  }

  bool IsTree() const { return facts_.container == Container::kDirectory; }

  // Two trees become one.
  bool IsMerged() const {
    return layout_.has_value() && layout_->root_below.has_value();
  }

  // The filesystem inside is a new one.
  bool IsRemade() const {
    return !changes_.empty() || converted_ || IsTree() || IsMerged();
  }

  bool InUsr() const {
    return layout_.has_value() && layout_->designator == Designator::kUsr &&
           !IsMerged();
  }

  // Of each partition, root's first; "": not known.
  std::vector<std::string> Filesystems() const {
    std::string word;
    if (const std::string* known = facts_.filesystem.value()) word = *known;
    if (const Unsupported* other = facts_.filesystem.unsupported()) {
      word = other->what;
    }
    return absl::StrSplit(word, '+');
  }

  // `path` of the merged tree as it lies below tree/.
  std::string InTree(absl::string_view path) const {
    absl::ConsumePrefix(&path, "/");
    if (InUsr()) absl::ConsumePrefix(&path, "usr/");
    return absl::StrCat("tree/", path);
  }

  static std::string ParentOf(const std::string& path) {
    return path.substr(0, path.rfind('/'));
  }

  std::string ReleaseFile(absl::string_view name) const {
    return InTree(absl::StrCat(facts_.image_class == ImageClass::kConfext
                                   ? "etc/extension-release.d/"
                                   : "usr/lib/extension-release.d/",
                               "extension-release.", name));
  }

  void TakeOut() {
    const std::string image = ShellWord(path_);
    if (IsTree()) {
      Line("cp -a -- ", image, " tree");
    } else if (IsMerged()) {
      CopyOut(layout_->root_below->range, "root.data");
      Extract("root.data", "tree", Filesystems().front());
      CopyOut(layout_->data, "usr.data");
      Extract("usr.data", "tree.usr", Filesystems().back());
      Line("rm -rf tree/usr");
      Line("mv tree.usr tree/usr");
    } else {
      if (facts_.container == Container::kGpt && layout_.has_value()) {
        CopyOut(layout_->data, "data");
      } else {
        Line("cp -- ", image, " data");
      }
      if (IsRemade()) Extract("data", "tree", Filesystems().front());
    }
  }

  void CopyOut(const ByteRange& range, absl::string_view file) {
    Line("dd if=", ShellWord(path_), " of=", file,
         " iflag=skip_bytes,count_bytes skip=", range.offset,
         " count=", range.size, " bs=1M");
  }

  // `file` goes, `directory` comes.
  void Extract(absl::string_view file, absl::string_view directory,
               absl::string_view filesystem) {
    if (absl::StartsWith(filesystem, "squashfs")) {
      Line("unsquashfs -d ", directory, " ", file);
    } else if (absl::StartsWith(filesystem, "erofs")) {
      Line("fsck.erofs --extract=", directory, " ", file);
    } else {
      Line(
          "# as root; the kernel reads a stranger's filesystem here: best in "
          "a virtual machine");
      Line("mkdir mounted");
      Line("mount -o ro,loop,nodev,nosuid,noexec ", file, " mounted");
      Line("cp -a mounted ", directory);
      Line("umount mounted");
      Line("rmdir mounted");
      Line("rm -rf ", directory, "/lost+found");
    }
    Line("rm ", file);
  }

  void Change(const Edit& edit) {
    for (const std::string& path : edit.paths) {
      Line("own ", ShellWord(ParentOf(InTree(path))), " && rm -r -- ",
           ShellWord(InTree(path)));
    }
    if (!edit.name.empty() && release_name_.empty()) {
      Line("mkdir -p ", ShellWord(ParentOf(ReleaseFile(edit.name))));
      Line("own ", ShellWord(ParentOf(ReleaseFile(edit.name))), " && touch ",
           ShellWord(ReleaseFile(edit.name)));
      release_name_ = edit.name;
    } else if (!edit.name.empty()) {
      Line("own ", ShellWord(ParentOf(ReleaseFile(edit.name))), " && mv -- ",
           ShellWord(ReleaseFile(release_name_)), " ",
           ShellWord(ReleaseFile(edit.name)));
      release_name_ = edit.name;
    }
    for (const auto& [key, value] : edit.fields) SetField(key, value);
  }

  void SetField(const std::string& key,
                const std::optional<std::string>& value) {
    const std::string file = ShellWord(ReleaseFile(release_name_));
    std::string line =
        absl::StrCat("own ", file, " && sed -i '/^ *", key, " *=/d' ", file);
    if (value.has_value()) {
      absl::StrAppend(&line, " && echo ",
                      ShellWord(absl::StrCat(key, "=\"", *value, "\"")), " >>",
                      file);
    }
    Line(line);
  }

  // systemd's word for the data partition, as systemd-repart takes it.
  std::string TypeOf() const {
    std::string type = InUsr() ? "usr" : "root";
    if (layout_.has_value() && layout_->architecture.has_value() &&
        layout_->architecture != host_.architecture) {
      absl::StrAppend(&type, "-", ToWord(*layout_->architecture));
    }
    return type;
  }

  // `keys` are further lines of the definition, for printf(1).
  void Definition(absl::string_view file, const std::string& type,
                  absl::string_view keys) {
    Line("printf '[Partition]\\nType=%s\\n", keys, "' ", type, " >repart.d/",
         file);
  }

  void PutTogether() {
    const std::string out = ShellWord(FileNameOf(name_, facts_.image_class));
    const bool protects =
        signer_.has_value() || (!facts_.verity.absent() && !reshaped_);
    if (!protects && facts_.container != Container::kGpt) {
      Line("mv data ", out);
      return;
    }
    constexpr char kCopy[] = "CopyBlocks='\"$PWD/data\"'\\n";
    const std::string type = TypeOf();
    Line("mkdir repart.d");
    if (!protects) {
      Definition("1.conf", type, kCopy);
    } else {
      const auto role = [](absl::string_view verity) {
        return absl::StrCat("Verity=", verity, "\\nVerityMatchKey=x\\n");
      };
      Definition("1.conf", type, absl::StrCat(role("data"), kCopy));
      Definition("2.conf", absl::StrCat(type, "-verity"),
                 absl::StrCat(role("hash"), "Minimize=best\\n"));
      if (signer_.has_value()) {
        Definition("3.conf", absl::StrCat(type, "-verity-sig"),
                   role("signature"));
      }
    }
    Line(
        "systemd-repart --definitions=repart.d --empty=create --size=auto "
        "--dry-run=no --seed=random",
        signer_.has_value() ? " --private-key=\"$KEY\" --certificate=\"$CERT\""
                            : "",
        " ", out);
  }

  const ImageFacts& facts_;
  const HostFacts& host_;
  const absl::string_view path_;
  std::string name_;
  std::string release_name_;
  std::optional<Signer> signer_;
  std::optional<Layout> layout_;  // what it is made of
  bool reshaped_ = false;         // of other partitions than it is read by
  bool converted_ = false;
  std::vector<const Edit*> changes_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> RebuildCommands(const std::vector<Edit>& edits,
                                         const ImageFacts& facts,
                                         const HostFacts& host,
                                         absl::string_view path) {
  return Script(edits, facts, host, path).Write();
}

}  // namespace extgate
