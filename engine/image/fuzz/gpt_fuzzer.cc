// A disk, as it is and with its table's checksums made right: partitions lie
// inside and apart, and the layout is chosen among them whatever their order.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/fuzz/repaired_table.h"
#include "engine/image/gpt.h"
#include "engine/image/layout.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

void CheckTable(const PartitionTable& table, uint64_t size) {
  const uint32_t sector = table.sector_size;
  Require(sector == 512 || sector == 1024 || sector == 2048 || sector == 4096,
          "the sector size is one of four");
  std::set<std::string> uuids;
  for (const Partition& partition : table.partitions) {
    const ByteRange& range = partition.range;
    Require(range.size > 0 && range.offset <= size &&
                range.size <= size - range.offset,
            "a partition lies inside");
    Require(range.offset % sector == 0 && range.size % sector == 0,
            "a partition is whole sectors");
    Require(range.offset >= 2 * sector, "a partition is behind the header");
    Require(partition.index < 1024, "there are 1024 entries at most");
    Require(uuids.insert(partition.uuid).second, "no UUID is there twice");
    for (const Partition& other : table.partitions) {
      Require(&other == &partition ||
                  other.range.offset + other.range.size <= range.offset ||
                  range.offset + range.size <= other.range.offset,
              "partitions are apart");
    }
  }
}

void CheckLayout(const PartitionTable& table) {
  const Evidence<Layout> layout = ChooseLayout(table);
  Require(layout == ChooseLayout(table), "chosen alike twice");
  Require(!layout.absent(), "there is a layout, or a reason why not");
  PartitionTable reversed = table;
  std::reverse(reversed.partitions.begin(), reversed.partitions.end());
  const Evidence<Layout> again = ChooseLayout(reversed);
  Require((layout.value() != nullptr) == (again.value() != nullptr),
          "no order makes a layout ambiguous");
  if (layout.value() == nullptr) return;
  Require(layout == again, "the order chooses nothing");
  const auto is_partition = [&](const ByteRange& range) {
    return std::any_of(
        table.partitions.begin(), table.partitions.end(),
        [&](const Partition& partition) { return partition.range == range; });
  };
  Require(is_partition(layout.value()->data), "the data is a partition");
  Require(!layout.value()->verity || is_partition(*layout.value()->verity),
          "the hash tree is a partition");
  Require(
      !layout.value()->signature || is_partition(*layout.value()->signature),
      "the signature is a partition");
  Require(layout.value()->verity || !layout.value()->signature,
          "no signature without a hash tree");
}

void Check(absl::Span<const uint8_t> bytes) {
  BufferReader image(bytes);
  const absl::StatusOr<Evidence<PartitionTable>> table = ReadGpt(image);
  Require(table.ok(), "bytes in memory give no I/O error");
  Require(*table == *ReadGpt(image), "read alike twice");
  Require(table->unsupported() == nullptr, "no table is unsupported");
  if (table->value() == nullptr) return;
  CheckTable(*table->value(), bytes.size());
  CheckLayout(*table->value());
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::Span<const uint8_t> image = input.Rest();
  extgate::Check(image);
  extgate::Check(extgate::RepairedTable(image));
  return 0;
}
