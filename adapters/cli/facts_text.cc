// One way in: FactsText.
#include "adapters/cli/facts_text.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/content.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// "  aspect: value" lines, and problems in red.
class Lines {
 public:
  explicit Lines(Colour colour) : colour_(colour) {}

  void Add(absl::string_view aspect, absl::string_view value,
           Tone tone = Tone::kPlain) {
    absl::StrAppend(&text_, "  ", aspect, ": ",
                    Painted(PrintableText(value), tone, colour_), "\n");
  }

  // True when `evidence` is a value; else says what is wrong with it.
  template <typename T>
  bool Sound(absl::string_view aspect, const Evidence<T>& evidence) {
    if (const Malformed* malformed = evidence.malformed()) {
      Add(aspect,
          absl::StrCat("broken: ", malformed->where, ": ", malformed->why),
          Tone::kBad);
    } else if (const Unsupported* unsupported = evidence.unsupported()) {
      Add(aspect, absl::StrCat("not read: ", unsupported->what), Tone::kBad);
    }
    return evidence.value() != nullptr;
  }

  std::string Take() { return std::move(text_); }

 private:
  Colour colour_;
  std::string text_;
};

void AddTable(const PartitionTable& table, Lines& lines) {
  for (const Partition& partition : table.partitions) {
    lines.Add(
        absl::StrCat("partition ", partition.index + 1),
        absl::StrCat(partition.label.empty() ? "(no label)" : partition.label,
                     ", ", partition.range.size, " bytes at ",
                     partition.range.offset, ", type ", partition.type_guid));
  }
}

void AddStanding(const SignatureStanding& standing, Lines& lines) {
  const Tone tone = standing.state == SignatureState::kTrusted ? Tone::kGood
                    : standing.state == SignatureState::kNone  ? Tone::kPlain
                                                               : Tone::kWarning;
  std::string state = ToWord(standing.state);
  if (!standing.detail.empty()) {
    absl::StrAppend(&state, ": ", standing.detail);
  }
  lines.Add("signature", state, tone);
  for (const Signer& signer : standing.signers) {
    lines.Add(
        "signer",
        absl::StrCat(
            signer.subject.empty() ? signer.issuer_and_serial : signer.subject,
            signer.sha256 ? absl::StrCat(", sha256:", signer.sha256->hex())
                          : std::string(),
            signer.revoked ? ", revoked" : ""));
  }
}

void AddDataCheck(const DataCheck& check, Lines& lines) {
  if (check.first_bad_offset) {
    lines.Add("data",
              absl::StrCat("contradicts the hash tree at byte ",
                           *check.first_bad_offset, " of the partition"),
              Tone::kBad);
  } else if (check.complete) {
    lines.Add("data", "every block agrees with the hash tree", Tone::kGood);
  }
}

constexpr size_t kShownPaths = 8;

// Some of the paths, and how many more there are.
void AddPaths(absl::string_view aspect, const std::vector<std::string>& paths,
              Lines& lines) {
  if (paths.empty()) return;
  const size_t shown = std::min(paths.size(), kShownPaths);
  std::string text = absl::StrJoin(paths.begin(), paths.begin() + shown, ", ");
  if (paths.size() > shown) {
    absl::StrAppend(&text, " and ", paths.size() - shown, " more");
  }
  lines.Add(aspect, text, Tone::kWarning);
}

void AddTree(const TreeFacts& tree, const std::vector<std::string>& hierarchies,
             Lines& lines) {
  lines.Add("tree", absl::StrCat(tree.files.size(), " names",
                                 tree.truncated ? ", and more" : ""));
  for (const auto& [kind, word] : Words<ContentKind>::kTable) {
    std::vector<std::string> paths;
    for (const TreeFile& file : tree.files) {
      if (IsOfKind(file, kind, hierarchies)) {
        paths.push_back(absl::StrCat("/", file.path));
      }
    }
    AddPaths(word, paths, lines);
  }
}

void AddOverlap(const HostOverlap& overlap, Lines& lines) {
  std::vector<std::string> conflicts;
  for (const TypeConflict& conflict : overlap.conflicts) {
    conflicts.push_back(absl::StrCat("/", conflict.path, " (",
                                     ToWord(conflict.image), " over ",
                                     ToWord(conflict.host), ")"));
  }
  AddPaths(ToWord(ContentKind::kTypeConflict), conflicts, lines);
  std::vector<std::string> shadowed;
  for (const std::string& path : overlap.shadowed) {
    shadowed.push_back(absl::StrCat("/", path));
  }
  AddPaths(ToWord(ContentKind::kShadow), shadowed, lines);
}

}  // namespace

std::string FactsText(const ImageFacts& facts,
                      const SignatureStanding& standing, Colour colour,
                      const Evidence<HostOverlap>& overlap,
                      const Hierarchies& hierarchies) {
  Lines lines(colour);
  if (!facts.unreadable.empty()) {
    lines.Add("unreadable", facts.unreadable, Tone::kBad);
    return absl::StrCat(PrintableText(facts.file_name), "\n", lines.Take());
  }
  lines.Add("name", absl::StrCat(facts.name, " (", ToWord(facts.image_class),
                                 ", ", facts.size_bytes, " bytes)"));
  lines.Add("container", ToWord(facts.container));
  if (lines.Sound("partition table", facts.table)) {
    AddTable(*facts.table.value(), lines);
  }
  if (lines.Sound("layout", facts.layout)) {
    const Layout& layout = *facts.layout.value();
    lines.Add(
        "designator",
        absl::StrCat(layout.root_below ? "root+usr" : ToWord(layout.designator),
                     layout.architecture
                         ? absl::StrCat(", ", ToWord(*layout.architecture))
                         : std::string()));
  }
  if (lines.Sound("hash tree", facts.verity)) {
    const VerityTree& tree = *facts.verity.value();
    lines.Add("hash tree",
              absl::StrCat(tree.algorithm, ", ", tree.data_blocks,
                           " blocks of ", tree.data_block_size, " bytes"));
    lines.Add("root hash", tree.root_hash->hex());
  }
  if (lines.Sound("signature", facts.signature)) AddStanding(standing, lines);
  if (facts.signature.absent()) lines.Add("signature", "none");
  if (lines.Sound("filesystem", facts.filesystem)) {
    lines.Add("filesystem", *facts.filesystem.value());
  }
  if (lines.Sound("extension-release", facts.release)) {
    const ExtensionRelease& release = *facts.release.value();
    lines.Add("extension-release",
              absl::StrCat(release.name, ": ",
                           absl::StrJoin(release.fields, " ",
                                         absl::PairFormatter("="))));
  }
  for (const std::string& path : facts.forbidden_paths) {
    lines.Add("carries", path, Tone::kBad);
  }
  if (lines.Sound("tree", facts.tree)) {
    AddTree(*facts.tree.value(), hierarchies.Of(facts.image_class), lines);
  }
  if (lines.Sound("host", overlap)) AddOverlap(*overlap.value(), lines);
  AddDataCheck(facts.data_check, lines);
  if (facts.sha256) lines.Add("sha256", facts.sha256->hex());
  return absl::StrCat(PrintableText(facts.file_name), "\n", lines.Take());
}

}  // namespace extgate
