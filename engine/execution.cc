// Way in: ExecutePlan.
#include "engine/execution.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/census.h"

namespace extgate {
namespace {

void CoverOrSaySo(StagingPort& staging, Plan& plan) {
  for (const std::string& directory : plan.covers) {
    const absl::Status covered = staging.Cover(directory);
    if (covered.ok()) continue;
    plan.violations.push_back(
        {ReasonCode::kBypass,
         absl::StrCat("systemd must not look into ", directory, ", and ",
                      covered.message())});
  }
}

std::set<std::string> Addresses(const Plan& plan) {
  std::set<std::string> addresses;
  for (const ClassPlan* plan_of_class : {&plan.sysext, &plan.confext}) {
    for (const SetEntry& entry : plan_of_class->set) {
      if (entry.kind == SetEntry::Kind::kImage ||
          entry.kind == SetEntry::Kind::kTree) {
        addresses.insert(entry.target);
      }
    }
  }
  return addresses;
}

// What systemd is given besides the sets.
class FilesForSystemd {
 public:
  FilesForSystemd(StagingPort& staging, const ApplyOptions& options,
                  const LoadedPolicy& loaded, const HostFacts& host)
      : staging_(staging), options_(options), loaded_(loaded), host_(host) {}

  std::vector<OwnedFile> For(const Plan& plan) {
    if (loaded_.policy.mode == Mode::kDisabled) return {};
    for (const Fingerprint& fingerprint : plan.certificates) {
      if (const Certificate* found = loaded_.trust.Find(fingerprint)) {
        files_.push_back(
            {absl::StrCat("/run/verity.d/extgate-", fingerprint.hex(), ".crt"),
             found->pem});
      }
    }
    AddUnitFiles(ImageClass::kSysext, plan.sysext);
    AddUnitFiles(ImageClass::kConfext, plan.confext);
    return std::move(files_);
  }

 private:
  void AddUnitFiles(ImageClass image_class, const ClassPlan& plan) {
    const std::string word = ToWord(image_class);
    if (options_.drop_in == ApplyOptions::WriteDropIn::kYes &&
        !staging_.HasPackagedDropIn(image_class)) {
      files_.push_back({absl::StrCat("/run/systemd/system/systemd-", word,
                                     ".service.d/zzz-extgate.conf"),
                        DropInText(image_class, plan.hand_over,
                                   loaded_.policy.merge_timeout)});
    }
    const std::string config =
        ConfigText(image_class, plan.hand_over, host_.systemd_version);
    if (!config.empty()) {
      files_.push_back(
          {absl::StrCat("/run/systemd/", word, ".conf.d/zzz-extgate.conf"),
           config});
    }
  }

  StagingPort& staging_;
  const ApplyOptions& options_;
  const LoadedPolicy& loaded_;
  const HostFacts& host_;
  std::vector<OwnedFile> files_;
};

}  // namespace

absl::Status ExecutePlan(const Ports& ports, const ApplyOptions& options,
                         const LoadedPolicy& loaded, const HostFacts& host,
                         Plan& plan) {
  StagingPort& staging = ports.staging;
  CoverOrSaySo(staging, plan);
  absl::Status status = staging.WriteOwnedFiles(
      FilesForSystemd(staging, options, loaded, host).For(plan));
  if (!status.ok()) return status;
  status = staging.Publish(ImageClass::kSysext, plan.sysext.set);
  if (!status.ok()) return status;
  status = staging.Publish(ImageClass::kConfext, plan.confext.set);
  if (!status.ok()) return status;
  for (const std::string& directory : CoverableDirectories()) {
    if (plan.covers.contains(directory)) continue;
    status = staging.Uncover(directory);
    if (!status.ok()) return status;
  }
  std::set<std::string> kept = Addresses(plan);
  kept.insert(options.also_keep.begin(), options.also_keep.end());
  return staging.Prune(kept);
}

}  // namespace extgate
