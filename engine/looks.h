// The facts of many candidates, some looked at ahead of those who ask.
#ifndef EXTGATE_ENGINE_LOOKS_H_
#define EXTGATE_ENGINE_LOOKS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "engine/confined_look.h"
#include "engine/confinement.h"
#include "engine/image/inspect.h"
#include "engine/ports.h"
#include "policy/facts.h"

namespace extgate {

// The facts of a plain directory whose tree is `tree`; with a `walk` what is in
// it too.
ImageFacts FactsOfTree(const Candidate& candidate, Filesystem& tree,
                       TreeWalk walk);

// Opens the candidates, images and plain directories, and looks into them in
// their order, so many at a time as `confinement` has lanes. Not thread-safe;
// what it is given must outlive it.
class Looks {
 public:
  // Starts at once, with a `walk` over each tree where one will be asked for.
  // Candidates that are not `wanted` are not even opened: they may only be
  // passed over.
  Looks(std::vector<Candidate> candidates, ImagePort& images,
        Confinement& confinement, TreeWalk walk = TreeWalk::kNo);
  Looks(std::vector<Candidate> candidates, ImagePort& images,
        Confinement& confinement, TreeWalk walk,
        std::function<bool(const Candidate&)> wanted);
  ~Looks();

  // The candidate that Next and Skip are about; nullptr when there is no more.
  const Candidate* Upcoming() const;

  // The facts of that candidate, whatever becomes of reading it; at least those
  // of Depth::kContents. Goes on to the one behind it. A walk that was not
  // begun with costs a second look.
  ImageFacts Next(Reach reach);

  // Passes that candidate over.
  void Skip();

 private:
  struct Running;

  void StartSome();
  ImageFacts InspectDirectory(const Candidate& candidate, TreeWalk walk);

  const std::vector<Candidate> candidates_;
  const TreeWalk walk_;
  const std::function<bool(const Candidate&)> wanted_;
  ImagePort& images_;
  Confinement& confinement_;
  size_t started_ = 0;                            // candidates, from the first
  std::deque<std::unique_ptr<Running>> running_;  // the last of those started
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_LOOKS_H_
