// What the stub of each boot entry will find once images were installed as a
// policy has it.
#ifndef EXTGATE_ADAPTERS_ENTRY_PLAN_H_
#define EXTGATE_ADAPTERS_ENTRY_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/measured_set.h"
#include "adapters/places.h"
#include "engine/install/installation.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"

namespace extgate {

struct PlannedEntry {
  std::string id;          // of the boot entry; "" where no partition is known
  std::string word;        // what policies call it; "" is no name
  MeasuredSetOptions set;  // what lies beside its kernel image then
};

struct EntryPlan {
  Installation installation;          // as a dry run of `install` has it
  std::vector<PlannedEntry> entries;  // by id, then by word
  std::vector<std::string> remarks;
};

// Plans as Installer::Install() would install the images among set.own on the
// partition set.esp, data checked against hash trees too. Credentials and
// add-ons among set.own are beside the kernel image of each entry. Without a
// partition the entries are those that the policy's `entries` name, `active`
// and `passive`, and nothing lies there yet. set.entry limits the result to
// one.
//
// Where `places` have Kairos' store, images go there, and no stub finds them,
// but for recovery. Errors of NamedPartition::Open and FindStubEntries;
// Unavailable: the program of an entry that is asked about cannot be read;
// NotFound: there is no such entry, or none at all.
absl::StatusOr<EntryPlan> PlanEntries(const MeasuredSetOptions& set,
                                      const Places& places, const Ports& ports,
                                      const HostFacts& host,
                                      const LoadedPolicy& loaded);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_ENTRY_PLAN_H_
