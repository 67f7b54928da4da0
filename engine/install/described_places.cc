// Ways in: the members of DescribedPlaces.
#include "engine/install/described_places.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/printable.h"

namespace extgate {
namespace {

absl::Status OnlyDescribed() {
  return absl::FailedPreconditionError(
      "this place is only described, and nothing can be changed there");
}

}  // namespace

void DescribedPlaces::Add(const std::string& entry, std::string directory,
                          std::vector<InstalledFile> files) {
  all_.push_back({entry, std::move(directory), std::move(files)});
}

absl::StatusOr<std::vector<std::string>> DescribedPlaces::Entries() {
  std::vector<std::string> words;
  for (const Described& place : all_) {
    if (std::find(words.begin(), words.end(), place.entry) == words.end()) {
      words.push_back(place.entry);
    }
  }
  return words;
}

absl::StatusOr<std::vector<InstallPlace>> DescribedPlaces::PlacesOf(
    const std::string& entry, ImageClass) {
  std::vector<InstallPlace> places;
  for (size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].entry == entry) {
      places.push_back({all_[i].directory, true, i, all_[i].directory, ""});
    }
  }
  if (!places.empty()) return places;
  return absl::NotFoundError(
      absl::StrCat("there is no entry `", PrintableText(entry), "` here"));
}

absl::StatusOr<std::vector<InstallPlace>> DescribedPlaces::PlacesBeside(
    const std::string&) {
  return OnlyDescribed();
}

absl::StatusOr<std::unique_ptr<ImageReader>> DescribedPlaces::KernelImageOf(
    const InstallPlace&) {
  return OnlyDescribed();
}

absl::StatusOr<std::vector<InstalledFile>> DescribedPlaces::Files(
    const InstallPlace& place) {
  return all_.at(place.root).files;
}

absl::StatusOr<std::optional<uint64_t>> DescribedPlaces::SizeOf(
    const InstallPlace& place, absl::string_view file_name) {
  for (const InstalledFile& file : all_.at(place.root).files) {
    if (file.name == file_name) return file.size_bytes;
  }
  return std::nullopt;
}

absl::StatusOr<InstallVolume> DescribedPlaces::VolumeOf(const InstallPlace&) {
  InstallVolume volume;
  volume.free_bytes = std::numeric_limits<uint64_t>::max();
  volume.most_bytes = kMostOnFat;
  volume.shares = true;
  return volume;
}

absl::StatusOr<std::unique_ptr<PrivateFile>> DescribedPlaces::Create(
    const InstallPlace&, uint64_t) {
  return OnlyDescribed();
}

absl::Status DescribedPlaces::Commit(std::unique_ptr<PrivateFile>,
                                     const InstallPlace&, absl::string_view) {
  return OnlyDescribed();
}

absl::Status DescribedPlaces::Share(const InstallPlace&, const InstallPlace&,
                                    absl::string_view) {
  return OnlyDescribed();
}

absl::Status DescribedPlaces::Remove(const InstallPlace&, absl::string_view) {
  return OnlyDescribed();
}

}  // namespace extgate
