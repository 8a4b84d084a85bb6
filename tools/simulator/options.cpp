// SPDX-License-Identifier: LGPL-2.1-or-later
#include "options.h"

#include <cmath>
#include <memory>
#include <stdexcept>

#include <glib.h>

namespace airforce::simulator {
namespace {

constexpr char kSummary[] =
    "The whole video API of api.airforce on this machine, with real clips: to try things without\n"
    "a key, and to test against. Everything is bound to 127.0.0.1.\n"
    "\n"
    "  airforce-simulator                       serves until Ctrl-C, and says where\n"
    "  airforce-simulator -- COMMAND ARGUMENTS  runs a command against it, passes on its exit code";

constexpr char kDescription[] =
    "The command gets AIRFORCE_BASE_URL and AIRFORCE_API_KEY in its environment.\n"
    "\n"
    "Examples:\n"
    "  airforce-simulator -- airforce-video models\n"
    "  airforce-simulator --fault stream:silent -- gst-launch-1.0 airforcevideosrc ...\n"
    "  airforce-simulator --port 8080 --speed 1 --bandwidth 1000000\n"
    "\n"
    "--list-faults shows what can go wrong; docs/simulator.md explains them.\n";

struct Strings {
  char** values = nullptr;
  ~Strings() { g_strfreev(values); }
  [[nodiscard]] std::vector<std::string> list() const {
    std::vector<std::string> list;
    for (char** value = values; value && *value; ++value) list.emplace_back(*value);
    return list;
  }
};

struct Filename {
  char* value = nullptr;
  ~Filename() { g_free(value); }
};

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

/// "MODEL=FILE" or "FILE". A file whose name has a '=' needs the first form.
void add_clip(std::map<std::string, std::string>& clips, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos)
    clips[""] = text;
  else
    clips[text.substr(0, equals)] = text.substr(equals + 1);
}

/// The table of docs/simulator.md.
std::string option_table(const GOptionEntry* entries) {
  std::string table = "| option | meaning |\n|---|---|\n";
  for (const GOptionEntry* entry = entries; entry->long_name != nullptr; ++entry) {
    if ((entry->flags & G_OPTION_FLAG_HIDDEN) != 0) continue;
    table += "| `";
    if (entry->short_name != 0) table += std::string("-") + entry->short_name + "`, `";
    table += std::string("--") + entry->long_name;
    if (entry->arg_description != nullptr) table += std::string("=") + entry->arg_description;
    table += std::string("` | ") + entry->description + " |\n";
  }
  return table;
}

/// What follows the first "--", which is taken off.
std::vector<std::string> take_command(int& argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) != "--") continue;
    std::vector<std::string> command(argv + i + 1, argv + argc);
    require(!command.empty(), "no command follows --");
    argc = i;
    return command;
  }
  return {};
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  options.command = take_command(argc, argv);

  Strings keys;
  Strings clips;
  Strings faults;
  Filename log;
  Filename dialect;
  double speed = options.service.speed;
  double task_seconds = -1;
  double ttl = options.service.ttl_seconds;
  gint64 balance = options.service.balance_cents;
  gint64 bandwidth = 0;
  gint64 seed = 0;
  gboolean quiet = FALSE;
  gboolean moov_at_end = FALSE;
  double drift = 0;
  gboolean print_environment = FALSE;
  gboolean die_with_parent = FALSE;
  gboolean list_faults = FALSE;
  gboolean fault_tables = FALSE;
  gboolean print_option_table = FALSE;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
      {"port", 'p', 0, G_OPTION_ARG_INT, &options.port, "Port of the API (default: a free one)",
       "N"},
      {"cdn-port", 0, 0, G_OPTION_ARG_INT, &options.cdn_port,
       "Port of the clips' origin (default: a free one)", "N"},
      {"key", 0, 0, G_OPTION_ARG_STRING_ARRAY, &keys.values,
       "A key to accept, with a balance, slots and tasks of its own; repeats (default: "
       "sk-air-simulator)",
       "KEY"},
      {"dialect", 0, 0, G_OPTION_ARG_STRING, &dialect.value,
       "The description of the API to follow: reference (default) or sdk", "NAME"},
      {"balance", 0, 0, G_OPTION_ARG_INT64, &balance, "Cents of each key (default: 100000)",
       "CENTS"},
      {"speed", 's', 0, G_OPTION_ARG_DOUBLE, &speed,
       "Times faster than the service's 6 s + 8 s a second of clip (default: 10)", "FACTOR"},
      {"task-seconds", 0, 0, G_OPTION_ARG_DOUBLE, &task_seconds,
       "What every task takes, in place of --speed", "SECONDS"},
      {"ttl", 0, 0, G_OPTION_ARG_DOUBLE, &ttl, "Until a task and its URLs expire (default: 86400)",
       "SECONDS"},
      {"bandwidth", 'b', 0, G_OPTION_ARG_INT64, &bandwidth,
       "Bytes a second that all downloads share (default: no limit)", "BYTES"},
      {"client-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &options.client_timeout,
       "Until a connection without a whole request is closed (default: 60)", "SECONDS"},
      {"seed", 0, 0, G_OPTION_ARG_INT64, &seed,
       "Of pictures without a seed, and of faults with a probability (default: 0)", "N"},
      {"clip", 0, 0, G_OPTION_ARG_STRING_ARRAY, &clips.values,
       "Serve this MP4 in place of rendering, for all models or one; repeats", "[MODEL=]FILE"},
      {"moov-at-end", 0, 0, G_OPTION_ARG_NONE, &moov_at_end,
       "Write the MP4's index behind its frames, not in front", nullptr},
      {"echo", 0, 0, G_OPTION_ARG_INT, &options.echo,
       "Clips that start from an image repeat it in their first N frames", "N"},
      {"drift", 0, 0, G_OPTION_ARG_DOUBLE, &drift,
       "Clips that start from an image have so much orange mixed in", "PERCENT"},
      {"fault", 'f', 0, G_OPTION_ARG_STRING_ARRAY, &faults.values, "What goes wrong; repeats",
       "STEP:EFFECT,..."},
      {"list-faults", 0, 0, G_OPTION_ARG_NONE, &list_faults, "Show what can go wrong, and exit",
       nullptr},
      {"fault-tables", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &fault_tables,
       "Print the tables of faults of docs/simulator.md, and exit", nullptr},
      {"option-table", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &print_option_table,
       "Print the table of options of docs/simulator.md, and exit", nullptr},
      {"log", 0, 0, G_OPTION_ARG_FILENAME, &log.value,
       "Log requests, without keys and queries, to a file, not to stderr (where a COMMAND runs: "
       "nothing)",
       "FILE"},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Log nothing", nullptr},
      {"print-environment", 0, 0, G_OPTION_ARG_NONE, &print_environment,
       "Print NAME=VALUE lines to stdout once it listens, then close stdout", nullptr},
      {"die-with-parent", 0, 0, G_OPTION_ARG_NONE, &die_with_parent,
       "End when the process that started it ends", nullptr},
      {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Show the version, and exit", nullptr},
      {nullptr, 0, 0, G_OPTION_ARG_NONE, nullptr, nullptr, nullptr}};

  const std::unique_ptr<GOptionContext, decltype(&g_option_context_free)> context(
      g_option_context_new("[-- COMMAND ARGUMENTS]"), g_option_context_free);
  g_option_context_set_summary(context.get(), kSummary);
  g_option_context_set_description(context.get(), kDescription);
  g_option_context_add_main_entries(context.get(), entries, nullptr);
  GError* error = nullptr;
  if (!g_option_context_parse(context.get(), &argc, &argv, &error)) {
    const std::string message = error->message;
    g_error_free(error);
    throw std::invalid_argument(message);
  }
  if (argc > 1)
    throw std::invalid_argument("unknown argument \"" + std::string(argv[1]) +
                                "\"; a command goes behind --");
  require(options.port >= 0 && options.port < 65536, "--port must be 0 to 65535");
  require(options.cdn_port >= 0 && options.cdn_port < 65536, "--cdn-port must be 0 to 65535");
  require(std::isfinite(speed) && speed > 0, "--speed must be above 0");
  require(std::isfinite(ttl) && ttl > 0, "--ttl must be above 0");
  require(options.client_timeout > 0 && options.client_timeout < 1e6,
          "--client-timeout must be above 0");
  require(options.echo >= 0 && options.echo < 24, "--echo must be 0 to 23");
  require(drift >= 0 && drift <= 50, "--drift must be 0 to 50");
  require(balance >= 0, "--balance must not be below 0");
  require(bandwidth >= 0, "--bandwidth must not be below 0");

  const auto chosen = dialect_of(dialect.value ? dialect.value : "reference");
  require(chosen.has_value(), "--dialect must be reference or sdk");
  options.service.dialect = *chosen;
  options.service.keys = keys.list();
  if (options.service.keys.empty()) options.service.keys = {kDefaultKey};
  options.service.balance_cents = balance;
  options.service.speed = speed;
  if (task_seconds >= 0) options.service.task_seconds = task_seconds;
  options.service.ttl_seconds = ttl;
  options.service.seed = static_cast<uint64_t>(seed);
  options.bandwidth = bandwidth;
  options.faststart = !moov_at_end;
  options.drift = drift / 100;
  options.quiet = quiet;
  options.log = log.value ? log.value : "";
  options.print_environment = print_environment;
  options.die_with_parent = die_with_parent;
  options.list_faults = list_faults;
  options.fault_tables = fault_tables;
  if (print_option_table) options.option_table = option_table(entries);
  options.version = version;
  for (const auto& clip : clips.list()) add_clip(options.clips, clip);
  for (const auto& fault : faults.list()) options.faults.push_back(parse_fault(fault));
  return options;
}

}  // namespace airforce::simulator
