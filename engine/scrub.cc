// Way in: Scrub.
#include "engine/scrub.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/inspect.h"
#include "engine/image/tree_check.h"

namespace extgate {
namespace {

ScrubResult NotIntact(ScrubState state, std::string detail,
                      ScrubResult result) {
  result.state = state;
  result.detail = std::move(detail);
  return result;
}

// Of evidence that is no value.
template <typename T>
ScrubResult NotIntact(const Evidence<T>& evidence, const char* absent,
                      ScrubResult result) {
  if (const Malformed* malformed = evidence.malformed()) {
    return NotIntact(ScrubState::kCorrupt,
                     absl::StrCat(malformed->where, ": ", malformed->why),
                     std::move(result));
  }
  if (const Unsupported* unsupported = evidence.unsupported()) {
    return NotIntact(ScrubState::kUnchecked,
                     absl::StrCat("not read here: ", unsupported->what),
                     std::move(result));
  }
  return NotIntact(ScrubState::kUnchecked, absent, std::move(result));
}

}  // namespace

ScrubResult Scrub(
    ImageReader& image, const std::string& path,
    const std::function<void(uint64_t done, uint64_t total)>& progress) {
  ScrubResult result;
  result.path = path;
  // Name and class say nothing about the bytes.
  const ImageFacts facts = InspectOutside(image, "", ImageClass::kSysext);
  if (!facts.unreadable.empty()) {
    return NotIntact(ScrubState::kUnreadable, facts.unreadable, result);
  }
  if (facts.table.malformed() != nullptr) {
    return NotIntact(facts.table, "", result);
  }
  const Layout* const layout = facts.layout.value();
  if (layout == nullptr) {
    return NotIntact(facts.layout, "no image that systemd would mount", result);
  }
  const VerityTree* const tree = facts.verity.value();
  if (tree == nullptr) return NotIntact(facts.verity, "no hash tree", result);
  result.root_hash = tree->root_hash;
  result.data_bytes = CoveredData(*layout, *tree).size;
  const VeritySignature* const signature = facts.signature.value();
  if (signature != nullptr && signature->root_hash != tree->root_hash) {
    return NotIntact(ScrubState::kCorrupt,
                     absl::StrCat("the signature is for root hash ",
                                  signature->root_hash->hex()),
                     result);
  }
  TreeCheckOptions options;
  options.threads = TreeCheckThreads(result.data_bytes);
  options.progress = progress;
  const absl::StatusOr<TreeCheck> check =
      CheckTree(image, *layout, *tree, options);
  if (!check.ok()) {
    return NotIntact(ScrubState::kUnreadable,
                     std::string(check.status().message()), result);
  }
  if (!check->bad_block) {
    if (layout->root_below) {
      return NotIntact(ScrubState::kUnchecked,
                       "usr is intact, root below it has no hash tree", result);
    }
    result.state = ScrubState::kIntact;
    return result;
  }
  result.bad_block = check->bad_block;
  result.bad_offset = OffsetInImage(*check->bad_block, *layout, *tree);
  return NotIntact(
      ScrubState::kCorrupt,
      absl::StrCat(check->bad_block->level == 0 ? "data block " : "hash block ",
                   check->bad_block->number, " of level ",
                   check->bad_block->level, " at byte ", result.bad_offset,
                   " contradicts the hash tree"),
      result);
}

}  // namespace extgate
