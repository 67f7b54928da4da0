// What facts say of the filesystem inside, to messages of proto/facts.proto and
// back. What cannot be read is remembered in `status`.
#ifndef EXTGATE_ENGINE_CONTENTS_CODEC_H_
#define EXTGATE_ENGINE_CONTENTS_CODEC_H_

#include "absl/status/status.h"
#include "policy/evidence.h"
#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "proto/facts.pb.h"

namespace extgate {

void EncodeRelease(const ExtensionRelease& release, v1::ExtensionRelease& out);
ExtensionRelease DecodeRelease(const v1::ExtensionRelease& in);

void EncodeTree(const TreeFacts& tree, v1::Tree& out);
TreeFacts DecodeTree(const v1::Tree& in, absl::Status& status);

// There is no way back: on another host it is another.
void EncodeOverlap(const Evidence<HostOverlap>& overlap, v1::HostOverlap& out);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CONTENTS_CODEC_H_
