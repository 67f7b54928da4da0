// Way in: Looks::Next.
#include "engine/looks.h"

#include <optional>
#include <utility>

#include "engine/candidate_facts.h"

namespace extgate {

// One candidate that was opened; of what could not be, or is a directory, the
// facts are there already.
struct Looks::Running {
  std::unique_ptr<ImageReader> reader;
  std::optional<ConfinedLook> look;
  ImageFacts facts;
};

ImageFacts FactsOfTree(const Candidate& candidate, Filesystem& tree,
                       TreeWalk walk) {
  ImageFacts facts = NamedFacts(candidate);
  facts.container = Container::kDirectory;
  InspectContents(tree, facts);
  if (walk == TreeWalk::kYes && facts.unreadable.empty()) {
    InspectTree(tree, facts);
  }
  return facts;
}

Looks::Looks(std::vector<Candidate> candidates, ImagePort& images,
             Confinement& confinement, TreeWalk walk)
    : Looks(std::move(candidates), images, confinement, walk,
            [](const Candidate&) { return true; }) {}

Looks::Looks(std::vector<Candidate> candidates, ImagePort& images,
             Confinement& confinement, TreeWalk walk,
             std::function<bool(const Candidate&)> wanted)
    : candidates_(std::move(candidates)),
      walk_(walk),
      wanted_(std::move(wanted)),
      images_(images),
      confinement_(confinement) {
  StartSome();
}

Looks::~Looks() = default;

ImageFacts Looks::InspectDirectory(const Candidate& candidate, TreeWalk walk) {
  auto tree = images_.OpenDirectory(candidate);
  if (!tree.ok()) return UnreadableFacts(candidate, tree.status());
  return FactsOfTree(candidate, **tree, walk);
}

void Looks::StartSome() {
  while (running_.size() < confinement_.lanes() &&
         started_ < candidates_.size()) {
    const Candidate& candidate = candidates_[started_++];
    auto running = std::make_unique<Running>();
    if (!wanted_(candidate)) {
      running->facts = NamedFacts(candidate);
    } else if (candidate.kind == Container::kDirectory) {
      running->facts = InspectDirectory(candidate, walk_);
    } else if (auto reader = images_.Open(candidate); reader.ok()) {
      running->reader = *std::move(reader);
      running->look.emplace(*running->reader, candidate.file_name,
                            candidate.image_class,
                            Reach(Depth::kContents, walk_), confinement_);
    } else {
      running->facts = UnreadableFacts(candidate, reader.status());
    }
    running_.push_back(std::move(running));
  }
}

const Candidate* Looks::Upcoming() const {
  return running_.empty() ? nullptr : &candidates_[started_ - running_.size()];
}

ImageFacts Looks::Next(Reach reach) {
  const Candidate& candidate = *Upcoming();
  const std::unique_ptr<Running> running = std::move(running_.front());
  running_.pop_front();
  ImageFacts facts = running->look.has_value() ? running->look->Finish()
                                               : std::move(running->facts);
  // Before the long part, so that others are looked at meanwhile.
  StartSome();
  if (reach.walk == TreeWalk::kYes && walk_ == TreeWalk::kNo) {
    if (running->reader != nullptr) {
      facts = ConfinedLook(*running->reader, candidate.file_name,
                           candidate.image_class,
                           Reach(Depth::kContents, reach.walk), confinement_)
                  .Finish();
    } else if (facts.container == Container::kDirectory) {
      facts = InspectDirectory(candidate, reach.walk);
    }
  }
  if (reach.depth == Depth::kEveryBlock && running->reader != nullptr) {
    InspectEveryBlock(*running->reader, facts);
  }
  return facts;
}

void Looks::Skip() {
  running_.pop_front();
  StartSome();
}

}  // namespace extgate
