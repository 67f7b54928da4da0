// How the images of one run get to where systemd merges them: as private
// copies, which are decided about again, or where the policy asks for it by a
// link.
#ifndef EXTGATE_ENGINE_IMAGE_COPIES_H_
#define EXTGATE_ENGINE_IMAGE_COPIES_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/pipeline.h"
#include "engine/planner.h"
#include "engine/ports.h"
#include "policy/diagnostic.h"

namespace extgate {

// Works on `images` in place, in their order of preference. All that is given
// must outlive it.
class ImageCopies {
 public:
  ImageCopies(const Ports& ports, const DecisionContext& context,
              const Covers& covers,
              const decltype(ApplyOptions::progress)& progress,
              std::vector<DecidedImage>& images)
      : ports_(ports),
        context_(context),
        covers_(covers),
        progress_(progress),
        images_(images) {}

  // Where the policy asks for links: marks what will be merged as it lies, as
  // far as each image alone tells, before anything is copied.
  void ChooseLinks();

  // Copies what will be staged and is not to be linked to, what rules require
  // first, while there is room. What cannot be copied, or does not fit, is
  // withheld alone, and a diagnostic says so. What was copied by an earlier
  // call stays.
  void CopyAll();

  // True when by `plan` a link would let in more than was decided about,
  // because of what others of the set need: no image is to be linked to then,
  // and CopyAll() has to be called again.
  bool GiveUpLinks(const Plan& plan);

  // What there was to say until now.
  std::vector<Diagnostic> TakeDiagnostics() {
    return std::exchange(diagnostics_, {});
  }

 private:
  using Key = std::pair<ImageClass, std::string>;
  static Key KeyOf(const DecidedImage& image);

  bool Disabled() const { return context_.policy.mode == Mode::kDisabled; }
  bool WillBeStaged(const DecidedImage& image) const;
  bool WithheldAnyway(const DecidedImage& image) const;
  void CopyOnce(DecidedImage& image, std::set<Key>& copied);
  void Copy(DecidedImage& image);
  void CopyTree(DecidedImage& image);
  void Lost(DecidedImage& image, const absl::Status& status);
  void NoteCopied(const DecidedImage& image, const std::string& why);
  void Say(DiagnosticCode code, Severity severity, const DecidedImage& image,
           absl::string_view what, std::string help);

  const Ports& ports_;
  const DecisionContext context_;
  const Covers& covers_;
  const decltype(ApplyOptions::progress)& progress_;
  std::vector<DecidedImage>& images_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_COPIES_H_
