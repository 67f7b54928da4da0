// Which partitions of an image systemd would use, chosen only where no version
// of systemd could choose differently.
// Source: uapi-group discoverable partitions; systemd's dissect-image.c.
#ifndef EXTGATE_ENGINE_IMAGE_LAYOUT_H_
#define EXTGATE_ENGINE_IMAGE_LAYOUT_H_

#include "absl/strings/string_view.h"
#include "policy/evidence.h"
#include "policy/facts.h"

namespace extgate {

// Chooses from `table`. Malformed ("layout-ambiguous"): a designator twice
// (also for two architectures), data and verity types of different
// architectures, a verity or signature partition without its data, a signature
// without verity, no root and no usr, an unknown partition type, or the no-auto
// bit or the label `_empty` on a root or usr type: where a part of systemd (its
// updates, its root in the initrd) passes over a partition of that label, what
// merges extensions takes it; also a usr beside a root that has a hash tree or
// a signature, or is for another architecture: systemd takes neither then. Of
// root and usr the layout is usr's, with the root partition below it. Where
// nothing is root or usr, a single partition of the generic Linux type is root,
// without verity and architecture; beside root or usr such partitions are read
// over.
Evidence<Layout> ChooseLayout(const PartitionTable& table);

// The layout of a filesystem without a table: root, the whole file.
Layout BareLayout(uint64_t size_bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_LAYOUT_H_
