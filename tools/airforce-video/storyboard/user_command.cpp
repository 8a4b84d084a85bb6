// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/user_command.h"

#include <memory>
#include <string_view>

#include <unistd.h>

#include <glib.h>

#include "values/glib_ptr.h"

namespace airforce::cli {
namespace {

std::string with_file(std::string command, const std::string& path) {
  const GCharPtr quoted(g_shell_quote(path.c_str()));
  const std::string_view file = quoted.get();
  std::size_t at = command.find("{}");
  if (at == std::string::npos) return command + " " + std::string(file);
  for (; at != std::string::npos; at = command.find("{}", at + file.size()))
    command.replace(at, 2, file);
  return command;
}

}  // namespace

bool run_for_file(const std::string& command, const std::string& path, const std::string& task_id) {
  const std::string line = with_file(command, path);
  gchar** environment = g_get_environ();
  environment = g_environ_setenv(environment, "AIRFORCE_CLIP", path.c_str(), TRUE);
  environment = g_environ_setenv(environment, "AIRFORCE_TASK_ID", task_id.c_str(), TRUE);
  environment = g_environ_unsetenv(environment, "AIRFORCE_API_KEY");
  const char* const words[] = {"/bin/sh", "-c", line.c_str(), nullptr};
  int status = 0;
  GErrorSlot error;
  const bool ran = g_spawn_sync(
      nullptr, const_cast<char**>(words), environment, G_SPAWN_CHILD_INHERITS_STDIN,
      [](gpointer) { dup2(STDERR_FILENO, STDOUT_FILENO); }, nullptr, nullptr, nullptr, &status,
      error);
  g_strfreev(environment);
  return ran && status == 0;
}

void notify_desktop(const std::string& text) {
  const char* const words[] = {"notify-send", "airforce-video", text.c_str(), nullptr};
  g_spawn_async(
      nullptr, const_cast<char**>(words), nullptr,
      GSpawnFlags(G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL),
      nullptr, nullptr, nullptr, nullptr);
}

}  // namespace airforce::cli
