// SPDX-License-Identifier: LGPL-2.1-or-later
// The examples of the vendor's own reference, as they stand there, but for the base URL.
#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string example(const std::string& name, const Server& server) {
  const std::string text = read_file(std::string(VENDOR_EXAMPLES) + "/" + name);
  EXPECT_NE(text, "") << name;
  return replaced(text, "https://api.airforce", server.url());
}

class VendorExample : public testing::Test {
 protected:
  // The key is that of the examples: nothing else has to change.
  const Server server{{"--key", "sk-air-YOUR_API_KEY"}, Server::Clips::kRendered};
};

TEST_F(VendorExample, curl_text_to_video_works) {
  const Outcome outcome = run({"sh", "-c", example("text.sh", server)});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(at(outcome.output, "$.status"), "queued");
  EXPECT_EQ(at(outcome.output, "$.model"), "wan-2.6");
  EXPECT_EQ(number_at(outcome.output, "$.cost_cents"), 320);
}

TEST_F(VendorExample, curl_image_to_video_works) {
  const Outcome outcome = run({"sh", "-c", example("image.sh", server)});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(at(outcome.output, "$.status"), "queued") << outcome.output;
  EXPECT_EQ(at(outcome.output, "$.model"), "kling-1");
}

TEST_F(VendorExample, curl_list_works) {
  const Outcome outcome = run({"sh", "-c", example("list.sh", server)});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(at(outcome.output, "$.data"), "[]") << outcome.output;
}

TEST_F(VendorExample, end_to_end_script_works) {
  if (run({"sh", "-c", "command -v node"}).exit_code != 0) GTEST_SKIP() << "node is not installed";
  // Its 8 s between polls pass a hundred times as fast; the script itself is unchanged.
  const std::string before =
      "const API_KEY = 'sk-air-YOUR_API_KEY';\n"
      "const realTimeout = setTimeout;\n"
      "globalThis.setTimeout = (call, delay, ...rest) =>\n"
      "    realTimeout(call, delay === 8000 ? 80 : delay, ...rest);\n";
  const std::string behind =
      "\ngenerateVideo('A red fox darting across snowy hills at dawn').then(console.log);\n";
  const TempDir directory;
  const Outcome outcome = run(
      {"node", directory.write("example.js", before + example("end-to-end.js", server) + behind)});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const std::string url = outcome.output.substr(0, outcome.output.find('\n'));
  const Reply clip = request("GET", url);
  EXPECT_EQ(clip.status, 200);
  EXPECT_EQ(clip.body.substr(4, 4), "ftyp");
}

}  // namespace
}  // namespace airforce::simulator::test
