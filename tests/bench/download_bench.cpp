// SPDX-License-Identifier: LGPL-2.1-or-later
// What a download costs: time against curl, memory, promptness. Run it on an idle machine:
//   meson compile -C build download-bench && build/tests/bench/download-bench [MEGABYTES [ROUNDS
//   [--numbers|--cancels]]]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clip/clip.h"
#include "clip/sample_clip.h"
#include "http/raw_server.h"
#include "static_server.h"
#include "support/resources.h"

extern char** environ;

namespace airforce::bench {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.at(values.size() / 2);
}

std::string big_endian(std::uint64_t value, int bytes) {
  std::string made;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    made += static_cast<char>(value >> shift & 0xff);
  }
  return made;
}

// Boxes of an MP4 with `size` bytes of media data, moov behind.
void make_clip(const std::string& path, std::uint64_t size) {
  std::ofstream file(path, std::ios::binary);
  file << big_endian(16, 4) << "ftypisom0000" << big_endian(1, 4) << "mdat"
       << big_endian(size + 16, 8);
  std::string noise(1u << 20, '\0');
  std::mt19937_64 random(1);
  for (auto& byte : noise) byte = static_cast<char>(random());
  for (std::uint64_t done = 0; done < size; done += noise.size()) {
    file.write(noise.data(),
               static_cast<std::streamsize>(std::min<std::uint64_t>(noise.size(), size - done)));
  }
  file << big_endian(2008, 4) << "moov" << big_endian(8, 4) << "trak" << std::string(1992, '\0');
}

// A download with all that it needs.
struct Download {
  Download(const std::string& url, const std::string& location, const std::string& directory) {
    ClipOptions options;
    options.location = location;
    options.cache_directory = directory;
    clip = download_clip(
        client, [url](bool, GCancellable*) { return url; }, options);
  }
  api::Client client{http::shared_session(), "http://127.0.0.1:1", ""};
  std::unique_ptr<Clip> clip;
};

double time_of_curl(const std::string& url, const std::string& location) {
  const auto start = steady_clock::now();
  std::vector<std::string> words = {"curl", "-s", "-o", location, url};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = -1;
  int status = 1;
  if (posix_spawnp(&process, "curl", nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(process, &status, 0) < 0 || status != 0) {
    std::fprintf(stderr, "curl failed\n");
    std::exit(1);
  }
  return seconds_since(start);
}

// Runs `work` in a process of its own; returns how much its peak memory grew, in bytes.
double growth_of(const std::function<void()>& work) {
  int ends[2];
  if (pipe(ends) != 0) std::exit(1);
  const pid_t process = fork();
  if (process == 0) {
    const double before = test::peak_memory();
    work();
    const double grown = test::peak_memory() - before;
    if (write(ends[1], &grown, sizeof grown) != sizeof grown) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  double grown = -1;
  if (read(ends[0], &grown, sizeof grown) != sizeof grown) std::fprintf(stderr, "no answer\n");
  close(ends[0]);
  waitpid(process, nullptr, 0);
  return grown;
}

void read_through(Clip& clip) {
  std::vector<char> buffer(64 * 1024);
  std::uint64_t offset = 0;
  while (const auto count = clip.read_at(offset, buffer)) offset += count;
}

// The data of a file on the disk, as a download to a location ends with.
void sync_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || fsync(file) != 0) std::exit(1);
  close(file);
}

// `numbers`: a line of seconds for each round, for run.py, in place of a report.
void bench_against_curl(const std::string& directory, std::uint64_t size, int rounds,
                        bool numbers) {
  const auto source = directory + "/source.mp4";
  const auto location = directory + "/out.mp4";
  make_clip(source, size);
  const StaticServer server(source);
  time_of_curl(server.url(), location);  // the page cache and the server are warm from here on
  std::vector<double> ours;
  std::vector<double> without_a_name;
  std::vector<double> curls;
  std::vector<double> synced_curls;
  for (int round = 0; round < rounds; ++round) {
    // Each starts with nothing of another's left to be written.
    fs::remove(location);
    sync();
    auto start = steady_clock::now();
    curls.push_back(time_of_curl(server.url(), location));
    sync_file(location);
    synced_curls.push_back(seconds_since(start));
    fs::remove(location);
    sync();
    start = steady_clock::now();
    Download(server.url(), location, directory).clip->wait_complete();
    ours.push_back(seconds_since(start));
    fs::remove(location);
    sync();
    start = steady_clock::now();
    Download(server.url(), "", directory).clip->wait_complete();
    without_a_name.push_back(seconds_since(start));
    if (numbers) {
      std::printf("%.4f %.4f %.4f %.4f\n", curls.back(), ours.back(), without_a_name.back(),
                  synced_curls.back());
    }
  }
  if (numbers) return;
  std::printf("%.0f MB, curl -o                      %8.3f s\n", static_cast<double>(size) / 1e6,
              median(curls));
  std::printf("%.0f MB, curl -o, and fsync           %8.3f s\n", static_cast<double>(size) / 1e6,
              median(synced_curls));
  std::printf("%.0f MB, to location (with fsync)     %8.3f s   %.2f of curl\n",
              static_cast<double>(size) / 1e6, median(ours), median(ours) / median(curls));
  std::printf("%.0f MB, without location             %8.3f s   %.2f of curl\n",
              static_cast<double>(size) / 1e6, median(without_a_name),
              median(without_a_name) / median(curls));

  const double grown = growth_of([&] {
    const Download download(server.url(), "", directory);
    read_through(*download.clip);
  });
  std::printf("peak memory while it is read through  %8.1f MB more\n", grown / 1e6);
}

void bench_slow_line(const std::string& directory) {
  constexpr std::uint64_t kSize = 8'000'000;
  const auto source = directory + "/slow.mp4";
  make_clip(source, kSize);
  const StaticServer server(source, 1'000'000);
  const auto start = steady_clock::now();
  const Download download(server.url(), "", directory);
  std::vector<char> buffer(2000);
  std::vector<char> begin(100'000);
  download.clip->read_at(0, std::span(begin).first(16));
  download.clip->read_at(32 + kSize, buffer);
  const double moov = seconds_since(start);
  download.clip->read_at(0, begin);
  const double frame = seconds_since(start);
  download.clip->wait_complete();
  const double whole = seconds_since(start);
  std::printf(
      "8 MB at 1 MB/s, moov behind: moov at %.3f s, first 100 kB at %.3f s, whole %.3f s "
      "(%.1f%%)\n",
      moov, frame, whole, 100 * frame / whole);
}

void print_cancel(const char* where, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  std::printf("cancel and destroy %-19s %7.1f ms median, %.1f ms at most\n", where,
              1000 * median(times), 1000 * times.back());
}

double time_of_cancel(std::unique_ptr<Download> download) {
  const auto start = steady_clock::now();
  download->clip->cancel();
  download.reset();
  return seconds_since(start);
}

void bench_cancel(const std::string& directory) {
  const auto source = directory + "/cancel.mp4";
  make_clip(source, 20'000'000);
  const StaticServer server(source, 20'000'000);
  std::mt19937 random(1);
  std::vector<double> times;
  for (int round = 0; round < 100; ++round) {
    auto download = std::make_unique<Download>(server.url(), directory + "/never.mp4", directory);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
    times.push_back(time_of_cancel(std::move(download)));
  }
  print_cancel("at 100 moments", times);

  // Around the end, where the clip is written to the disk and gets its name.
  const StaticServer fast(source);
  times.clear();
  for (int round = 0; round < 100; ++round) {
    auto download = std::make_unique<Download>(fast.url(), directory + "/never.mp4", directory);
    const std::int64_t whole = 20'000'000 + 32 + 2008;
    while (download->clip->available(0) < whole) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5'000));
    times.push_back(time_of_cancel(std::move(download)));
  }
  print_cancel("in the fsync", times);
}

// Where nothing moves: a server that says so much of the clip, and no more.
void bench_cancel_in_silence(const std::string& directory) {
  const std::string bytes = test::faststart_clip(400'000);
  constexpr std::uint64_t kSize = 40'000'000;
  const std::string size = std::to_string(kSize);
  const std::string head =
      "HTTP/1.1 206 Partial Content\r\nETag: \"one\"\r\nContent-Range: bytes 0-" +
      std::to_string(kSize - 1) + "/" + size + "\r\nContent-Length: " + size +
      "\r\nConnection: close\r\n\r\n";
  struct Silence {
    const char* where;
    std::string said;
    bool far_ahead = false;
  };
  const std::vector<Silence> silences = {
      {"before the answer", ""},
      {"before the body", head},
      {"in the body", head + bytes.substr(0, 100'000)},
      {"far ahead", head + bytes.substr(0, 100'000), true},
      {"between two tries", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"},
  };
  for (const Silence& silence : silences) {
    const bool fails = silence.said.find("500") != std::string::npos;
    test::RawServer server([&](test::RawConnection& connection, int) {
      connection.read_request();
      if (connection.range_first() == 0) connection.write(silence.said);
      if (!fails) connection.wait_for_close();
    });
    std::vector<double> times;
    for (int round = 1; round <= 20; ++round) {
      auto download = std::make_unique<Download>(server.url("/clip.mp4"), "", directory);
      std::thread reader;
      if (silence.far_ahead) {
        reader = std::thread([&clip = *download->clip] {
          char last = 0;
          try {
            clip.read_at(kSize - 1, {&last, 1});
          } catch (const Error&) {
            // that is what is measured
          }
        });
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      if (reader.joinable()) {
        const auto start = steady_clock::now();
        download->clip->cancel();
        reader.join();
        download.reset();
        times.push_back(seconds_since(start));
      } else {
        times.push_back(time_of_cancel(std::move(download)));
      }
    }
    print_cancel(silence.where, times);
  }
}

}  // namespace
}  // namespace airforce::bench

int main(int argc, char** argv) {
  using namespace airforce::bench;
  const std::uint64_t megabytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  std::string directory = "/var/tmp/download-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 1;
  const bool numbers = argc > 3 && std::strcmp(argv[3], "--numbers") == 0;
  const bool cancels = argc > 3 && std::strcmp(argv[3], "--cancels") == 0;
  if (!cancels) bench_against_curl(directory, megabytes * 1'000'000, rounds, numbers);
  if (!numbers && !cancels) bench_slow_line(directory);
  if (!numbers) {
    bench_cancel(directory);
    bench_cancel_in_silence(directory);
  }
  fs::remove_all(directory);
  return 0;
}
