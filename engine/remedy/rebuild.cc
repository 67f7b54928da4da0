// One way in: RebuildCommands.
#include "engine/remedy/rebuild.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/remedy/shell_words.h"

namespace extgate {
namespace {

class Script {
 public:
  Script(const std::vector<Edit>& edits, const ImageFacts& facts,
         const HostFacts& host, absl::string_view path)
      : facts_(facts), host_(host), path_(path), name_(facts.name) {
    for (const Edit& edit : edits) {
      if (edit.kind == EditKind::kSign) signer_ = edit.signer;
      if (edit.kind == EditKind::kRenameFile) name_ = edit.name;
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
    if (changes_.empty() && !signer_.has_value()) return {};
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
    if (!changes_.empty() || IsTree()) Line("mkfs.erofs -zlz4 data tree");
    PutTogether();
    return std::move(lines_);
  }

 private:
  template <typename... Parts>
  void Line(const Parts&... parts) {
    lines_.push_back(absl::StrCat(parts...));
  }

  bool IsTree() const { return facts_.container == Container::kDirectory; }

  bool InUsr() const {
    const Layout* layout = facts_.layout.value();
    return layout != nullptr && layout->designator == Designator::kUsr;
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
      return;
    }
    const Layout* layout = facts_.layout.value();
    if (facts_.container == Container::kGpt && layout != nullptr) {
      Line("dd if=", image,
           " of=data iflag=skip_bytes,count_bytes skip=", layout->data.offset,
           " count=", layout->data.size, " bs=1M");
    } else {
      Line("cp -- ", image, " data");
    }
    if (changes_.empty()) return;
    const std::string* filesystem = facts_.filesystem.value();
    if (filesystem != nullptr && *filesystem == "squashfs") {
      Line("unsquashfs -d tree data");
    } else {
      Line("fsck.erofs --extract=tree data");
    }
    Line("rm data");
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
    const Layout* layout = facts_.layout.value();
    if (layout != nullptr && layout->architecture.has_value() &&
        layout->architecture != host_.architecture) {
      absl::StrAppend(&type, "-", ToWord(*layout->architecture));
    }
    return type;
  }

  void Definition(absl::string_view file, const std::string& type,
                  absl::string_view verity, absl::string_view more) {
    Line("printf '[Partition]\\nType=%s\\nVerity=%s\\nVerityMatchKey=x\\n",
         more, "' ", type, " ", verity, " >repart.d/", file);
  }

  void PutTogether() {
    const std::string out = ShellWord(FileNameOf(name_, facts_.image_class));
    if (!signer_.has_value() && facts_.verity.absent()) {
      Line("mv data ", out);
      return;
    }
    const std::string type = TypeOf();
    Line("mkdir repart.d");
    Definition("1.conf", type, "data", "CopyBlocks='\"$PWD/data\"'\\n");
    Definition("2.conf", absl::StrCat(type, "-verity"), "hash",
               "Minimize=best\\n");
    std::string keys;
    if (signer_.has_value()) {
      Definition("3.conf", absl::StrCat(type, "-verity-sig"), "signature", "");
      keys = " --private-key=\"$KEY\" --certificate=\"$CERT\"";
    }
    Line(
        "systemd-repart --definitions=repart.d --empty=create --size=auto "
        "--dry-run=no --seed=random",
        keys, " ", out);
  }

  const ImageFacts& facts_;
  const HostFacts& host_;
  const absl::string_view path_;
  std::string name_;
  std::string release_name_;
  std::optional<Signer> signer_;
  std::vector<const Edit*> changes_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> RebuildCommands(const std::vector<Edit>& edits,
                                         const ImageFacts& facts,
                                         const HostFacts& host,
                                         absl::string_view path) {
  const Layout* const layout = facts.layout.value();
  if (layout != nullptr && layout->root_below.has_value()) return {};
  return Script(edits, facts, host, path).Write();
}

}  // namespace extgate
