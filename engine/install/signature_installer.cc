// Ways in: the members of SignatureInstaller.
#include "engine/install/signature_installer.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/install/room_on_volumes.h"
#include "engine/install/signature_file.h"
#include "engine/install/usual_entries.h"
#include "engine/pcr/carried_policies.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/signed_policy.h"

namespace extgate {
namespace {

constexpr char kOfRegister12[] =
    "the file is a credential, and as such in register 12: seal no disk to "
    "that";

absl::Status CheckPolicies(absl::string_view json) {
  const auto policies = ReadSignedPolicies(json);
  if (!policies.ok()) return policies.status();
  if (policies->empty()) {
    return absl::InvalidArgumentError("there is no policy in it");
  }
  for (const SignedPolicy& policy : *policies) {
    if (policy.pcrs.count(kParametersPcr) == 0) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "it has a policy for ", PcrSetText(policy.pcrs),
        ", which no boot fulfils that gets it as a credential: that changes "
        "register 12"));
  }
  return absl::OkStatus();
}

PlacedImage& Add(const std::string& entry, absl::string_view why,
                 Installation& done) {
  PlacedImage& row = done.images.emplace_back();
  row.name = kSignatureFile;
  row.image_class = std::nullopt;
  row.entry = entry;
  row.why = std::string(why);
  return row;
}

std::string PathIn(const InstallPlace& place) {
  return absl::StrCat(place.directory, "/", kSignatureFile);
}

// Those of `places` that are not among `seen`, which they are then: entries of
// one kernel image have one file.
std::vector<InstallPlace> Fresh(const std::vector<InstallPlace>& places,
                                std::vector<InstallPlace>& seen) {
  std::vector<InstallPlace> fresh;
  for (const InstallPlace& place : places) {
    if (std::find(seen.begin(), seen.end(), place) != seen.end()) continue;
    seen.push_back(place);
    fresh.push_back(place);
  }
  return fresh;
}

// Makes a row one that failed, where there is an error.
void Fail(const absl::Status& status, PlacedImage& row) {
  if (status.ok()) return;
  row.placement = Placement::kFailed;
  row.why = std::string(status.message());
}

}  // namespace

absl::StatusOr<Installation> SignatureInstaller::Install(
    absl::string_view source, const std::string& json,
    const std::vector<std::string>& entries, bool dry_run) {
  absl::Status status = CheckPolicies(json);
  if (!status.ok()) return status;
  const auto known = places_.Entries();
  if (!known.ok()) return known.status();
  const std::vector<std::string> wanted =
      entries.empty() ? UsualEntries(*known) : entries;
  Installation done;
  RoomOnVolumes room;
  absl::Status no_room;
  // What is written is first gone through without writing.
  Walk(wanted, done, [&](const InstallPlace& place, PlacedImage& row) {
    absl::Status planned = Plan(place, json, row).status();
    if (!planned.ok() || row.placement == Placement::kRefused) return planned;
    const auto volume = places_.VolumeOf(place);
    if (!volume.ok()) return volume.status();
    no_room.Update(room.Take(*volume, row.size_bytes, row.path));
    return absl::OkStatus();
  });
  if (!no_room.ok()) return no_room;
  if (!dry_run) {
    done = Installation();
    Walk(wanted, done, [&](const InstallPlace& place, PlacedImage& row) {
      const auto content = Plan(place, json, row);
      if (!content.ok() || row.placement == Placement::kRefused) {
        return content.status();
      }
      auto file = places_.Create(place, content->size());
      if (!file.ok()) return file.status();
      absl::Status written = (*file)->WriteAt(0, BytesOf(*content));
      if (!written.ok()) return written;
      return places_.Commit(*std::move(file), place, kSignatureFile);
    });
  }
  done.dry_run = dry_run;
  if (wanted.empty()) Add("", NoUsualEntry(*known), done);
  for (PlacedImage& row : done.images) {
    row.source = std::string(source);
    if (row.placement == Placement::kRefused || !done.remarks.empty()) continue;
    done.remarks.emplace_back(kOfRegister12);
  }
  TakeRemarks(done);
  return done;
}

absl::StatusOr<std::string> SignatureInstaller::Plan(const InstallPlace& place,
                                                     const std::string& json,
                                                     PlacedImage& row) {
  const auto kernel_image = places_.KernelImageOf(place);
  if (!kernel_image.ok()) return kernel_image.status();
  auto content = WithCarriedPolicies(json, **kernel_image);
  if (!content.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the kernel image: ", content.status().message()));
  }
  row.size_bytes = content->size();
  if (row.size_bytes > kMaxSignatureCredential) {
    row.why = absl::StrCat("it has ", row.size_bytes, " bytes, and more than ",
                           kMaxSignatureCredential,
                           " would crowd other credentials out");
    return content;
  }
  const auto old = places_.SizeOf(place, kSignatureFile);
  if (!old.ok()) return old.status();
  row.placement = old->has_value() ? Placement::kReplace : Placement::kNew;
  return content;
}

absl::Status SignatureInstaller::Remove(const std::vector<std::string>& entries,
                                        bool dry_run, Installation& done) {
  const auto known = places_.Entries();
  if (!known.ok()) return known.status();
  const size_t before = done.images.size();
  std::vector<InstallPlace> seen;
  for (const std::string& entry : entries.empty() ? *known : entries) {
    const auto places = places_.PlacesBeside(entry);
    if (!places.ok()) continue;  // it has none, and so no file
    for (const InstallPlace& place : Fresh(*places, seen)) {
      PlacedImage* const row = Look(entry, place, done);
      if (row == nullptr || row->placement == Placement::kFailed) continue;
      row->placement = Placement::kRemove;
      if (dry_run) continue;
      Fail(places_.Remove(place, kSignatureFile), *row);
    }
  }
  if (done.images.size() == before) {
    Add("",
        absl::StrCat("no signature is installed for ",
                     entries.empty() ? "any entry" : QuotedEntries(entries)),
        done);
  }
  TakeRemarks(done);
  return absl::OkStatus();
}

absl::StatusOr<Installation> SignatureInstaller::List() {
  const auto known = places_.Entries();
  if (!known.ok()) return known.status();
  Installation found;
  for (const std::string& entry : *known) {
    const auto places = places_.PlacesBeside(entry);
    if (!places.ok()) continue;
    for (const InstallPlace& place : *places) Look(entry, place, found);
  }
  return found;
}

PlacedImage* SignatureInstaller::Look(const std::string& entry,
                                      const InstallPlace& place,
                                      Installation& found) {
  const auto size = places_.SizeOf(place, kSignatureFile);
  if (size.ok() && !size->has_value()) return nullptr;
  PlacedImage& row = Add(entry, "", found);
  row.path = PathIn(place);
  row.placement = Placement::kThere;
  if (size.ok()) row.size_bytes = **size;
  Fail(size.status(), row);
  return &row;
}

void SignatureInstaller::Walk(const std::vector<std::string>& entries,
                              Installation& done, Visit visit) {
  std::vector<InstallPlace> seen;
  for (const std::string& entry : entries) {
    const auto places = places_.PlacesBeside(entry);
    if (!places.ok()) {
      Add(entry, places.status().message(), done);
      continue;
    }
    for (const InstallPlace& place : Fresh(*places, seen)) {
      PlacedImage& row = Add(entry, "", done);
      row.path = PathIn(place);
      Fail(visit(place, row), row);
    }
  }
}

void SignatureInstaller::TakeRemarks(Installation& done) {
  for (std::string& remark : places_.TakeRemarks()) {
    done.remarks.push_back(std::move(remark));
  }
}

}  // namespace extgate
