// Which entry systemd-boot would start next.
#ifndef EXTGATE_ENGINE_BOOT_BOOT_ORDER_H_
#define EXTGATE_ENGINE_BOOT_BOOT_ORDER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/boot/boot_entry.h"
#include "policy/words.h"

namespace extgate {

// What besides its entries systemd-boot goes by. Patterns are globs against
// BootEntry::Id(), in any case; empty: not set. Source: systemd-boot(7),
// loader.conf(5), Boot Loader Interface.
struct LoaderChoice {
  std::string one_shot;  // LoaderEntryOneShot, of the next boot alone
  // LoaderEntryPreferred and loader.conf `preferred`, which pass over what is
  // found bad. Only where the loader knows them: from 260 on.
  std::string preferred_variable;
  std::string preferred_file;
  std::string default_variable;  // LoaderEntryDefault
  std::string default_file;      // loader.conf `default`
  // LoaderEntryLastBooted: what "@saved" means in place of a pattern.
  std::string last_booted;
  friend bool operator==(const LoaderChoice&, const LoaderChoice&) = default;
};

// Why an entry is the next one. What is not kPreferred or kOrder holds for an
// entry without tries left too: it defeats boot assessment.
enum class ChosenBy {
  kOneShot,
  kPreferred,
  kDefaultVariable,
  kDefaultFile,
  kOrder  // the first of the list
};

template <>
struct Words<ChosenBy> {
  static constexpr char kNoun[] = "chosen by";
  static constexpr std::pair<ChosenBy, const char*> kTable[] = {
      {ChosenBy::kOneShot, "LoaderEntryOneShot"},
      {ChosenBy::kPreferred, "preferred"},
      {ChosenBy::kDefaultVariable, "LoaderEntryDefault"},
      {ChosenBy::kDefaultFile, "default of loader.conf"},
      {ChosenBy::kOrder, "order"},
  };
};

struct NextBoot {
  size_t entry = 0;  // of the list it was asked about
  ChosenBy chosen_by = ChosenBy::kOrder;
  friend bool operator==(const NextBoot&, const NextBoot&) = default;
};

// Sorts as the menu shows them, first to last: what has no tries left comes
// last; then by sort key (entries without one behind), machine id, version and
// id (new before old), and of two alike the one with more tries left.
void SortAsShown(std::vector<BootEntry>& entries);

// What would be started of `entries`, sorted as shown. nullopt: there are none,
// and the firmware takes over.
std::optional<NextBoot> NextToBoot(const std::vector<BootEntry>& entries,
                                   const LoaderChoice& choice);

// The keys `default` and `preferred` of `text`, the content of
// /loader/loader.conf, into `choice`.
LoaderChoice WithLoaderConf(LoaderChoice choice, absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_BOOT_ORDER_H_
