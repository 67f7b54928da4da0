// Ways in: Unit, Reload, Refresh.
#include "adapters/service_manager.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/bus_connection.h"
#include "adapters/libsystemd.h"

namespace extgate {
namespace {

// The object of the unit of that class: all but letters and digits of its name
// are escaped. Asked for a property, the manager loads it.
// sd_bus_path_encode(3)
std::string ObjectOf(ImageClass image_class) {
  return absl::StrCat("/org/freedesktop/systemd1/unit/systemd_2d",
                      ToWord(image_class), "_2eservice");
}

// How long what is done at once may take, and reading all units again.
constexpr absl::Duration kCall = absl::Seconds(25);
constexpr absl::Duration kReload = absl::Seconds(90);

// Reads one property after another, until one cannot be read.
class UnitReader {
 public:
  UnitReader(BusConnection& bus, std::string object, absl::Time deadline)
      : bus_(bus), object_(std::move(object)), deadline_(deadline) {}

  std::string Text(const char* name) {
    return Take<std::string>(&BusConnection::Text, {"Unit", name});
  }
  bool Flag(const char* name) {
    return Take<bool>(&BusConnection::Flag, {"Unit", name});
  }
  std::vector<std::string> Texts(BusProperty property) {
    return Take<std::vector<std::string>>(&BusConnection::Texts, property);
  }
  std::vector<std::vector<std::string>> Commands(const char* name) {
    return Take<std::vector<std::vector<std::string>>>(&BusConnection::Commands,
                                                       {"Service", name});
  }
  const absl::Status& status() const { return status_; }

 private:
  template <typename T>
  T Take(absl::StatusOr<T> (BusConnection::*read)(const std::string&,
                                                  BusProperty, absl::Time),
         BusProperty property) {
    if (!status_.ok()) return T();
    auto value = (bus_.*read)(object_, property, deadline_);
    status_.Update(value.status());
    return value.ok() ? *std::move(value) : T();
  }

  BusConnection& bus_;
  std::string object_;
  absl::Time deadline_;
  absl::Status status_;
};

}  // namespace

ServiceManager::ServiceManager(std::string address, absl::Duration patience)
    : address_(std::move(address)), patience_(patience) {}

ServiceManager::~ServiceManager() = default;

absl::StatusOr<BusConnection*> ServiceManager::Connect(absl::Time deadline) {
  if (bus_ == nullptr) {
    auto lib = LoadLibsystemd();
    if (!lib.ok()) return lib.status();
    auto bus = BusConnection::Open(**lib, address_, deadline);
    if (!bus.ok()) return bus.status();
    bus_ = *std::move(bus);
  }
  return bus_.get();
}

absl::StatusOr<EffectiveUnit> ServiceManager::Unit(ImageClass image_class) {
  if (asked_until_ == absl::InfiniteFuture()) {
    asked_until_ = absl::Now() + patience_;
  }
  auto bus = Connect(asked_until_);
  if (!bus.ok()) return bus.status();
  UnitReader reader(**bus, ObjectOf(image_class), asked_until_);
  EffectiveUnit unit;
  unit.name = MergeUnit(image_class);
  unit.load_state = reader.Text("LoadState");
  unit.active_state = reader.Text("ActiveState");
  unit.unit_file_state = reader.Text("UnitFileState");
  unit.fragment_path = reader.Text("FragmentPath");
  unit.drop_in_paths = reader.Texts({"Unit", "DropInPaths"});
  for (const char* name : {"WantedBy", "RequiredBy", "TriggeredBy"}) {
    for (std::string& other : reader.Texts({"Unit", name})) {
      unit.wanted_by.push_back(std::move(other));
    }
  }
  unit.need_daemon_reload = reader.Flag("NeedDaemonReload");
  unit.exec_start = reader.Commands("ExecStart");
  unit.exec_reload = reader.Commands("ExecReload");
  unit.environment = reader.Texts({"Service", "Environment"});
  unit.unset_environment = reader.Texts({"Service", "UnsetEnvironment"});
  if (!reader.status().ok()) return reader.status();
  return unit;
}

absl::Status ServiceManager::Reload() {
  const absl::Time deadline = absl::Now() + kReload;
  auto bus = Connect(deadline);
  if (!bus.ok()) return bus.status();
  return (*bus)->Call("Reload", {}, deadline).status();
}

absl::Status ServiceManager::Start(const std::string& unit) {
  const absl::Time deadline = absl::Now() + kCall;
  auto bus = Connect(deadline);
  if (!bus.ok()) return bus.status();
  return (*bus)
      ->Call("StartUnit", {unit, "replace-irreversibly"}, deadline)
      .status();
}

absl::Status ServiceManager::Refresh(ImageClass image_class,
                                     TimeSpan patience) {
  const absl::Time now = absl::Now();
  auto bus = Connect(now + kCall);
  if (!bus.ok()) return bus.status();
  const std::string unit = MergeUnit(image_class);
  auto job =
      (*bus)->Call("ReloadOrRestartUnit", {unit, "replace"}, now + kCall);
  if (!job.ok()) return job.status();
  auto result =
      (*bus)->ResultOf(*job, now + absl::Milliseconds(patience.milliseconds()));
  if (absl::IsDeadlineExceeded(result.status())) {
    return absl::DeadlineExceededError(
        absl::StrCat("`", unit, "` is not done after ", patience.ToString()));
  }
  if (!result.ok()) return result.status();
  if (*result == "done" || *result == "skipped") return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "`", unit, "`: ", *result, ", see `journalctl -u ", unit, "`"));
}

}  // namespace extgate
