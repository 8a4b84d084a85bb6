// SPDX-License-Identifier: LGPL-2.1-or-later
#include <random>
#include <thread>

#include "download_fixture.h"

namespace airforce::test {
namespace {

class DownloadStress : public DownloadFixture, public testing::WithParamInterface<unsigned> {};

// A service with a fault for nearly every request.
Answering any_fault(const std::string& clip, std::mt19937& random, const Request& request) {
  Answering answering{.content = clip};
  const auto somewhere = [&] {
    const std::uint64_t first = request.range ? request.range->first : 0;
    return first + random() % (clip.size() / 4);
  };
  answering.chunk = 1000 + random() % 200'000;
  switch (random() % 12) {
    case 0:
    case 1: answering.lost_at = somewhere(); break;
    case 2: answering.end_at = somewhere(); break;
    case 3: answering.silent_at = somewhere(); break;
    case 4: answering.status = random() % 2 ? 500 : 503; break;
    case 5: answering.status = random() % 2 ? 403 : 404; break;
    case 6: answering.unreachable = true; break;
    case 7: answering.most = 1 + random() % 500'000; break;
    case 8: answering.content_range = "bytes 7-8/9"; break;
    case 9: answering.length = false; break;
    case 10: answering.etag = "W/\"one\""; break;
    default: break;
  }
  return answering;
}

TEST_P(DownloadStress, readers_get_the_right_bytes_whatever_the_service_does) {
  std::mt19937 random(GetParam());
  const auto clip = random() % 2 ? plain_clip(2u << 20) : faststart_clip(2u << 20);
  options_.limits.tries = 1000;
  options_.limits.gone = Seconds(1e9);
  options_.limits.versions = 1000;
  auto& download = start([&, faults = random](const Request& request, int) mutable {
    return any_fault(clip, faults, request);
  });

  std::vector<std::thread> readers;
  for (unsigned reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      std::mt19937 places(GetParam() * 100 + reader);
      for (int times = 0; times < 40; ++times) {
        const auto offset = places() % (clip.size() + 1000);
        const auto size = 1 + places() % 100'000;
        const auto right = offset < clip.size() ? clip.substr(offset, size) : std::string();
        EXPECT_TRUE(read(download, offset, size) == right) << offset << " " << size;
      }
    });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_TRUE(completed() == clip);
}

INSTANTIATE_TEST_SUITE_P(Seeds, DownloadStress, testing::Range(0u, 30u));

}  // namespace
}  // namespace airforce::test
