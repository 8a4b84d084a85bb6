// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/event_stream.h"

#include <algorithm>

#include "server/answer_form.h"

namespace airforce::simulator {
namespace {

constexpr Duration kCommentEvery = std::chrono::seconds(15);
constexpr Duration kRenderCheck = std::chrono::milliseconds(50);
constexpr Duration kDeletionCheck = std::chrono::seconds(1);
constexpr Duration kCommentFault = std::chrono::milliseconds(100);
constexpr size_t kMaxWaiting = 1 << 20;  // bytes that a client doesn't read

/// The source of the answer: it keeps the stream going as long as somebody reads.
class StreamBody : public ByteSource {
 public:
  StreamBody(std::shared_ptr<EventStream> stream, std::shared_ptr<QueueSource> queue)
      : stream_(std::move(stream)), queue_(std::move(queue)) {
    queue_->on_more = [this] {
      if (on_more) on_more();
    };
  }
  ~StreamBody() override { queue_->on_more = nullptr; }
  std::string read(size_t limit) override { return queue_->read(limit); }
  [[nodiscard]] bool finished() const override { return queue_->finished(); }

 private:
  std::shared_ptr<EventStream> stream_;
  std::shared_ptr<QueueSource> queue_;
};

}  // namespace

void EventStream::start(const std::shared_ptr<Exchange>& exchange, const PortContext& context,
                        Service& service, const TaskJson& json, const Task& task) {
  const auto stream =
      std::make_shared<EventStream>(service, json, task, exchange->fault, context.dialect);
  stream->begin();
  Response answer;
  answer.content_type = "text/event-stream";
  answer.headers = {{"Cache-Control", "no-cache"}};
  answer.source = std::make_shared<StreamBody>(stream, stream->queue_);
  reply(*exchange, context, std::move(answer));
}

EventStream::EventStream(Service& service, const TaskJson& json, const Task& task,
                         std::optional<Fault> fault, Dialect dialect)
    : service_(service), json_(json), id_(task.id), fault_(std::move(fault)), dialect_(dialect) {}

void EventStream::begin() {
  if (fault_) {
    if (fault_->bom) queue_->push("\xef\xbb\xbf");
    if (fault_->retry) write("retry: " + std::to_string(*fault_->retry) + "\n\n");
    if (fault_->huge_line)
      write("event: noise\ndata: " + std::string(static_cast<size_t>(*fault_->huge_line), 'x') +
            "\n\n");
    if (!fault_->error_event.empty()) send_error(fault_->error_event);
  }
  step();
}

void EventStream::step() {
  if (fault_ && fault_->comments) {
    comment(": still there\n\n");
    return wait(kCommentFault);
  }
  const Task* task = service_.find(id_);
  if (!task) {  // deleted or purged meanwhile
    if (dialect_ == Dialect::kSdk) send_error("Task not found");
    return queue_->close();
  }

  const TaskView view = distorted(service_.view(*task), fault_);
  if (task->final && fault_ && fault_->no_final) return queue_->close();
  if (view != shown_) send(view, *task);
  if (fault_ && fault_->one_event) return queue_->close();
  if (task->final && dialect_ == Dialect::kSdk) write("event: done\ndata: [DONE]\n\n");
  if (task->final || queue_->finished()) return queue_->close();

  const Time now = service_.now();
  const auto next = next_change(*task, now);
  wait(next ? std::min(*next - now, kDeletionCheck) : kRenderCheck);
}

void EventStream::send(const TaskView& view, const Task& task) {
  shown_ = view;
  quiet_ = {};
  const bool final = task.final;
  std::string data = json_.describe(task, view, fault_).text();
  if (fault_) data = reformed(data, *fault_);
  const std::string name = dialect_ == Dialect::kSdk ? "state" : final ? view.status : "progress";
  if (fault_ && fault_->cut_character && (view.progress || final)) {
    // The first byte of a character of two.
    data.insert(data.size() - 1, ",\"note\":\"caf\xc3");
    write("event: " + name + "\ndata: " + data.substr(0, data.size() - 1));
    return queue_->close();
  }
  write("event: " + name + "\ndata: " + data + "\n\n");
}

void EventStream::send_error(const std::string& message) {
  write("event: error\ndata: " + JsonObjectText().set("error", message).text() + "\n\n");
}

/// Events are few, but comments never end: none for a client that doesn't read.
void EventStream::comment(const char* text) {
  if (queue_->waiting() < kMaxWaiting) write(text);
}

void EventStream::write(std::string text) {
  if (fault_ && !fault_->line_ends.empty() && fault_->line_ends != "lf") {
    const std::string end = fault_->line_ends == "cr" ? "\r" : "\r\n";
    for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += end.size())
      text.replace(at, 1, end);
  }
  queue_->push(text);
}

void EventStream::wait(Duration duration) {
  // Rounded up, so that it is not too early.
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(duration + Duration(999)).count();
  timer_ = after_milliseconds(static_cast<guint>(std::max<int64_t>(milliseconds, 1)),
                              [weak = weak_from_this(), duration] {
                                const auto self = weak.lock();
                                if (!self) return;
                                self->quiet_ += duration;
                                if (self->quiet_ >= kCommentEvery) {
                                  self->quiet_ = {};
                                  self->comment(": keep-alive\n\n");
                                }
                                self->step();
                              });
}

}  // namespace airforce::simulator
