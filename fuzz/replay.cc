// Runs a fuzz target on every file of its corpus, and on a few mutations of
// each, the same ones each time: REPLAY FOLDER. Fails on an empty corpus. What
// is run is said first, and kept as last-input beside the test's other outputs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;
using Clock = std::chrono::steady_clock;

constexpr int kMutations = 24;                   // of a file, where time allows
constexpr std::chrono::milliseconds kTime{600};  // for all mutations together

Bytes ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

void Run(const std::string& what, const Bytes& input) {
  std::fprintf(stderr, "%s\n", what.c_str());
  if (const char* folder = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR")) {
    std::ofstream file(fs::path(folder) / "last-input", std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
  }
  // A buffer of exactly that size: a sanitizer sees a read behind its end.
  const Bytes exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

// One change that `random` chooses.
void Mutate(std::mt19937& random, Bytes& bytes) {
  if (bytes.empty()) return;
  const size_t at = random() % bytes.size();
  const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const size_t length = std::min<size_t>(bytes.size() - at, random() % 16 + 1);
  switch (random() % 6) {
    case 0:
    case 1:
      bytes[at] ^= static_cast<uint8_t>(1u << random() % 8);
      break;
    case 2:
      bytes.resize(at);
      break;
    case 3:
      std::fill_n(from, length, static_cast<uint8_t>(random() % 2 ? 0xff : 0));
      break;
    case 4:
      bytes.erase(from, from + static_cast<std::ptrdiff_t>(length));
      break;
    default: {
      const Bytes piece(from, from + static_cast<std::ptrdiff_t>(length));
      bytes.insert(from, piece.begin(), piece.end());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(argv[1], error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  if (files.empty()) {
    std::fprintf(stderr, "no corpus in %s\n", argv[1]);
    return 1;
  }
  std::sort(files.begin(), files.end());
  Run("nothing", {});
  std::vector<Bytes> inputs;
  for (const fs::path& path : files) {
    inputs.push_back(ReadFile(path));
    Run(path.string(), inputs.back());
  }
  // Turn by turn, so that each file has its share of the time.
  const Clock::time_point end = Clock::now() + kTime;
  for (uint32_t turn = 0; turn < kMutations; ++turn) {
    for (size_t i = 0; i < inputs.size() && Clock::now() < end; ++i) {
      std::mt19937 random(turn * 1009 + static_cast<uint32_t>(i));
      Bytes bytes = inputs[i];
      for (uint32_t change = 0; change <= turn % 4; ++change) {
        Mutate(random, bytes);
      }
      Run(absl::StrCat(files[i].string(), ", mutation ", turn), bytes);
    }
  }
  return 0;
}
