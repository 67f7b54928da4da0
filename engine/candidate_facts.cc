// Ways in: NameOf, NamedFacts, UnreadableFacts.
#include "engine/candidate_facts.h"

#include "absl/strings/str_cat.h"

namespace extgate {

std::string NameOf(const Candidate& candidate) {
  return candidate.kind == Container::kDirectory
             ? ImageName(absl::StrCat(candidate.file_name, ".raw"),
                         candidate.image_class)
             : ImageName(candidate.file_name, candidate.image_class);
}

ImageFacts NamedFacts(const Candidate& candidate) {
  ImageFacts facts;
  facts.file_name = candidate.file_name;
  facts.name = NameOf(candidate);
  facts.image_class = candidate.image_class;
  return facts;
}

ImageFacts UnreadableFacts(const Candidate& candidate,
                           const absl::Status& status) {
  ImageFacts facts = NamedFacts(candidate);
  facts.unreadable = std::string(status.message());
  return facts;
}

}  // namespace extgate
