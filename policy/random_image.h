// Test only: images at random, sound and spoilt, with who signed them, and
// hosts.
#ifndef EXTGATE_POLICY_RANDOM_IMAGE_H_
#define EXTGATE_POLICY_RANDOM_IMAGE_H_

#include <map>
#include <string>

#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/random_draw.h"
#include "policy/signature_standing.h"

namespace extgate {

// Draws from `draw`, which must outlive it.
class RandomImages {
 public:
  explicit RandomImages(RandomDraw& draw) : draw_(draw) {}

  // Without a tree. One in three is spoilt in some way.
  ImageFacts DrawImage();
  SignatureStanding DrawStanding(const ImageFacts& image);
  HostFacts DrawHost();
  Evidence<TreeFacts> DrawTree();
  Evidence<HostOverlap> DrawOverlap();

 private:
  std::map<std::string, std::string> Release(const std::string& prefix);
  std::string Path();
  TreeFile FileOfTree();
  void Shape(ImageFacts& image);
  template <typename T>
  void SpoilEvidence(Evidence<T>& evidence);
  void Spoil(ImageFacts& image);
  UtcTime Day();

  RandomDraw& draw_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_RANDOM_IMAGE_H_
