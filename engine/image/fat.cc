// Way in: FatVolume::Open(), then Find() or List(), then OpenFile().
#include "engine/image/fat.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "engine/image/fat_file.h"
#include "engine/image/read_span.h"
#include "policy/printable.h"

namespace extgate {
namespace {

std::string Quoted(absl::string_view name) {
  return absl::StrCat("`", PrintableText(name), "`");
}

// The error of what is called `entry`, saying so.
absl::Status Within(const FatEntry& entry, const absl::Status& status) {
  return absl::Status(
      status.code(),
      absl::StrCat(entry.first_cluster ? Quoted(entry.name) : "root directory",
                   ": ", status.message()));
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isascii(static_cast<unsigned char>(c));
  });
}

bool IsCalled(const FatEntry& entry, absl::string_view name) {
  if (entry.has_long_name && absl::EqualsIgnoreCase(entry.name, name)) {
    return true;
  }
  return IsAscii(name) && absl::EqualsIgnoreCase(entry.short_name, name);
}

}  // namespace

absl::StatusOr<FatVolume> FatVolume::Open(ImageReader& image) {
  const absl::StatusOr<FatGeometry> geometry = ReadFatBootSector(image);
  if (!geometry.ok()) return geometry.status();
  return FatVolume(image, *geometry);
}

FatEntry FatVolume::Root() const {
  FatEntry root;
  root.directory = true;
  return root;
}

absl::StatusOr<std::vector<uint8_t>> FatVolume::ReadDirectory(
    const FatEntry& directory) {
  if (!directory.first_cluster && geometry_.type != FatType::kFat32) {
    return ReadSpan(*image_, geometry_.root_offset, geometry_.root_size,
                    "the root directory");
  }
  const absl::StatusOr<FatChain> chain =
      table_.Chain(directory.first_cluster.value_or(geometry_.root_cluster),
                   kMaxFatDirectoryBytes / geometry_.cluster_size);
  if (!chain.ok()) return chain.status();
  FatFile file(*image_, geometry_, *chain,
               chain->clusters * geometry_.cluster_size);
  return ReadSpan(file, 0, file.size_bytes(), "a directory");
}

absl::StatusOr<std::vector<FatEntry>> FatVolume::List(
    const FatEntry& directory) {
  if (!directory.directory) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(directory.name), " is no directory"));
  }
  const absl::StatusOr<std::vector<uint8_t>> bytes = ReadDirectory(directory);
  if (!bytes.ok()) return Within(directory, bytes.status());
  auto entries = ParseFatDirectory(*bytes, geometry_.type);
  if (!entries.ok()) return Within(directory, entries.status());
  return entries;
}

absl::StatusOr<FatEntry> FatVolume::FindIn(const FatEntry& directory,
                                           absl::string_view name) {
  if (!directory.directory) {
    return absl::NotFoundError(
        absl::StrCat(Quoted(directory.name), " is no directory"));
  }
  const absl::StatusOr<std::vector<FatEntry>> entries = List(directory);
  if (!entries.ok()) return entries.status();
  const FatEntry* found = nullptr;
  for (const FatEntry& entry : *entries) {
    if (!IsCalled(entry, name)) continue;
    if (found != nullptr) {
      return Within(directory, absl::DataLossError(absl::StrCat(
                                   Quoted(name), " is there twice")));
    }
    found = &entry;
  }
  if (found == nullptr) {
    return Within(directory, absl::NotFoundError(
                                 absl::StrCat("there is no ", Quoted(name))));
  }
  return *found;
}

absl::StatusOr<FatEntry> FatVolume::Find(absl::string_view path) {
  FatEntry entry = Root();
  for (absl::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    absl::StatusOr<FatEntry> next = FindIn(entry, name);
    if (!next.ok()) return next.status();
    entry = *std::move(next);
  }
  return entry;
}

absl::StatusOr<FatChain> FatVolume::ChainOf(const FatEntry& file) {
  const uint64_t clusters =
      (file.size_bytes + geometry_.cluster_size - 1) / geometry_.cluster_size;
  if (clusters == 0 && file.first_cluster == 0u) return FatChain{};
  absl::StatusOr<FatChain> chain =
      table_.Chain(file.first_cluster.value_or(0), clusters);
  if (chain.ok() && chain->clusters != clusters) {
    return absl::DataLossError(absl::StrCat(
        "the chain of cluster ", *file.first_cluster, " has ", chain->clusters,
        " clusters, not the ", clusters, " of its size"));
  }
  return chain;
}

absl::StatusOr<std::unique_ptr<ImageReader>> FatVolume::OpenFile(
    const FatEntry& file) {
  if (file.directory) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(file.name), " is a directory"));
  }
  const absl::StatusOr<FatChain> chain = ChainOf(file);
  if (!chain.ok()) return Within(file, chain.status());
  return std::make_unique<FatFile>(*image_, geometry_, *chain, file.size_bytes);
}

}  // namespace extgate
