// Which of several ways to do the same work is the quickest on this machine,
// found out while the work is done.
#ifndef EXTGATE_ENGINE_CRYPTO_TRIAL_H_
#define EXTGATE_ENGINE_CRYPTO_TRIAL_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace extgate {

// Gives each way kTurns turns, one after the other; after that the way of the
// shortest turn of all is the way. A turn that something interrupted does not
// count against a way, since its other turns are shorter. Not thread-safe.
class Trial {
 public:
  // So many that one undisturbed turn of each is among them, and so few that
  // what a slow way costs is lost in work worth a choice.
  static constexpr size_t kTurns = 8;

  // Of `ways` ways, at least one. Of one there is nothing to find out.
  explicit Trial(size_t ways)
      : shortest_(ways, std::numeric_limits<uint64_t>::max()),
        turns_left_(ways > 1 ? ways * kTurns : 0) {}

  // Which way to go next, from 0 on.
  size_t way() const {
    return over() ? quickest_ : turns_left_ % shortest_.size();
  }

  bool over() const { return turns_left_ == 0; }

  // The turn of way() took `ticks`, of any clock that only goes forward. Only
  // while the trial is not over.
  void Took(uint64_t ticks);

 private:
  std::vector<uint64_t> shortest_;
  size_t turns_left_;
  size_t quickest_ = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TRIAL_H_
