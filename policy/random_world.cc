// One way in: RandomWorlds::Draw.
#include "policy/random_world.h"

namespace extgate {

RandomWorld RandomWorlds::Draw() {
  RandomWorld world;
  world.image = images_.DrawImage();
  world.standing = images_.DrawStanding(world.image);
  world.host = images_.DrawHost();
  world.policy = rules_.DrawPolicy();
  if (draw_.OneIn(4)) {
    world.policy.merge.hierarchies = {{draw_.Word({"/usr", "/usr/lib", "/opt"}),
                                       draw_.Word({"/usr/a", "/usr/lib/b"})},
                                      {}};
  }
  if (draw_.OneIn(4)) {
    world.host.hierarchies = {{draw_.Word({"/usr/lib", "/opt", "/usr/a"})},
                              {draw_.Word({"/etc", "/etc/a"})}};
  }
  if (!draw_.OneIn(4)) world.image.tree = images_.DrawTree();
  if (!draw_.OneIn(4)) world.overlap = images_.DrawOverlap();
  return world;
}

}  // namespace extgate
