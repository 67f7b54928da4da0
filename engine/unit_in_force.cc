// Ways in: JudgeUnit, RunsMerge.
#include "engine/unit_in_force.h"

#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace extgate {
namespace {

constexpr char kOwnFile[] = "/zzz-extgate.conf";

// "`/usr/bin/tool --word`"; of several, or none, how many there are.
std::string CommandsText(
    const std::vector<std::vector<std::string>>& commands) {
  if (commands.empty()) return "nothing";
  std::string text = absl::StrCat("`", absl::StrJoin(commands[0], " "), "`");
  if (commands.size() > 1) {
    absl::StrAppend(&text, " and ", commands.size() - 1, " more");
  }
  return text;
}

std::string FilesText(const std::vector<std::string>& files) {
  return absl::StrJoin(files, ", ",
                       [](std::string* out, const std::string& file) {
                         absl::StrAppend(out, "`", file, "`");
                       });
}

class Judgement {
 public:
  Judgement(const AskedUnit& asked, const HandOver& hand_over)
      : asked_(asked), unit_(asked.unit), hand_over_(hand_over) {}

  // What it does that it should not, "" when it does as it should.
  std::string Difference() const {
    for (const auto& [key, commands] :
         {std::pair<const char*, const std::vector<std::vector<std::string>>&>(
              "ExecStart", unit_.exec_start),
          std::pair<const char*, const std::vector<std::vector<std::string>>&>(
              "ExecReload", unit_.exec_reload)}) {
      if (commands.size() != 1 || !IsMeant(commands[0])) {
        return absl::StrCat("its ", key, " is ", CommandsText(commands),
                            " instead of ", Meant());
      }
    }
    // `extgate merge` hands its own environment over.
    return asked_.origin == DropInOrigin::kPackage ? ""
                                                   : DifferenceOfEnvironment();
  }

  // Who makes the difference, and what to do.
  std::string Culprit() const {
    const auto own = absl::c_find_if(
        unit_.drop_in_paths,
        [](const std::string& path) { return IsOwnName(path); });
    if (own == unit_.drop_in_paths.end()) {
      return absl::StrCat(
          "no drop-in of extgate's is loaded for it",
          unit_.drop_in_paths.empty()
              ? ""
              : absl::StrCat(", but ", FilesText(unit_.drop_in_paths)),
          "; `extgate apply --now` writes one, unless the package's is masked");
    }
    const std::vector<std::string> later(own + 1, unit_.drop_in_paths.end());
    if (!later.empty()) {
      return absl::StrCat(FilesText(later),
                          later.size() == 1 ? " comes" : " come",
                          " after extgate's drop-in; remove ",
                          later.size() == 1 ? "it" : "what sets it",
                          ", or give it a name before `zzz-extgate.conf`");
    }
    return absl::StrCat("`", *own,
                        "` is not as extgate left it; remove it, and run "
                        "`extgate apply --now`");
  }

 private:
  static bool IsOwnName(absl::string_view path) {
    return absl::EndsWith(path, kOwnFile);
  }

  std::string Tool() const {
    return absl::StrCat("systemd-", ToWord(asked_.image_class));
  }

  std::vector<std::string> MeantWords() const {
    std::vector<std::string> words = RefreshArguments(hand_over_);
    words.insert(words.begin(), Tool());
    return words;
  }

  std::string Meant() const {
    if (asked_.origin == DropInOrigin::kPackage) {
      return absl::StrCat("`extgate merge ", ToWord(asked_.image_class), "`");
    }
    return CommandsText({MeantWords()});
  }

  bool IsMeant(const std::vector<std::string>& command) const {
    if (asked_.origin == DropInOrigin::kPackage) {
      return RunsMerge(command, asked_.image_class);
    }
    return command == MeantWords();
  }

  // As the unit's processes get it. What an EnvironmentFile= adds is not seen.
  std::vector<std::string> Environment() const {
    std::vector<std::string> left;
    for (const std::string& assignment : unit_.environment) {
      const std::string name = assignment.substr(0, assignment.find('='));
      if (!absl::c_linear_search(unit_.unset_environment, name) &&
          !absl::c_linear_search(unit_.unset_environment, assignment)) {
        left.push_back(assignment);
      }
    }
    return left;
  }

  std::string DifferenceOfEnvironment() const {
    const std::vector<std::string> environment = Environment();
    for (const std::string& meant : hand_over_.environment) {
      if (!absl::c_linear_search(environment, meant)) {
        return absl::StrCat("its environment is without `", meant, "`");
      }
    }
    for (const std::string& assignment : environment) {
      if (absl::StartsWith(assignment, "SYSTEMD_DISSECT_") &&
          !absl::c_linear_search(hand_over_.environment, assignment)) {
        return absl::StrCat("its environment has `", assignment, "`");
      }
    }
    return "";
  }

  const AskedUnit& asked_;
  const EffectiveUnit& unit_;
  const HandOver& hand_over_;
};

// What keeps the unit from running at all; nullopt when nothing does.
std::optional<ReportedUnit> NeverRuns(const EffectiveUnit& unit,
                                      size_t staged) {
  if (unit.load_state == "loaded") return std::nullopt;
  if (staged == 0) return ReportedUnit{unit, UnitStanding::kObeys, ""};
  if (unit.load_state == "masked") {
    return ReportedUnit{
        unit, UnitStanding::kBypassed,
        absl::StrCat("`", unit.name, "` is masked by `", unit.fragment_path,
                     "`, and what is staged is never merged; `systemctl "
                     "unmask ",
                     unit.name, "` lets it run")};
  }
  return ReportedUnit{
      unit, UnitStanding::kMissing,
      absl::StrCat("`", unit.name, "` is not loaded (", unit.load_state,
                   "), and what is staged is never merged")};
}

bool IsStartedAtBoot(const EffectiveUnit& unit) {
  return !unit.wanted_by.empty() ||
         absl::StartsWith(unit.unit_file_state, "enabled");
}

}  // namespace

std::string MergeUnit(ImageClass image_class) {
  return absl::StrCat("systemd-", ToWord(image_class), ".service");
}

bool RunsMerge(const std::vector<std::string>& words, ImageClass image_class) {
  if (words.empty()) return false;
  if (words[0] != "extgate" && !absl::EndsWith(words[0], "/extgate")) {
    return false;
  }
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    if (words[i] == "merge" && words[i + 1] == ToWord(image_class)) return true;
  }
  return false;
}

ReportedUnit JudgeUnit(const AskedUnit& asked, const HandOver& hand_over,
                       size_t staged) {
  const EffectiveUnit& unit = asked.unit;
  if (std::optional<ReportedUnit> never = NeverRuns(unit, staged)) {
    return *std::move(never);
  }
  const Judgement judgement(asked, hand_over);
  if (std::string difference = judgement.Difference(); !difference.empty()) {
    difference = absl::StrCat("`", unit.name, "` does not obey: ", difference);
    if (unit.need_daemon_reload && asked.later_files.empty()) {
      return {unit, UnitStanding::kReloadNeeded,
              absl::StrCat(difference,
                           ", and systemd has not read what is on disk; run "
                           "`systemctl daemon-reload`")};
    }
    return {unit, UnitStanding::kBypassed,
            absl::StrCat(difference, ": ", judgement.Culprit())};
  }
  if (staged > 0 && !IsStartedAtBoot(unit)) {
    return {unit, UnitStanding::kNotEnabled,
            absl::StrCat("nothing starts `", unit.name,
                         "` at boot, and what is staged is not merged then; "
                         "`systemctl enable ",
                         unit.name, "` makes it")};
  }
  return {unit, UnitStanding::kObeys, ""};
}

}  // namespace extgate
