#include "engine/crypto/trial.h"

#include <algorithm>

namespace extgate {

void Trial::Took(uint64_t ticks) {
  uint64_t& shortest = shortest_[way()];
  shortest = std::min(shortest, ticks);
  --turns_left_;
  if (!over()) return;
  quickest_ = static_cast<size_t>(
      std::min_element(shortest_.begin(), shortest_.end()) - shortest_.begin());
}

}  // namespace extgate
