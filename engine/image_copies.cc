// Ways in: ImageCopies::ChooseLinks, CopyAll and GiveUpLinks, in that order.
#include "engine/image_copies.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "engine/candidate_facts.h"
#include "engine/confined_look.h"
#include "engine/in_place.h"

namespace extgate {

void ImageCopies::ChooseLinks() {
  if (Disabled() || context_.policy.staging != Staging::kLink) return;
  for (DecidedImage& image : images_) {
    if (WithheldAnyway(image) ||
        image.candidate.kind == Container::kDirectory) {
      continue;
    }
    std::string why =
        IsBelow(covers_, image.candidate)
            ? "it lies in a directory that is covered"
            : WhyCopied(image, CountedStanding(image, context_).state,
                        context_.policy, context_.host);
    if (why.empty()) why = ports_.images.Sidecar(image.candidate);
    image.in_place = why.empty();
    if (!why.empty()) NoteCopied(image, why);
  }
}

bool ImageCopies::GiveUpLinks(const Plan& plan) {
  const auto is_open = [&](const DecidedImage& image) {
    const ClassPlan& of_class =
        image.candidate.image_class == ImageClass::kSysext ? plan.sysext
                                                           : plan.confext;
    return image.in_place && !KeepsOthersOut(image, of_class.hand_over,
                                             context_.host.systemd_version);
  };
  if (absl::c_none_of(images_, is_open)) return false;
  for (DecidedImage& image : images_) {
    if (!image.in_place) continue;
    image.in_place = false;
    NoteCopied(image,
               "others of the set are merged without a signature that counts, "
               "and so could be what took its place");
  }
  return true;
}

bool ImageCopies::WillBeStaged(const DecidedImage& image) const {
  return ActionFor(context_.policy.mode, context_.policy.unmergeable,
                   ActingVerdict(image.decision)) == Action::kStage;
}

// True when the first look says that this image will not be staged, whatever a
// copy would show. A rule on the file's digest cannot be judged before.
bool ImageCopies::WithheldAnyway(const DecidedImage& image) const {
  if (image.facts.name.empty()) return true;
  if (!image.candidate.masked_by.empty()) return true;
  if (image.candidate.kind == Container::kDirectory &&
      !IsCopiedTree(covers_, image.candidate)) {
    return true;
  }
  if (image.candidate.place == Place::kOverriding &&
      !IsBelow(covers_, image.candidate)) {
    return true;
  }
  if (!image.obstacle.empty()) return true;
  if (WillBeStaged(image)) return false;
  return !(context_.policy.needs_file_digest &&
           ActingVerdict(image.decision) == Verdict::kDeny);
}

ImageCopies::Key ImageCopies::KeyOf(const DecidedImage& image) {
  return {image.candidate.image_class, image.facts.name};
}

// With what rules require comes all that is called so, since of one name the
// first place has the preference.
void ImageCopies::CopyAll() {
  std::set<Key> required;
  for (const DecidedImage& image : images_) {
    if (!image.decision.required.empty()) required.insert(KeyOf(image));
  }
  std::set<Key> copied;
  for (DecidedImage& image : images_) {
    if (required.contains(KeyOf(image))) CopyOnce(image, copied);
  }
  for (DecidedImage& image : images_) {
    if (!required.contains(KeyOf(image))) CopyOnce(image, copied);
  }
}

// Unless it is withheld anyway, or a better place provides it.
void ImageCopies::CopyOnce(DecidedImage& image, std::set<Key>& copied) {
  if (WithheldAnyway(image) || copied.contains(KeyOf(image))) return;
  if (!image.in_place && image.address.empty()) Copy(image);
  if ((image.in_place || !image.address.empty()) && WillBeStaged(image)) {
    copied.insert(KeyOf(image));
  }
}

// Copies one image and decides about the copy; its decision replaces the first
// one.
void ImageCopies::Copy(DecidedImage& image) {
  if (image.candidate.kind == Container::kDirectory) return CopyTree(image);
  auto source = ports_.images.Open(image.candidate);
  if (!source.ok()) return Lost(image, source.status());
  const WantDigest want_digest =
      context_.policy.needs_file_digest ? WantDigest::kYes : WantDigest::kNo;
  auto copy = CopyVerified(**source, image.facts, ports_.staging, want_digest,
                           [&](uint64_t done, uint64_t total) {
                             if (progress_)
                               progress_(image.candidate.path, done, total);
                           });
  if (!copy.ok()) return Lost(image, copy.status());
  if (Disabled()) {
    image.address = copy->address;
    image.facts.size_bytes = (*source)->size_bytes();
    return;
  }
  if (copy->reader == nullptr) {
    image.obstacle = "its data contradicts its hash tree";
  } else {
    const ImageFacts first = std::move(image.facts);
    image.facts = LookAtCopy(*copy->reader, first, WalkFor(context_.policy),
                             ports_.confinement);
    image.facts.sha256 = copy->sha256;
    image.address = copy->address;
    // What was verified must be what the copy says of itself.
    if (image.facts.layout != first.layout ||
        image.facts.verity != first.verity) {
      image.address.clear();
      image.obstacle = "it changed while it was copied";
      return Lost(image, absl::UnavailableError(image.obstacle));
    }
  }
  if (image.facts.verity.value() != nullptr) {
    image.facts.data_check = copy->data_check;
  }
  image.standing =
      ProvedStandingOf(image.facts, context_.trust, ports_.confinement);
  image.decision = ExplainFacts(image.facts, image.standing, context_);
}

// The same of a plain directory.
void ImageCopies::CopyTree(DecidedImage& image) {
  auto source = ports_.images.OpenDirectory(image.candidate);
  if (!source.ok()) return Lost(image, source.status());
  auto address = ports_.staging.CopyTree(**source);
  if (absl::IsResourceExhausted(address.status())) {
    return Lost(image, address.status());
  }
  if (!address.ok()) {
    image.obstacle = std::string(address.status().message());
    Say(DiagnosticCode::kNotStaged, Severity::kWarning, image,
        absl::StrCat("is withheld, since it cannot be copied: ",
                     image.obstacle),
        "make an image of it");
    return;
  }
  image.address = *std::move(address);
  if (Disabled()) return;
  auto copy = ports_.staging.OpenTree(image.address);
  if (!copy.ok()) return Lost(image, copy.status());
  image.facts = FactsOfTree(image.candidate, **copy, WalkFor(context_.policy));
  image.decision = ExplainFacts(image.facts, image.standing, context_);
}

// The image could not be copied: it alone is withheld.
void ImageCopies::Lost(DecidedImage& image, const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) {
    image.obstacle = std::string(status.message());
    Say(DiagnosticCode::kNoSpace, Severity::kWarning, image,
        absl::StrCat("is withheld: ", status.message()),
        "make room in /run, or stage fewer images");
    return;
  }
  image.address.clear();
  image.facts = UnreadableFacts(image.candidate, status);
  image.standing = {};
  image.decision = ExplainFacts(image.facts, image.standing, context_);
}

void ImageCopies::NoteCopied(const DecidedImage& image,
                             const std::string& why) {
  Say(DiagnosticCode::kCopied, Severity::kNote, image,
      absl::StrCat("is copied, not linked to: ", why), "");
}

void ImageCopies::Say(DiagnosticCode code, Severity severity,
                      const DecidedImage& image, absl::string_view what,
                      std::string help) {
  diagnostics_.push_back({code,
                          severity,
                          {image.candidate.path, 0, 0},
                          absl::StrCat("`", image.facts.name, "` ", what),
                          std::move(help)});
}

}  // namespace extgate
