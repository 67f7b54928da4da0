// The name of a file, and behind a newline the description in it. The name is
// taken apart and put together again; the entry is what its lines say.
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/boot/boot_entry.h"
#include "engine/boot/boot_order.h"
#include "engine/boot/entry_name.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

void CheckName(absl::string_view file_name) {
  const auto name = EntryName::Parse(file_name);
  if (!name.has_value()) return;
  Require(EntryName::Parse(name->With(name->tries())) == name,
          "put together it is taken apart alike");
  for (const std::optional<Tries>& tries :
       {std::optional<Tries>(Tries{3, 0}), std::optional<Tries>(Tries{0, 7})}) {
    const auto other = EntryName::Parse(name->With(tries));
    Require(other.has_value() && other->tries() == tries &&
                other->WithoutTries() == name->WithoutTries(),
            "other tries are the same entry");
  }
  if (!name->tries().has_value()) {
    Require(name->WithoutTries() == file_name, "without tries it is its name");
  }
}

void CheckDescription(absl::string_view file_name, absl::string_view text) {
  const auto entry =
      EntryOfDescription("/loader/entries", file_name, text, "x64");
  Require(entry.ok() || absl::IsNotFound(entry.status()),
          "a description is an entry or NotFound");
  if (!entry.ok()) return;
  Require(!entry->program.empty() && entry->program[0] == '/',
          "a program is a path");
  Require(entry->program.find('\\') == std::string::npos,
          "a path has one kind of slash");
  Require(entry->Id() == absl::AsciiStrToLower(entry->Id()),
          "an id is in lower case");
  // Comments and a carriage return before each newline change nothing.
  const auto more =
      EntryOfDescription("/loader/entries", file_name,
                         absl::StrCat("# a\r\n", text, "\r\n#b c"), "x64");
  Require(more.ok() && *more == *entry, "comments change nothing");
  std::vector<BootEntry> both = {*entry, *entry};
  SortAsShown(both);
  LoaderChoice choice;
  choice.default_file = std::string(text.substr(0, 64));
  const auto next = NextToBoot(both, choice);
  Require(next.has_value() && next->entry < both.size(),
          "of some entries one is next");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::string_view name = input.Until('\n');
  extgate::CheckName(name);
  extgate::CheckDescription(name, input.RestText());
  return 0;
}
