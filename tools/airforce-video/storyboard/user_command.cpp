// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/user_command.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "values/glib_ptr.h"
#include "values/unique_fd.h"

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

std::string beginning_of(int descriptor) {
  constexpr std::size_t kMaxOutput = std::size_t{64} << 10U;
  std::string text(kMaxOutput, '\0');
  const ssize_t count = pread(descriptor, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

}  // namespace

bool run_for_file(const std::string& command, const std::string& path, const std::string& task_id,
                  std::string* output) {
  // So that no command takes it for an option.
  const std::string named = path.starts_with('-') ? "./" + path : path;
  const std::string line = with_file(command, named);
  // A file, since what the command leaves running may write to it for ever.
  const UniqueFd captured(output != nullptr ? memfd_create("airforce-video-exec", MFD_CLOEXEC)
                                            : -1);
  int target = captured ? captured.get() : STDERR_FILENO;
  gchar** environment = g_get_environ();
  environment = g_environ_setenv(environment, "AIRFORCE_CLIP", named.c_str(), TRUE);
  environment = g_environ_setenv(environment, "AIRFORCE_TASK_ID", task_id.c_str(), TRUE);
  environment = g_environ_unsetenv(environment, "AIRFORCE_API_KEY");
  const char* const words[] = {"/bin/sh", "-c", line.c_str(), nullptr};
  int status = 0;
  GErrorSlot error;
  // Several run at a time, so none reads standard input.
  const bool ran = g_spawn_sync(
      nullptr, const_cast<char**>(words), environment, G_SPAWN_DEFAULT,
      [](gpointer file) {
        const int descriptor = *static_cast<int*>(file);
        dup2(descriptor, STDOUT_FILENO);
        dup2(descriptor, STDERR_FILENO);
      },
      &target, nullptr, nullptr, &status, error);
  g_strfreev(environment);
  if (captured) *output = beginning_of(captured.get());
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
