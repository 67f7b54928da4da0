// A real directory tree for a test to use as --root.
#ifndef EXTGATE_ADAPTERS_TESTING_TEMP_ROOT_H_
#define EXTGATE_ADAPTERS_TESTING_TEMP_ROOT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/places.h"

namespace extgate {

// A new empty directory below the test's temporary one, removed with all in it
// at the end. Paths are below it and begin with `/`; parents are made. A call
// that fails ends the test program, saying why.
class TempRoot {
 public:
  TempRoot();
  ~TempRoot();
  TempRoot(const TempRoot&) = delete;
  TempRoot& operator=(const TempRoot&) = delete;

  // The directory's own path on the host.
  const std::string& path() const { return path_; }
  std::string At(absl::string_view path) const;
  const Places& places() const { return *places_; }
  // Opens places() anew, in the mount namespace that the process is in now.
  void Reopen();

  // Not empty, unless it is to be.
  void File(absl::string_view path, absl::string_view content = "x") const;
  void Directory(absl::string_view path) const;
  void Symlink(absl::string_view target, absl::string_view path) const;
  void Fifo(absl::string_view path) const;
  void Socket(absl::string_view path) const;
  void Remove(absl::string_view path) const;  // and all below

  std::string Read(absl::string_view path) const;
  bool Exists(absl::string_view path) const;  // a dangling symlink does
  // Everything below `path`, sorted, one string each: "NAME/" for a directory,
  // "NAME -> TARGET" for a symlink, "NAME" for the rest; names relative to
  // `path`. Empty when there is no such directory.
  std::vector<std::string> Tree(absl::string_view path) const;

 private:
  std::string path_;
  std::unique_ptr<Places> places_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TESTING_TEMP_ROOT_H_
