// Partition table and layout of ImageFacts to messages of proto/facts.proto,
// and back. What cannot be read is remembered in `status`.
#ifndef EXTGATE_ENGINE_PARTITION_CODEC_H_
#define EXTGATE_ENGINE_PARTITION_CODEC_H_

#include "absl/status/status.h"
#include "policy/facts.h"
#include "proto/facts.pb.h"

namespace extgate {

void EncodeTable(const PartitionTable& table, v1::PartitionTable& out);
PartitionTable DecodeTable(const v1::PartitionTable& in);

void EncodeLayout(const Layout& layout, v1::Layout& out);
Layout DecodeLayout(const v1::Layout& in, absl::Status& status);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PARTITION_CODEC_H_
