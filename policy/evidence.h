// What was seen of one aspect of an image. "Not there", "broken" and "can't
// read this format" never look alike, and none of them is a Status: a Status
// says that we could not look.
#ifndef EXTGATE_POLICY_EVIDENCE_H_
#define EXTGATE_POLICY_EVIDENCE_H_

#include <string>
#include <utility>
#include <variant>

namespace extgate {

// It is not there.
struct Absent {
  friend bool operator==(const Absent&, const Absent&) = default;
};

// It is there and broken.
struct Malformed {
  std::string where;  // "partition table, entry 3", "superblock, byte 64"
  std::string why;    // "last LBA 12 is before first LBA 40"
  friend bool operator==(const Malformed&, const Malformed&) = default;
};

// It is there, and of a format that extgate does not read.
struct Unsupported {
  std::string what;  // "ext4", "erofs with zstd compression"
  friend bool operator==(const Unsupported&, const Unsupported&) = default;
};

// One of the above or a value of T. Default: absent.
template <typename T>
class Evidence {
 public:
  Evidence() = default;
  Evidence(Absent value) : state_(value) {}                  // NOLINT
  Evidence(Malformed value) : state_(std::move(value)) {}    // NOLINT
  Evidence(Unsupported value) : state_(std::move(value)) {}  // NOLINT
  Evidence(T value) : state_(std::move(value)) {}            // NOLINT

  bool absent() const { return std::holds_alternative<Absent>(state_); }
  // nullptr unless in that state.
  const Malformed* malformed() const { return std::get_if<Malformed>(&state_); }
  const Unsupported* unsupported() const {
    return std::get_if<Unsupported>(&state_);
  }
  const T* value() const { return std::get_if<T>(&state_); }
  T* value() { return std::get_if<T>(&state_); }

  friend bool operator==(const Evidence&, const Evidence&) = default;

 private:
  std::variant<Absent, Malformed, Unsupported, T> state_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_EVIDENCE_H_
