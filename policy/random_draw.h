// Test only: what all draws at random begin with.
#ifndef EXTGATE_POLICY_RANDOM_DRAW_H_
#define EXTGATE_POLICY_RANDOM_DRAW_H_

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>

#include "policy/values.h"

namespace extgate {

// The same seed, the same draws.
class RandomDraw {
 public:
  explicit RandomDraw(uint32_t seed) : random_(seed) {}

  uint32_t Below(uint32_t limit) { return random_() % limit; }

  // True once in `n` times.
  bool OneIn(uint32_t n) { return Below(n) == 0; }

  template <typename T>
  T Pick(std::initializer_list<T> from) {
    return from.begin()[Below(static_cast<uint32_t>(from.size()))];
  }

  // The same for texts, of which only the one is made.
  std::string Word(std::initializer_list<const char*> from) {
    return Pick<const char*>(from);
  }

  // What both policies and images are about.
  ImageClass Class() {
    return Pick<ImageClass>({ImageClass::kSysext, ImageClass::kConfext});
  }
  std::string Entry() { return Word({"active", "passive", "common", ""}); }
  std::string SetName() { return Word({"acme", "acme", "other"}); }

 private:
  std::mt19937 random_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_RANDOM_DRAW_H_
