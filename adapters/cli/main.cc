// extgate: words of the command line to verbs.
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>

#include "adapters/cli/command_line.h"
#include "engine/report.h"

namespace extgate {
namespace {

void AddGlobalOptions(CLI::App& app, GlobalOptions& global) {
  app.add_option("--root", global.places.root,
                 "Take everything below this directory (default /)");
  app.add_option("--run", global.places.run,
                 "In place of /run, for callers in an initramfs: --root is "
                 "what this machine will change to");
  app.add_option("--extra", global.places.extra, "In place of /.extra");
  app.add_option("--efivars", global.places.efivars,
                 "In place of /sys/firmware/efi/efivars");
  app.add_flag_callback(
      "--json", [&global] { global.format = Format::kJson; }, "Print JSON");
}

int Main(int argc, char** argv) {
  CLI::App app{
      "Decides which system extension images this machine may merge, and makes "
      "systemd act on it."};
  app.name("extgate");
  app.set_version_flag("--version", std::string("extgate ") + kExtgateVersion);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 could not do it, 2 bad usage or invalid policy, "
      "3 a violation.");
  Invocation line;
  line.words = {argv, static_cast<size_t>(argc)};
  AddGlobalOptions(app, line.global);
  AddVerbs(ImageVerbs(), app, line);
  AddVerbs(MachineVerbs(), app, line);
  AddVerbs(BootVerbs(), app, line);
  AddVerbs(MeasureVerbs(), app, line);
  AddVerbs(PolicyVerbs(), app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has exit statuses of its own; ours are documented.
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  return line.status;
}

}  // namespace
}  // namespace extgate

int main(int argc, char** argv) {
  try {
    return extgate::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "extgate: %s\n", error.what());
    return extgate::kExitFailed;
  }
}
