// What systemd reads beside an image file: a root hash, its signature or a hash
// tree of its own, which change what the image is to it.
#ifndef EXTGATE_ADAPTERS_SIDECAR_H_
#define EXTGATE_ADAPTERS_SIDECAR_H_

#include <string>

#include "adapters/places.h"

namespace extgate {

// The first sidecar of the file at `image`: the path of `NAME.roothash`,
// `.usrhash`, their `.p7s`, or `.verity`, beside it or beside what it links to
// (systemd up to 257 looks there, later ones here), or the name of an
// attribute `user.verity.roothash` or `user.verity.usrhash` of it; "" where
// there is none, or it is no regular file. A dangling symlink of such a name is
// one. Source: src/shared/dissect-image.c of systemd, verity_settings_load().
std::string SidecarOf(const HostPath& image);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_SIDECAR_H_
