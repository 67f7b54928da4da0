// What confinement costs an image: the same look at the same file, a signed
// image of 4 MiB, here and in a child process; and what any child costs that
// says one byte, on this machine and in a program of this size.
// bazel run --config=opt //adapters:confined_process_benchmark
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "adapters/confined_process.h"
#include "adapters/file_image_reader.h"
#include "adapters/testing/temp_root.h"
#include "benchmark/benchmark.h"
#include "engine/confined_look.h"
#include "engine/image/image_builder.h"

namespace extgate {
namespace {

// A root with the image in it.
const TempRoot& Root() {
  static const TempRoot* const root = [] {
    auto* made = new TempRoot;
    TestImage options;
    options.data = Bytes(4 << 20, 'd');
    const Bytes bytes = BuildImage(options).bytes();
    made->File("/x.raw", std::string(bytes.begin(), bytes.end()));
    return made;
  }();
  return *root;
}

void Here(benchmark::State& state) {
  const auto reader = FileImageReader::Open(Root().places().root(), "/x.raw");
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        Inspect(**reader, "x.raw", ImageClass::kSysext, Depth::kContents));
  }
}
BENCHMARK(Here)->Unit(benchmark::kMicrosecond);

void Confined(benchmark::State& state) {
  const auto reader = FileImageReader::Open(Root().places().root(), "/x.raw");
  ConfinedProcess confinement;
  for (auto _ : state) {
    const ImageFacts facts =
        ConfinedLook(**reader, "x.raw", ImageClass::kSysext, Depth::kContents,
                     confinement)
            .Finish();
    if (!facts.unreadable.empty()) state.SkipWithError("the reader died");
  }
}
BENCHMARK(Confined)->Unit(benchmark::kMicrosecond)->UseRealTime();

// As long as Confined waits: until the word is there, not until the child
// ended.
void BareChild(benchmark::State& state) {
  for (auto _ : state) {
    int ends[2];
    char said = 0;
    if (pipe(ends) != 0) return state.SkipWithError("no pipe");
    const pid_t child = fork();
    if (child == 0) _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    if (child < 0 || read(ends[0], &said, 1) != 1) {
      state.SkipWithError("the child said nothing");
    }
    state.PauseTiming();
    close(ends[0]);
    close(ends[1]);
    if (child > 0) waitpid(child, nullptr, 0);
    state.ResumeTiming();
  }
}
BENCHMARK(BareChild)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace extgate

BENCHMARK_MAIN();
