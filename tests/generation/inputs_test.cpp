// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/inputs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/location.h"
#include "support/error_of.h"
#include "values/glib_ptr.h"

namespace airforce {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kPicture = "\x89PNG\r\n\x1A\nwhatever follows";

std::string base64(std::string_view bytes) {
  const GCharPtr text(g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()));
  return text.get();
}

class InputsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "inputs.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    settings_.set("model", "wan-2.6");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(directory_ / name, std::ios::binary) << content;
    return (directory_ / name).string();
  }

  std::string refusal() const {
    return test::text_of_error([&] { load_inputs(settings_); }, ErrorKind::Settings);
  }

  Settings settings_;
  std::filesystem::path directory_;
};

TEST_F(InputsTest, a_prompt_file_is_read_without_its_final_newline) {
  settings_.set("prompt_file", file("fox.txt",
                                    "\xEF\xBB\xBF"
                                    "A fox: it's [red]; fast,\n"));
  EXPECT_EQ(load_inputs(settings_).prompt, "A fox: it's [red]; fast,");
}

TEST_F(InputsTest, no_prompt_or_two_is_an_error) {
  EXPECT_THAT(refusal(), HasSubstr("no prompt"));
  settings_.set("prompt", "a fox");
  settings_.set("prompt_file", file("fox.txt", "a fox"));
  EXPECT_THAT(refusal(), HasSubstr("both set"));
}

TEST_F(InputsTest, a_prompt_that_is_not_utf8_is_refused) {
  settings_.set("prompt_file", file("fox.txt", "a f\xF6x"));
  EXPECT_THAT(refusal(), HasSubstr("UTF-8"));
}

TEST_F(InputsTest, an_image_file_is_sent_and_an_image_url_is_passed_on) {
  settings_.set("prompt", "a fox");
  settings_.add("input_images", file("fox.png", kPicture));
  settings_.add("input_images", "https://example.com/fox.jpg");
  const Inputs inputs = load_inputs(settings_);
  EXPECT_EQ(inputs.mode, Mode::Reference);
  EXPECT_THAT(inputs.body.text(), testing::HasSubstr(base64(kPicture)));
  EXPECT_EQ(inputs.images.at(1).url, "https://example.com/fox.jpg");
}

TEST_F(InputsTest, an_image_that_can_not_be_used_is_named) {
  settings_.set("prompt", "a fox");
  settings_.add("input_images", "/nowhere/fox.png");
  EXPECT_THAT(refusal(), HasSubstr("'/nowhere/fox.png'"));
  settings_.set("input_images", file("fox.txt", "no picture"));
  EXPECT_THAT(refusal(), HasSubstr("not a JPEG"));
  settings_.set("input_images", directory_.string());
  EXPECT_THAT(refusal(), HasSubstr("is a directory"));
}

TEST_F(InputsTest, images_from_memory_come_behind_the_others_and_are_the_same_request_as_a_file) {
  settings_.set("prompt", "a fox");
  Settings other = settings_;
  settings_.add_image(kPicture);
  settings_.add_image("\xFF\xD8\xFF second");
  settings_.add("input_images", "https://example.com/fox.jpg");
  const Inputs inputs = load_inputs(settings_);
  ASSERT_EQ(inputs.images.size(), 3U);
  EXPECT_EQ(inputs.images.at(0).url, "https://example.com/fox.jpg");
  EXPECT_THAT(inputs.body.text(), testing::HasSubstr(base64(kPicture)));
  EXPECT_EQ(inputs.mode, Mode::Reference);
  other.add("input_images", "https://example.com/fox.jpg");
  other.add("input_images", file("fox.png", kPicture));
  other.add("input_images", file("second.jpg", "\xFF\xD8\xFF second"));
  EXPECT_EQ(inputs.request_hash, load_inputs(other).request_hash);
}

TEST_F(InputsTest, images_and_mode_have_to_fit) {
  settings_.set("prompt", "a fox");
  settings_.set("mode", "image");
  EXPECT_THAT(refusal(), HasSubstr("needs an input image"));
  settings_.add("input_images", "https://example.com/1.jpg");
  EXPECT_NO_THROW(load_inputs(settings_));
  settings_.add("input_images", "https://example.com/2.jpg");
  EXPECT_THAT(refusal(), HasSubstr("takes one"));
  settings_.set("mode", "text");
  EXPECT_THAT(refusal(), HasSubstr("takes no input images"));
}

TEST_F(InputsTest, the_store_is_given_only_the_prompts_first_words) {
  settings_.set("prompt", std::string(39, 'a') + "\xC3\xB6" + "the rest is nobody's business");
  EXPECT_EQ(load_inputs(settings_).summary, std::string(39, 'a') + "\xC3\xB6");
}

TEST_F(InputsTest, equal_content_makes_equal_requests_wherever_the_file_is) {
  settings_.set("prompt", "a fox");
  Settings other = settings_;
  settings_.add("input_images", file("one.png", kPicture));
  other.add("input_images", file("two.png", kPicture));
  EXPECT_EQ(load_inputs(settings_).request_hash, load_inputs(other).request_hash);
}

TEST_F(InputsTest, a_prompt_file_may_come_from_another_system_and_as_a_uri) {
  settings_.set("prompt_file", "file://" + file("fox.txt", "a fox\r\n"));
  EXPECT_EQ(load_inputs(settings_).prompt, "a fox");
}

TEST_F(InputsTest, a_prompt_is_the_same_request_however_it_came) {
  settings_.set("prompt", "a fox\nin snow");
  const std::string hash = load_inputs(settings_).request_hash;
  const std::string mark = "\xEF\xBB\xBF";
  for (const std::string& other :
       {mark + "a fox\nin snow", std::string("a fox\r\nin snow\r\n"),
        std::string("a fox\nin snow\n"), mark + "a fox\r\nin snow\n\n"}) {
    Settings by_option;
    by_option.set("model", "wan-2.6");
    by_option.set("prompt", other.c_str());
    EXPECT_EQ(load_inputs(by_option).request_hash, hash) << other;
    Settings by_file;
    by_file.set("model", "wan-2.6");
    by_file.set("prompt_file", file("fox.txt", other));
    EXPECT_EQ(load_inputs(by_file).request_hash, hash) << other;
  }
}

// A pipe with a name, which its writer has opened or not.
class PipeInput : public InputsTest {
 protected:
  PipeInput() : path_(std::filesystem::temp_directory_path() / "unset") {}
  void SetUp() override {
    InputsTest::SetUp();
    path_ = directory_ / "pipe";
    ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
    settings_.set("prompt_file", path_.c_str());
  }
  std::filesystem::path path_;
};

TEST_F(PipeInput, is_read_as_a_prompt_to_its_end) {
  std::thread writer([&] { std::ofstream(path_, std::ios::binary) << "a fox\r\n"; });
  EXPECT_EQ(load_inputs(settings_).prompt, "a fox");
  writer.join();
}

// Seconds between a cancellation and the end of the read.
double seconds_to_give_up(const Settings& settings) {
  const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
  double cancelled_at = 0;
  std::thread canceller([&] {
    g_usleep(30'000);
    cancelled_at = system_clock().elapsed();
    g_cancellable_cancel(cancellable.get());
  });
  const Error error = test::error_of([&] {
    load_inputs(settings, {cancellable.get(), std::nullopt});
  });
  const double ended_at = system_clock().elapsed();
  canceller.join();
  EXPECT_EQ(error.kind, ErrorKind::Cancelled);
  return ended_at - cancelled_at;
}

TEST_F(PipeInput, is_given_up_within_50_ms_of_a_cancellation_without_a_writer) {
  constexpr int kAttempts = 40;  // one of which a machine with other work to do does not delay
  double fastest = 1;
  for (int tries = 0; tries < kAttempts && fastest > 0.05; ++tries)
    fastest = std::min(fastest, seconds_to_give_up(settings_));
  EXPECT_LE(fastest, 0.05);
}

TEST_F(PipeInput, is_given_up_at_the_deadline_without_a_writer) {
  const Error error = test::error_of([&] {
    load_inputs(settings_, {nullptr, Deadline(system_clock(), Seconds(0.1))});
  });
  EXPECT_EQ(error.kind, ErrorKind::Timeout);
  EXPECT_EQ(error.charge, Charge::None);
}

// A daemon leads a session without a terminal: the first that it opens would become its own, and
// closing it would end the daemon.
TEST_F(InputsTest, a_terminal_as_prompt_file_does_not_become_the_one_of_the_process) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto opens_a_terminal = [&] {
    int ours = -1;
    int terminal = -1;
    std::string path(PATH_MAX, '\0');
    if (setsid() < 0 || openpty(&ours, &terminal, path.data(), nullptr, nullptr) != 0) _exit(2);
    settings_.set("prompt_file", path.c_str());
    try {
      load_inputs(settings_, {nullptr, Deadline(system_clock(), Seconds(0.1))});
    } catch (const Error&) {
    }
    _exit(open("/dev/tty", O_RDWR) < 0 ? 0 : 1);
  };
  EXPECT_EXIT(opens_a_terminal(), testing::ExitedWithCode(0), "");
}

TEST_F(PipeInput, is_no_image) {
  settings_.reset("prompt_file");
  settings_.set("prompt", "a fox");
  settings_.set("input_images", path_.c_str());
  EXPECT_THAT(refusal(), HasSubstr("not a regular file"));
}

TEST_F(InputsTest, a_file_of_another_machine_is_refused) {
  settings_.set("prompt_file", "file://elsewhere/fox.txt");
  EXPECT_THAT(refusal(), HasSubstr("cannot read the prompt file 'file://elsewhere/fox.txt'"));
}

TEST_F(InputsTest, the_stores_summary_is_one_line) {
  settings_.set("prompt", "a fox\nin snow");
  EXPECT_EQ(load_inputs(settings_).summary, "a fox in snow");
}

TEST_F(InputsTest, a_reference_needs_an_image_too) {
  settings_.set("prompt", "a fox");
  settings_.set("mode", "reference");
  EXPECT_THAT(refusal(), HasSubstr("mode=reference needs an input image"));
}

TEST(Location, a_tasks_id_leads_to_no_other_directory_and_hides_no_file) {
  EXPECT_EQ(expanded_location("clips/{task_id}.mp4", {.task_id = "../x-y_z 1"}),
            "clips/_._x-y_z_1.mp4");
  EXPECT_EQ(expanded_location("{task_id}/{task_id}.mp4", {.task_id = ".a"}), "_a/_a.mp4");
}

TEST_F(InputsTest, a_prompt_file_has_to_be_on_this_machine) {
  settings_.set("prompt_file", "file:///no%zzpath");
  EXPECT_THAT(refusal(), HasSubstr("not a local file"));
}

// A JPEG with an EXIF orientation, as far as its image data.
std::string turned_jpeg(char orientation) {
  using namespace std::string_literals;
  const std::string tiff =
      "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + orientation + "\0\0\0\0\0\0"s;
  const std::string exif = "Exif\0\0"s + tiff;
  return "\xFF\xD8\xFF\xE1\0"s + static_cast<char>(exif.size() + 2) + exif + "\xFF\xDA\0\x02 data"s;
}

TEST_F(InputsTest, a_picture_that_ends_too_early_is_refused) {
  using namespace std::string_literals;
  settings_.set("prompt", "x");
  for (const std::string& cut :
       {turned_jpeg(1), "\xFF\xD8\xFF\xE0\x00\x10JFIF"s, "RIFF\xFF\0\0\0WEBPVP8 "s,
        "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR0123456789abcdefg\0\0\x10\0IDAT...."s}) {
    settings_.set("input_images", file("cut.jpg", cut));
    EXPECT_THAT(refusal(), HasSubstr("is cut: its end is missing")) << cut;
  }
  settings_.set("input_images", file("whole.jpg", turned_jpeg(1) + "\xFF\xD9 and more"));
  EXPECT_TRUE(load_inputs(settings_).warnings.empty());
}

TEST_F(InputsTest, a_picture_that_is_stored_turned_is_warned_of) {
  settings_.set("prompt", "x");
  settings_.set("input_images", file("turned.jpg", turned_jpeg(6) + "\xFF\xD9"));
  const Inputs inputs = load_inputs(settings_);
  ASSERT_EQ(inputs.warnings.size(), 1U);
  EXPECT_THAT(inputs.warnings[0], HasSubstr("turned.jpg' is stored turned (EXIF orientation 6)"));
}

}  // namespace
}  // namespace airforce
