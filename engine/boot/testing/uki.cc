// Ways in: BuildPe and BuildUki. Source: Microsoft, PE Format.
#include "engine/boot/testing/uki.h"

#include <cstddef>
#include <cstdint>

namespace extgate {
namespace {

constexpr size_t kPe = 0x80;
constexpr size_t kFileHeader = 24;  // with the signature
constexpr size_t kOptional = 240;   // of PE32+, sixteen directories
constexpr size_t kTable = kPe + kFileHeader + kOptional;
constexpr size_t kSectionHeader = 40;
constexpr size_t kData = 0x400;

void Put(std::string& bytes, size_t at, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) {
    bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
  }
}

}  // namespace

std::string BuildPe(
    const std::vector<std::pair<std::string, std::string>>& sections) {
  std::string bytes(kData, '\0');
  bytes.replace(0, 2, "MZ");
  Put(bytes, 0x3c, kPe, 4);
  bytes.replace(kPe, 4, std::string("PE\0\0", 4));
  Put(bytes, kPe + 4, 0x8664, 2);  // Machine
  Put(bytes, kPe + 6, sections.size(), 2);
  Put(bytes, kPe + 20, kOptional, 2);
  Put(bytes, kPe + 22, 0x22, 2);               // executable, large addresses
  Put(bytes, kPe + kFileHeader, 0x20b, 2);     // PE32+
  Put(bytes, kPe + kFileHeader + 68, 10, 2);   // subsystem: EFI application
  Put(bytes, kPe + kFileHeader + 108, 16, 4);  // directories
  size_t row = kTable;
  size_t address = 0x1000;
  for (const auto& [name, content] : sections) {
    bytes.replace(row, name.size(), name);
    Put(bytes, row + 8, content.size(), 4);   // VirtualSize
    Put(bytes, row + 12, address, 4);         // VirtualAddress
    Put(bytes, row + 16, content.size(), 4);  // SizeOfRawData
    Put(bytes, row + 20, bytes.size(), 4);    // PointerToRawData
    bytes += content;
    row += kSectionHeader;
    address += 0x1000;
  }
  return bytes;
}

std::string BuildUki(const std::string& os_release, const std::string& stub) {
  std::vector<std::pair<std::string, std::string>> sections = {
      {".linux", "no kernel"}, {".osrel", os_release}, {".cmdline", "quiet"}};
  if (!stub.empty()) {
    sections.emplace_back(".sdmagic",
                          "#### LoaderInfo: systemd-stub " + stub + " ####");
  }
  return BuildPe(sections);
}

}  // namespace extgate
