// SPDX-License-Identifier: LGPL-2.1-or-later
// Pre-signed URLs: as a CDN serves them, and as a fault makes it.
#include <chrono>
#include <future>

#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

std::string without_query(const std::string& url) {
  return url.substr(0, url.find('?'));
}

/// A clip of 100,000 known bytes, so that nothing has to be rendered.
class Cdn : public testing::Test {
 protected:
  Cdn() : url(server.clip_url()) {}

  static std::string known_bytes() {
    std::string bytes(100000, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
    return bytes;
  }
  Reply get(const Headers& headers = {}) const { return request("GET", url, headers); }
  Reply get_range(const std::string& range) const { return get({{"Range", range}}); }

  const std::string bytes = known_bytes();
  TempDir directory;
  Server server{{"--clip", directory.write("clip.mp4", bytes)}};
  std::string url;
};

TEST_F(Cdn, serves_the_whole_file) {
  const Reply reply = get();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Content-Type"), "video/mp4");
  EXPECT_EQ(reply.header("Accept-Ranges"), "bytes");
  EXPECT_EQ(reply.body, bytes);
}

TEST_F(Cdn, presigned_url_refuses_head) {
  EXPECT_EQ(request("HEAD", url).status, 403);
}

TEST_F(Cdn, refuses_an_authorization_header) {
  EXPECT_EQ(get({{"Authorization", std::string("Bearer ") + kKey}}).status, 400);
}

TEST_F(Cdn, refuses_a_url_that_was_tampered_with) {
  EXPECT_EQ(request("GET", without_query(url)).status, 403);
  EXPECT_EQ(request("GET", url + "0").status, 403);
  std::string later = url;
  later.replace(later.find("expires=") + 8, 1, "9");
  EXPECT_EQ(request("GET", later).status, 403);
}

TEST_F(Cdn, serves_a_range) {
  const Reply reply = get_range("bytes=1000-1999");
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.header("Content-Range"), "bytes 1000-1999/100000");
  EXPECT_EQ(reply.body, bytes.substr(1000, 1000));
}

TEST_F(Cdn, serves_open_and_suffix_ranges_and_cuts_them_at_the_end) {
  EXPECT_EQ(get_range("bytes=99990-").body, bytes.substr(99990));
  EXPECT_EQ(get_range("bytes=-10").body, bytes.substr(99990));
  EXPECT_EQ(get_range("bytes=0-").header("Content-Range"), "bytes 0-99999/100000");
  EXPECT_EQ(get_range("bytes=99990-200000").header("Content-Range"), "bytes 99990-99999/100000");
  EXPECT_EQ(get_range("bytes=-200000").header("Content-Range"), "bytes 0-99999/100000");
}

TEST_F(Cdn, answers_416_to_a_range_behind_the_end) {
  const Reply reply = get_range("bytes=100000-");
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.header("Content-Range"), "bytes */100000");
}

TEST_F(Cdn, ignores_a_range_that_makes_no_sense) {
  for (const char* range : {"bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6"})
    EXPECT_EQ(get_range(range).status, 200) << range;
}

TEST_F(Cdn, serves_the_whole_file_when_if_range_does_not_match) {
  const std::string etag = get().header("ETag");
  EXPECT_TRUE(etag.starts_with("\""));
  EXPECT_EQ(get({{"Range", "bytes=5-"}, {"If-Range", etag}}).status, 206);
  EXPECT_EQ(get({{"Range", "bytes=5-"}, {"If-Range", "\"other\""}}).status, 200);
}

TEST_F(Cdn, fault_no_range) {
  server.add_fault("download:no-range");
  const Reply reply = get_range("bytes=1000-");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Accept-Ranges"), "");
  EXPECT_EQ(reply.body, bytes);
}

TEST_F(Cdn, fault_no_length) {
  server.add_fault("download:no-length");
  const Reply reply = get();
  EXPECT_EQ(reply.header("Content-Length"), "");
  EXPECT_EQ(reply.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(reply.body, bytes);
}

TEST_F(Cdn, fault_announces_more_than_it_sends) {
  server.add_fault("download:wrong-length=+500");
  const Reply reply = get();
  EXPECT_EQ(reply.header("Content-Length"), "100500");
  EXPECT_EQ(reply.body.size(), 100000U);
}

TEST_F(Cdn, fault_announces_less_than_it_sends) {
  server.add_fault("download:wrong-length=-500");
  EXPECT_EQ(get().header("Content-Length"), "99500");
  EXPECT_TRUE(raw_request("GET", url).bytes.ends_with(bytes));
}

TEST_F(Cdn, fault_sends_another_range_and_says_so) {
  server.add_fault("download:other-range=+100");
  const Reply reply = get_range("bytes=1000-1999");
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.header("Content-Range"), "bytes 1100-1999/100000");
  EXPECT_EQ(reply.body, bytes.substr(1100, 900));
}

TEST_F(Cdn, fault_the_file_has_changed) {
  const std::string etag = get().header("ETag");
  server.add_fault("download:etag-changes=" + directory.write("other.mp4", "quite another") +
                   ",times=1");
  const Reply reply = get({{"Range", "bytes=5-"}, {"If-Range", etag}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "quite another");
  EXPECT_NE(reply.header("ETag"), etag);
  EXPECT_EQ(get().body, "quite another") << "it stays changed";
}

TEST_F(Cdn, fault_only_the_tag_has_changed) {
  const std::string etag = get().header("ETag");
  server.add_fault("download:etag-changes");
  const Reply reply = get({{"Range", "bytes=5-"}, {"If-Range", etag}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, bytes);
}

TEST_F(Cdn, fault_the_url_expires_in_the_middle_and_a_poll_gives_a_fresh_one) {
  server.add_fault("download:url-expires=5000,times=1");
  const Reply cut = get();
  EXPECT_EQ(cut.header("Content-Length"), "100000");
  EXPECT_EQ(cut.body, bytes.substr(0, 5000));
  EXPECT_EQ(get().status, 403);
  const std::string tasks = server.get("/v1/video/tasks").body;
  const std::string fresh = at(tasks, "$.data[0].result_url");
  EXPECT_NE(fresh, url);
  EXPECT_EQ(request("GET", fresh).body, bytes);
}

TEST_F(Cdn, fault_truncated_permanently) {
  server.add_fault("download:truncated=700");
  const Reply reply = get();
  EXPECT_EQ(reply.header("Content-Length"), "700");
  EXPECT_EQ(reply.body, bytes.substr(0, 700));
  EXPECT_EQ(reply.error, "");
  EXPECT_EQ(get_range("bytes=600-").header("Content-Range"), "bytes 600-699/700");
  EXPECT_EQ(get_range("bytes=700-").status, 416);
}

TEST_F(Cdn, fault_html_in_place_of_the_clip) {
  server.add_fault("download:body=html");
  const Reply reply = get();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Content-Type"), "text/html");
  EXPECT_NE(reply.body.find("<html>"), std::string::npos);
}

TEST_F(Cdn, fault_redirects_to_itself_and_to_the_other_origin) {
  server.add_fault("download:redirect=same,times=1");
  server.add_fault("download:redirect=other");
  const Reply same = get();
  EXPECT_EQ(same.status, 302);
  EXPECT_EQ(request("GET", same.header("Location")).body, bytes);
  const Reply other = get();
  EXPECT_TRUE(other.header("Location").starts_with(server.url()));
  EXPECT_EQ(request("GET", other.header("Location")).body, bytes);
}

TEST_F(Cdn, bandwidth_is_shared_and_held) {
  TempDir files;
  const Server slow({"--clip", files.write("clip.mp4", bytes), "--bandwidth", "200000"});
  const std::string slow_url = slow.clip_url();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(request("GET", slow_url).body, bytes);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_GT(took.count(), 0.35);  // 100 kB at 200 kB/s, less what may be caught up
  EXPECT_LT(took.count(), 2);
}

TEST_F(Cdn, each_of_two_downloads_gets_its_share_of_the_bandwidth) {
  TempDir files;
  const Server slow({"--clip", files.write("clip.mp4", bytes), "--bandwidth", "50000"});
  const std::string slow_url = slow.clip_url();
  const auto begun = std::chrono::steady_clock::now();
  auto whole = std::async(std::launch::async, [&] { return request("GET", slow_url).body; });
  for (int n = 0; n < 3; ++n) request("GET", slow_url, {{"Range", "bytes=-1000"}});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_LT(took.count(), 1.5) << "a small part has to wait for the whole of another";
  EXPECT_EQ(whole.get(), bytes);
}

TEST(CdnClips, are_chosen_by_model) {
  TempDir files;
  const Server server(
      {"--clip", "ltx-mini=" + files.write("a", "mini"), "--clip", files.write("b", "any")});
  EXPECT_EQ(request("GET", server.clip_url()).body, "mini");
  EXPECT_EQ(request("GET", server.clip_url(R"({"model":"wan-2.6","prompt":"p"})")).body, "any");
}

}  // namespace
}  // namespace airforce::simulator::test
