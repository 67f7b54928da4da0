#include "adapters/source_age.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

void SetChanged(const TempRoot& root, const std::string& path, time_t when) {
  const timespec times[2] = {{when, 0}, {when, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, root.At(path).c_str(), times, 0), 0);
}

TEST(NewestChangeTest, IsTheLatestOfThoseThatAreThere) {
  TempRoot root;
  root.File("/etc/a.yaml");
  root.File("/oem/b.yaml");
  SetChanged(root, "/etc/a.yaml", 1795381200);
  SetChanged(root, "/oem/b.yaml", 1795381199);
  EXPECT_EQ(NewestChange(root.places(), {"/etc/a.yaml", "/oem/b.yaml",
                                         "/etc/gone", "kernel command line"}),
            "2026-11-22T21:00:00Z");
  EXPECT_EQ(NewestChange(root.places(), {"/etc/gone"}), "");
  // As images that are built the same each time have it.
  SetChanged(root, "/etc/a.yaml", 0);
  EXPECT_EQ(NewestChange(root.places(), {"/etc/a.yaml"}), "");
}

}  // namespace
}  // namespace extgate
