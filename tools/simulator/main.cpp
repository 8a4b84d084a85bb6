// SPDX-License-Identifier: LGPL-2.1-or-later
// airforce-simulator: starts the simulator, and the command to run against it.
#include <clocale>
#include <cstdio>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "child.h"
#include "options.h"
#include "render/rendered_clip.h"
#include "simulator.h"

namespace {

using namespace airforce::simulator;

constexpr int kUsage = 2;

struct FileClose {
  void operator()(FILE* file) const {
    if (file != stderr) fclose(file);
  }
};
using LogFile = std::unique_ptr<FILE, FileClose>;

LogFile open_log(const Options& options) {
  // The screen belongs to the command.
  if (options.quiet || (!options.command.empty() && options.log.empty())) return nullptr;
  if (options.log.empty()) return LogFile(stderr);
  // A terminal must not become the one of this process; a pipe without a reader is no log.
  const int descriptor = open(
      options.log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
  if (descriptor >= 0) fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  LogFile file(descriptor >= 0 ? fdopen(descriptor, "a") : nullptr);
  if (!file) throw std::runtime_error("cannot write to " + options.log);
  return file;
}

std::map<std::string, std::string> environment(const Simulator& simulator, const Options& options) {
  return {{"AIRFORCE_BASE_URL", simulator.base_url()},
          {"AIRFORCE_API_KEY", options.service.keys.front()},
          {"AIRFORCE_SIMULATOR_URL", simulator.base_url() + "/simulator"}};
}

void print_environment(const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables) std::printf("%s=%s\n", name.c_str(), value.c_str());
  // Closed, so that who waits for the end of this need not count lines.
  std::fclose(stdout);
}

/// As many descriptors as the system lets us have: clients that are slow hold theirs.
void allow_many_connections() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const Options& options) {
  if (const std::string missing = options.clips.empty() ? missing_elements() : ""; !missing.empty())
    throw std::runtime_error(
        "these GStreamer elements are missing: " + missing +
        "; install gstreamer1.0-plugins-{base,good,ugly}, gstreamer1.0-libav and gstreamer1.0-x");

  const LogFile log = open_log(options);
  const std::unique_ptr<GMainLoop, decltype(&g_main_loop_unref)> loop(
      g_main_loop_new(nullptr, FALSE), g_main_loop_unref);
  Simulator simulator(options, log.get());
  const auto variables = environment(simulator, options);

  int exit_code = 0;
  std::optional<Child> child;
  const Signals signals([&](Signals::Signal signal) {
    if (!child) {
      exit_code = 0;  // a server that is stopped has ended well
      g_main_loop_quit(loop.get());
    } else if (signal.to_us_alone) {
      child->send(signal.number);
    }
    // Otherwise the command has it, too; we stay until it has ended.
  });
  if (options.command.empty()) {
    simulator.log().say("listening on " + simulator.base_url() + ", clips on " +
                        simulator.cdn_url());
    if (options.print_environment) print_environment(variables);
  } else {
    try {
      child.emplace(options.command, variables, [&](int code) {
        exit_code = code;
        g_main_loop_quit(loop.get());
      });
    } catch (const Child::CannotStart& failure) {
      std::fprintf(stderr, "airforce-simulator: %s\n", failure.message.c_str());
      return failure.exit_code;
    }
  }
  g_main_loop_run(loop.get());
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "");
  try {
    const Options options = parse_options(argc, argv);
    if (options.version) {
      std::puts("airforce-simulator " AIRFORCE_VERSION);
      return 0;
    }
    if (options.list_faults) {
      std::fputs(fault_help().c_str(), stdout);
      return 0;
    }
    if (options.fault_tables) {
      std::fputs(fault_tables().c_str(), stdout);
      return 0;
    }
    if (!options.option_table.empty()) {
      std::fputs(options.option_table.c_str(), stdout);
      return 0;
    }
    if (options.die_with_parent) {
      const pid_t parent = getppid();
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (getppid() != parent) return 0;  // it has gone meanwhile
    }
    signal(SIGPIPE, SIG_IGN);
    if (options.command.empty()) allow_many_connections();  // a command would inherit it
    return serve(options);
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "airforce-simulator: %s\nTry airforce-simulator --help\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "airforce-simulator: %s\n", error.what());
    return 1;
  }
}
