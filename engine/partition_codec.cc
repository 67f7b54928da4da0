// Ways in: EncodeTable, EncodeLayout and the ways back.
#include "engine/partition_codec.h"

#include <string>

#include "engine/facts_fields.h"
#include "engine/word_decoder.h"

namespace extgate {
namespace {

// Designator of a layout with a root partition below usr.
constexpr char kRootAndUsr[] = "root+usr";

void EncodeRange(const ByteRange& range, v1::Range& out) {
  out.set_offset(range.offset);
  out.set_size(range.size);
}

ByteRange DecodeRange(const v1::Range& in) { return {in.offset(), in.size()}; }

}  // namespace

void EncodeTable(const PartitionTable& table, v1::PartitionTable& out) {
  out.set_sector_size(table.sector_size);
  for (const Partition& partition : table.partitions) {
    v1::Partition* entry = out.add_partitions();
    entry->set_index(partition.index);
    entry->set_type_guid(partition.type_guid);
    entry->set_uuid(partition.uuid);
    entry->set_label(RecordedText(partition.label));
    entry->set_attributes(partition.attributes);
    entry->set_offset(partition.range.offset);
    entry->set_size(partition.range.size);
  }
}

void EncodeLayout(const Layout& layout, v1::Layout& out) {
  out.set_designator(ToWord(layout.designator));
  if (layout.root_below) {
    // A word of its own, so that a reader that does not know of it fails.
    out.set_designator(kRootAndUsr);
    v1::RootBelow& below = *out.mutable_root_below();
    EncodeRange(layout.root_below->range, *below.mutable_range());
    below.set_uuid(layout.root_below->uuid);
    below.set_attributes(layout.root_below->attributes);
  }
  if (layout.architecture) out.set_architecture(ToWord(*layout.architecture));
  for (const std::string& other : layout.other_designators) {
    out.add_other_designators(other);
  }
  EncodeRange(layout.data, *out.mutable_data());
  if (layout.verity) EncodeRange(*layout.verity, *out.mutable_verity());
  if (layout.signature) {
    EncodeRange(*layout.signature, *out.mutable_signature());
  }
  out.set_data_uuid(layout.data_uuid);
  out.set_verity_uuid(layout.verity_uuid);
  out.set_data_attributes(layout.data_attributes);
}

PartitionTable DecodeTable(const v1::PartitionTable& in) {
  PartitionTable table;
  table.sector_size = in.sector_size();
  for (const v1::Partition& entry : in.partitions()) {
    table.partitions.push_back({entry.index(),
                                entry.type_guid(),
                                entry.uuid(),
                                entry.label(),
                                entry.attributes(),
                                {entry.offset(), entry.size()}});
  }
  return table;
}

Layout DecodeLayout(const v1::Layout& in, absl::Status& status) {
  Layout layout;
  if ((in.designator() == kRootAndUsr) != in.has_root_below()) {
    status.Update(absl::InvalidArgumentError(
        "a layout has designator `root+usr` or `root_below`, not both"));
  }
  if (in.has_root_below()) {
    layout.designator = Designator::kUsr;
    layout.root_below =
        RootBelow{DecodeRange(in.root_below().range()), in.root_below().uuid(),
                  in.root_below().attributes()};
  } else {
    DecodeInto(in.designator(), layout.designator, status);
  }
  if (!in.architecture().empty()) {
    DecodeInto(in.architecture(), layout.architecture.emplace(), status);
  }
  layout.data = DecodeRange(in.data());
  if (in.has_verity()) layout.verity = DecodeRange(in.verity());
  if (in.has_signature()) layout.signature = DecodeRange(in.signature());
  layout.data_uuid = in.data_uuid();
  layout.verity_uuid = in.verity_uuid();
  layout.data_attributes = in.data_attributes();
  layout.other_designators.assign(in.other_designators().begin(),
                                  in.other_designators().end());
  return layout;
}

}  // namespace extgate
