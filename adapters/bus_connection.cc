// Ways in: the public members of BusConnection.
#include "adapters/bus_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace extgate {
namespace {

constexpr char kDestination[] = "org.freedesktop.systemd1";
constexpr char kManagerPath[] = "/org/freedesktop/systemd1";
constexpr char kManagerInterface[] = "org.freedesktop.systemd1.Manager";

// Of systemd's commands what comes after the words: whether a failure counts,
// times, process and status. org.freedesktop.systemd1(5), ExecStart.
constexpr char kAfterWords[] = "bttttuii";

// At least one microsecond: 0 would mean the default of 25 s.
uint64_t MicrosecondsTo(absl::Time deadline) {
  const int64_t left = absl::ToInt64Microseconds(deadline - absl::Now());
  return static_cast<uint64_t>(std::max<int64_t>(left, 1));
}

absl::Status Failed(int error, absl::string_view what,
                    const sd_bus_error* said = nullptr) {
  const char* const why = said != nullptr && said->message != nullptr
                              ? said->message
                              : std::strerror(-error);
  const std::string text = absl::StrCat("systemd, ", what, ": ", why);
  if (error == -ETIMEDOUT) return absl::DeadlineExceededError(text);
  return absl::UnavailableError(text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<BusConnection>> BusConnection::Open(
    const Libsystemd& lib, const std::string& address, absl::Time deadline) {
  sd_bus* bus = nullptr;
  int done = lib.sd_bus_new(&bus);
  if (done < 0) return Failed(done, address);
  auto connection = std::unique_ptr<BusConnection>(new BusConnection(lib, bus));
  done = lib.sd_bus_set_address(bus, address.c_str());
  if (done >= 0) done = lib.sd_bus_start(bus);
  if (done < 0) return Failed(done, address);
  if (absl::Status ready = connection->WaitUntilReady(deadline); !ready.ok()) {
    return ready;
  }
  lib.sd_bus_set_method_call_timeout(bus, MicrosecondsTo(deadline));
  done = lib.sd_bus_match_signal(
      bus, nullptr, kDestination, kManagerPath, kManagerInterface, "JobRemoved",
      &BusConnection::OnJobRemoved, connection.get());
  if (done < 0) return Failed(done, address);
  return connection;
}

BusConnection::~BusConnection() { lib_.sd_bus_close_unref(bus_); }

absl::Status BusConnection::WaitUntilReady(absl::Time deadline) {
  while (true) {
    int done = lib_.sd_bus_is_ready(bus_);
    if (done > 0) return absl::OkStatus();
    if (done == 0) done = lib_.sd_bus_process(bus_, nullptr);
    if (done == 0) {
      if (absl::Now() >= deadline) done = -ETIMEDOUT;
      if (done == 0) done = lib_.sd_bus_wait(bus_, MicrosecondsTo(deadline));
    }
    if (done < 0 && done != -EINTR) return Failed(done, "connecting");
  }
}

absl::Status BusConnection::Read(const std::string& object,
                                 BusProperty property, const char* type,
                                 absl::Time deadline, const Reader& reader) {
  if (absl::Now() >= deadline) return Failed(-ETIMEDOUT, property.name);
  lib_.sd_bus_set_method_call_timeout(bus_, MicrosecondsTo(deadline));
  sd_bus_error error = SD_BUS_ERROR_NULL;
  sd_bus_message* reply = nullptr;
  int done = lib_.sd_bus_get_property(
      bus_, kDestination, object.c_str(),
      absl::StrCat(kDestination, ".", property.interface).c_str(),
      property.name, &error, &reply, type);
  if (done >= 0) done = reader(reply);
  absl::Status status;
  if (done < 0) status = Failed(done, property.name, &error);
  lib_.sd_bus_error_free(&error);
  lib_.sd_bus_message_unref(reply);
  return status;
}

absl::StatusOr<std::string> BusConnection::Text(const std::string& object,
                                                BusProperty property,
                                                absl::Time deadline) {
  std::string text;
  absl::Status status =
      Read(object, property, "s", deadline, [&](sd_bus_message* reply) {
        const char* value = nullptr;
        const int done = lib_.sd_bus_message_read(reply, "s", &value);
        if (done > 0) text = value;
        return done;
      });
  if (!status.ok()) return status;
  return text;
}

absl::StatusOr<bool> BusConnection::Flag(const std::string& object,
                                         BusProperty property,
                                         absl::Time deadline) {
  int flag = 0;  // D-Bus' booleans are int here
  absl::Status status =
      Read(object, property, "b", deadline, [&](sd_bus_message* reply) {
        return lib_.sd_bus_message_read(reply, "b", &flag);
      });
  if (!status.ok()) return status;
  return flag != 0;
}

int BusConnection::ReadStrings(sd_bus_message* message,
                               std::vector<std::string>& out) {
  char** strings = nullptr;
  const int done = lib_.sd_bus_message_read_strv(message, &strings);
  for (char** string = strings; string != nullptr && *string != nullptr;
       ++string) {
    if (done >= 0) out.emplace_back(*string);
    std::free(*string);
  }
  std::free(strings);
  return done;
}

absl::StatusOr<std::vector<std::string>> BusConnection::Texts(
    const std::string& object, BusProperty property, absl::Time deadline) {
  std::vector<std::string> texts;
  absl::Status status =
      Read(object, property, "as", deadline,
           [&](sd_bus_message* reply) { return ReadStrings(reply, texts); });
  if (!status.ok()) return status;
  return texts;
}

int BusConnection::ReadCommands(sd_bus_message* message,
                                std::vector<std::vector<std::string>>& out) {
  int done = lib_.sd_bus_message_enter_container(message, 'a', "(sasbttttuii)");
  while (done >= 0) {
    done = lib_.sd_bus_message_enter_container(message, 'r', "sasbttttuii");
    if (done == 0) return lib_.sd_bus_message_exit_container(message);
    if (done > 0) done = lib_.sd_bus_message_skip(message, "s");
    std::vector<std::string> words;
    if (done >= 0) done = ReadStrings(message, words);
    if (done >= 0) done = lib_.sd_bus_message_skip(message, kAfterWords);
    if (done >= 0) done = lib_.sd_bus_message_exit_container(message);
    out.push_back(std::move(words));
  }
  return done;
}

absl::StatusOr<std::vector<std::vector<std::string>>> BusConnection::Commands(
    const std::string& object, BusProperty property, absl::Time deadline) {
  std::vector<std::vector<std::string>> commands;
  absl::Status status = Read(
      object, property, "a(sasbttttuii)", deadline,
      [&](sd_bus_message* reply) { return ReadCommands(reply, commands); });
  if (!status.ok()) return status;
  return commands;
}

absl::StatusOr<std::string> BusConnection::Call(
    const char* method, const std::vector<std::string>& arguments,
    absl::Time deadline) {
  sd_bus_message* message = nullptr;
  sd_bus_message* reply = nullptr;
  sd_bus_error error = SD_BUS_ERROR_NULL;
  int done = lib_.sd_bus_message_new_method_call(
      bus_, &message, kDestination, kManagerPath, kManagerInterface, method);
  for (const std::string& argument : arguments) {
    if (done >= 0) {
      done = lib_.sd_bus_message_append(message, "s", argument.c_str());
    }
  }
  if (done >= 0) {
    done = lib_.sd_bus_call(bus_, message, MicrosecondsTo(deadline), &error,
                            &reply);
  }
  std::string answer;
  if (done >= 0) {
    const char* path = nullptr;
    // Negative of a reply without anything in it.
    if (lib_.sd_bus_message_read(reply, "o", &path) > 0) answer = path;
  }
  absl::Status status;
  if (done < 0) status = Failed(done, method, &error);
  lib_.sd_bus_error_free(&error);
  lib_.sd_bus_message_unref(reply);
  lib_.sd_bus_message_unref(message);
  if (!status.ok()) return status;
  return answer;
}

int BusConnection::OnJobRemoved(sd_bus_message* message, void* self,
                                sd_bus_error*) {
  auto* const connection = static_cast<BusConnection*>(self);
  uint32_t id = 0;
  const char* job = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  const int done = connection->lib_.sd_bus_message_read(message, "uoss", &id,
                                                        &job, &unit, &result);
  if (done > 0) connection->ended_jobs_[job] = result;
  return 0;
}

absl::StatusOr<std::string> BusConnection::ResultOf(const std::string& job,
                                                    absl::Time deadline) {
  while (true) {
    if (auto ended = ended_jobs_.find(job); ended != ended_jobs_.end()) {
      return ended->second;
    }
    int done = lib_.sd_bus_process(bus_, nullptr);
    if (done == 0) {
      if (absl::Now() >= deadline) {
        return absl::DeadlineExceededError("it has not come to its end");
      }
      done = lib_.sd_bus_wait(bus_, MicrosecondsTo(deadline));
    }
    if (done < 0 && done != -EINTR) return Failed(done, "waiting for a job");
  }
}

}  // namespace extgate
