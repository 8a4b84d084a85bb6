// SPDX-License-Identifier: LGPL-2.1-or-later
// Which streams there are, and what the element reports beside them.
#include <atomic>
#include <future>
#include <mutex>

#include "support.h"

using namespace airforce::gst::test;

namespace {

std::string source(const std::string& settings = "") {
  return std::string("airforcevideosrc name=s ") + kRequest + " " + settings + " ";
}

// What the sink pad of an element sees of one kind of event.
class Events {
 public:
  Events(const Pipeline& pipeline, const char* sink, GstEventType type) : type_(type) {
    const Ref<GstPad> pad(gst_element_get_static_pad(pipeline.element(sink).get(), "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, probe, this, nullptr);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  std::vector<guint32> seqnums() const {
    const std::lock_guard guard(mutex_);
    return seqnums_;
  }

 private:
  static GstPadProbeReturn probe(GstPad*, GstPadProbeInfo* info, gpointer self) {
    auto* events = static_cast<Events*>(self);
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) == events->type_) {
      const std::lock_guard guard(events->mutex_);
      events->seqnums_.push_back(gst_event_get_seqnum(event));
    }
    return GST_PAD_PROBE_OK;
  }

  const GstEventType type_;
  mutable std::mutex mutex_;  // protects seqnums_
  std::vector<guint32> seqnums_;
};

int width_at(const Pipeline& pipeline, const char* sink) {
  const Ref<GstPad> pad(gst_element_get_static_pad(pipeline.element(sink).get(), "sink"));
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad.get());
  int width = 0;
  fail_unless(gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &width));
  return width;
}

// A demuxer that everybody would choose before qtdemux.
std::atomic<int> foreign_demuxers = 0;

void foreign_demuxer_class_init(gpointer element_class, gpointer) {
  GstElementClass* klass = GST_ELEMENT_CLASS(element_class);
  gst_element_class_set_static_metadata(klass, "foreign", "Codec/Demuxer", "of a test", "nobody");
  g_autoptr(GstCaps) caps = gst_caps_from_string("video/quicktime; video/x-h264; audio/mpeg");
  gst_element_class_add_pad_template(
      klass, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
}

void foreign_demuxer_init(GTypeInstance* instance, gpointer element_class) {
  ++foreign_demuxers;
  GstPadTemplate* pad_template =
      gst_element_class_get_pad_template(GST_ELEMENT_CLASS(element_class), "sink");
  gst_element_add_pad(GST_ELEMENT(instance), gst_pad_new_from_template(pad_template, "sink"));
}

void register_foreign_demuxer() {
  GTypeInfo info = {};
  info.class_size = sizeof(GstElementClass);
  info.class_init = foreign_demuxer_class_init;
  info.instance_size = sizeof(GstElement);
  info.instance_init = foreign_demuxer_init;
  const GType type =
      g_type_register_static(GST_TYPE_ELEMENT, "ForeignDemuxer", &info, GTypeFlags(0));
  fail_unless(gst_element_register(nullptr, "foreigndemux", GST_RANK_PRIMARY + 1000, type));
}

void unlink_when_idle(GstPad* pad) {
  std::promise<gboolean> unlinked;
  const GstPadProbeCallback unlink = [](GstPad* self, GstPadProbeInfo*, gpointer data) {
    const Ref<GstPad> peer(gst_pad_get_peer(self));
    static_cast<std::promise<gboolean>*>(data)->set_value(gst_pad_unlink(self, peer.get()));
    return GST_PAD_PROBE_REMOVE;
  };
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_IDLE, unlink, &unlinked, nullptr);
  fail_unless(unlinked.get_future().get());
}

}  // namespace

GST_START_TEST(the_demuxer_is_qtdemux_whatever_the_ranks_are) {
  register_foreign_demuxer();
  const Served served;
  for (const char* output : {"raw", "encoded"}) {
    Pipeline pipeline(source(std::string("output=") + output) +
                      "s. ! queue ! fakesink name=one s. ! queue ! fakesink");
    int qtdemuxes = 0;
    g_signal_connect(pipeline.get(), "deep-element-added",
                     G_CALLBACK(+[](GstBin*, GstBin*, GstElement* element, gpointer count) {
                       GstElementFactory* factory = gst_element_get_factory(element);
                       if (factory != nullptr && g_str_equal(GST_OBJECT_NAME(factory), "qtdemux"))
                         ++*static_cast<int*>(count);
                     }),
                     &qtdemuxes);
    pipeline.play_to_end();
    fail_unless_equals_int(qtdemuxes, 1);
    fail_unless_equals_int(foreign_demuxers.load(), 0);
  }
  // It would have been chosen.
  g_autoptr(GstCaps) caps = gst_caps_from_string("video/quicktime, variant=(string)iso");
  GList* all =
      gst_element_factory_list_get_elements(GST_ELEMENT_FACTORY_TYPE_DEMUXER, GST_RANK_MARGINAL);
  GList* fitting = gst_element_factory_list_filter(all, caps, GST_PAD_SINK, TRUE);
  fitting = g_list_sort(fitting, gst_plugin_feature_rank_compare_func);
  fail_unless_equals_string(GST_OBJECT_NAME(fitting->data), "foreigndemux");
  gst_plugin_feature_list_free(fitting);
  gst_plugin_feature_list_free(all);
}
GST_END_TEST

GST_START_TEST(a_stream_that_is_deselected_goes_and_the_other_plays_on) {
  const Served served;
  Pipeline pipeline(source() + "s. ! video/x-raw ! queue ! fakesink name=video sync=true");
  const Received video(pipeline, "video");
  pipeline.set_state(GST_STATE_PAUSED);
  const Message message = pipeline.wait(GST_MESSAGE_STREAM_COLLECTION);
  g_autoptr(GstStreamCollection) collection = nullptr;
  gst_message_parse_stream_collection(message.get(), &collection);
  GList* wanted = nullptr;
  for (guint i = 0; i < gst_stream_collection_get_size(collection); ++i) {
    GstStream* stream = gst_stream_collection_get_stream(collection, i);
    if ((gst_stream_get_stream_type(stream) & GST_STREAM_TYPE_VIDEO) != 0) {
      wanted = g_list_append(wanted, const_cast<char*>(gst_stream_get_stream_id(stream)));
    }
  }
  fail_unless_equals_int(g_list_length(wanted), 1);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  fail_unless(
      gst_element_send_event(pipeline.element("s").get(), gst_event_new_select_streams(wanted)));
  g_list_free(wanted);
  pipeline.play_to_end();
  fail_unless_equals_int(video.lines().size(), 48);
}
GST_END_TEST

// While nothing is pushed, as applications do it: what is pushed would be answered with FLUSHING
// when what stands behind is stopped, and ends a demuxer for all of its pads (GStreamer's
// application manual, "Dynamically changing the pipeline").
GST_START_TEST(an_unlinked_pad_does_not_stop_the_other) {
  const char* kOutputs[] = {"raw", "encoded"};
  const Served served;
  Pipeline pipeline(source("sound=true output=" + std::string(kOutputs[__i__])) +
                    "s.video_0 ! queue ! fakesink name=video sync=true "
                    "s.audio_0 ! queue name=sound max-size-time=0 max-size-buffers=0 ! fakesink "
                    "name=audio sync=true");
  const Received video(pipeline, "video");
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  const Ref<GstPad> pad(gst_element_get_static_pad(pipeline.element("s").get(), "audio_0"));
  unlink_when_idle(pad.get());
  for (const char* name : {"audio", "sound"}) {
    const Ref<GstElement> element = pipeline.element(name);
    gst_element_set_locked_state(element.get(), TRUE);
    gst_element_set_state(element.get(), GST_STATE_NULL);
    gst_bin_remove(GST_BIN(pipeline.get()), element.get());
  }
  pipeline.play_to_end();
  fail_unless_equals_int(video.lines().size(), 48);
}
GST_END_TEST

GST_START_TEST(eos_comes_once_and_everything_after_a_seek_has_its_seqnum) {
  const char* kOutputs[] = {"raw", "encoded"};
  const Served served;
  Pipeline pipeline(source("sound=true output=" + std::string(kOutputs[__i__])) +
                    "s.video_0 ! queue ! fakesink name=video "
                    "s.audio_0 ! queue ! fakesink name=audio");
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  const Events ends[] = {{pipeline, "video", GST_EVENT_EOS}, {pipeline, "audio", GST_EVENT_EOS}};
  const Events segments[] = {{pipeline, "video", GST_EVENT_SEGMENT},
                             {pipeline, "audio", GST_EVENT_SEGMENT}};
  GstEvent* seek = gst_event_new_seek(1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
                                      GST_SECOND, GST_SEEK_TYPE_NONE, 0);
  const guint32 seqnum = gst_event_get_seqnum(seek);
  fail_unless(gst_element_send_event(pipeline.get(), seek));
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  pipeline.set_state(GST_STATE_PLAYING);
  const Message end = pipeline.wait(GST_MESSAGE_EOS);
  fail_unless_equals_int(gst_message_get_seqnum(end.get()), seqnum);
  const std::vector<guint32> once = {seqnum};
  for (const Events& pad : ends) fail_unless(pad.seqnums() == once);
  for (const Events& pad : segments) fail_unless(pad.seqnums() == once);
}
GST_END_TEST

GST_START_TEST(a_clip_of_another_size_is_renegotiated) {
  const Simulator simulator({"--task-seconds=0.1"});
  Pipeline pipeline(source("quality=480p aspect-ratio=16:9") +
                    "videoconvert name=c ! fakesink name=video");
  keep_linked(pipeline, "s", "video", "c");
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait(GST_MESSAGE_ASYNC_DONE);
  const int wide = width_at(pipeline, "video");
  pipeline.set_state(GST_STATE_READY);
  g_object_set(pipeline.element("s").get(), "aspect-ratio", "9:16", nullptr);
  pipeline.play_to_end();
  fail_unless(width_at(pipeline, "video") < wide);
}
GST_END_TEST

GST_START_TEST(a_size_and_a_rate_that_are_asked_for_are_converted_to) {
  const Served served;
  Pipeline pipeline(source("sound=true") +
                    "s. ! video/x-raw,width=200,height=100,framerate=10/1,format=RGB ! "
                    "fakesink name=video "
                    "s. ! audio/x-raw,rate=22050,channels=1,format=S16LE ! fakesink name=audio");
  pipeline.play_to_end();
  for (const auto& [sink, wanted] :
       {std::pair{"video", "video/x-raw,width=200,height=100,framerate=10/1,format=RGB"},
        {"audio", "audio/x-raw,rate=22050,channels=1,format=S16LE"}}) {
    const Ref<GstPad> pad(gst_element_get_static_pad(pipeline.element(sink).get(), "sink"));
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad.get());
    g_autoptr(GstCaps) asked = gst_caps_from_string(wanted);
    fail_unless(caps != nullptr && gst_caps_is_subset(caps, asked), "%s", sink);
  }
}
GST_END_TEST

GST_START_TEST(the_task_is_a_property_from_its_creation_on) {
  const Served served;
  Pipeline pipeline(source() + "! fakesink");
  const Ref<GstElement> element = pipeline.element("s");
  GstStructure* before = nullptr;
  g_object_get(element.get(), "task", &before, nullptr);
  fail_unless(before == nullptr);
  pipeline.play_to_end();
  GstStructure* task = nullptr;
  g_object_get(element.get(), "task", &task, nullptr);
  const Structure owner(task);
  fail_unless(task != nullptr);
  fail_unless_equals_string(gst_structure_get_string(task, "status"), "completed");
  fail_unless(gst_structure_has_field(task, "task-id"));
}
GST_END_TEST

GST_START_TEST(the_prompt_is_in_the_tags_of_every_stream) {
  const char* kFrom[] = {
      "airforcevideosrc model=wan-2.6 sound=true prompt=\"A red fox\" name=s ",
      "airforcevideosrc model=wan-2.6 sound=true output=encoded prompt=\"A red fox\" name=s ",
      ("uridecodebin3 uri=\"airforce://generate?model=wan-2.6&sound=true&prompt=A+red%20fox\" "
       "name=s "),
  };
  const Served served;
  Pipeline pipeline(std::string(kFrom[__i__]) + "s. ! queue ! fakesink s. ! queue ! fakesink");
  pipeline.set_state(GST_STATE_PAUSED);
  for (int stream = 0; stream < 2; ++stream) {
    pipeline.wait(GST_MESSAGE_TAG, [](GstMessage* message) {
      g_autoptr(GstTagList) tags = nullptr;
      gst_message_parse_tag(message, &tags);
      g_autofree char* comment = nullptr;
      if (!gst_tag_list_get_string(tags, GST_TAG_COMMENT, &comment)) return false;
      g_autofree char* title = nullptr;
      g_autofree char* program = nullptr;
      fail_unless(gst_tag_list_get_string(tags, GST_TAG_TITLE, &title));
      fail_unless(gst_tag_list_get_string(tags, GST_TAG_APPLICATION_NAME, &program));
      fail_unless_equals_string(comment, "A red fox");
      fail_unless_equals_string(title, "A red fox");
      fail_unless(g_str_has_prefix(program, "airforce-video "));
      return true;
    });
  }
}
GST_END_TEST

GST_START_TEST(a_price_that_nobody_knows_is_a_warning) {
  const Served served;
  Pipeline pipeline("airforcevideosrc model=preview-1 prompt=fox ! fakesink");
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_WARNING, [](GstMessage* message) {
    g_autoptr(GError) warning = nullptr;
    gst_message_parse_warning(message, &warning, nullptr);
    return strstr(warning->message, "price of model preview-1 is unknown") != nullptr;
  });
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

static Suite* streams_suite() {
  Suite* suite = suite_create("streams");
  TCase* tcase = tcase_create("streams");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, the_demuxer_is_qtdemux_whatever_the_ranks_are);
  tcase_add_test(tcase, a_stream_that_is_deselected_goes_and_the_other_plays_on);
  tcase_add_test(tcase, an_unlinked_pad_does_not_stop_the_other);
  tcase_add_test(tcase, eos_comes_once_and_everything_after_a_seek_has_its_seqnum);
  tcase_add_test(tcase, a_clip_of_another_size_is_renegotiated);
  tcase_add_test(tcase, a_size_and_a_rate_that_are_asked_for_are_converted_to);
  tcase_add_test(tcase, the_task_is_a_property_from_its_creation_on);
  tcase_add_test(tcase, the_prompt_is_in_the_tags_of_every_stream);
  tcase_add_test(tcase, a_price_that_nobody_knows_is_a_warning);
  return suite;
}

GST_CHECK_MAIN(streams)
