// SPDX-License-Identifier: LGPL-2.1-or-later
// A request as a film of one shot.
#include <utility>

#include "core.h"
#include "values/guarded.h"

namespace airforce::gst {
namespace {

// What is known of the shot, and who hears of it. Outlives the generation, whose threads report.
class ShotEvents {
 public:
  explicit ShotEvents(Shot description) { known_.lock()->shot = std::move(description); }

  void listen(CoreFilm::Listener listener) { known_.lock()->listener = std::move(listener); }

  Shot shot() const { return known_.lock()->shot; }

  void take(const AirforceEvent& event) {
    CoreFilm::Listener listener;
    {
      auto known = known_.lock();
      if (event.price_cents >= 0) known->shot.price_cents = event.price_cents;
      if (event.task != nullptr) {
        known->shot.task_id = event.task->task_id;
        if (event.task->duration_seconds > 0)
          known->shot.duration_seconds = event.task->duration_seconds;
      }
      listener = known->listener;
    }
    if (!listener) return;
    AirforceFilmEvent of_shot{};
    of_shot.kind = AIRFORCE_FILM_EVENT_SHOT;
    of_shot.event = &event;
    listener(of_shot);
  }

 private:
  struct Known {
    Shot shot;
    CoreFilm::Listener listener;
  };
  Guarded<Known> known_;
};

class SingleShot final : public CoreFilm {
 public:
  SingleShot(const CoreSettings& settings, Shot description)
      : events_(std::make_shared<ShotEvents>(std::move(description))),
        generation_(std::make_shared<CoreGeneration>(
            settings, [events = events_](const AirforceEvent& event) { events->take(event); })) {}

  void plan() override {}
  void start(Listener listener) override { events_->listen(std::move(listener)); }
  void cancel() override { generation_->cancel(); }
  std::size_t count() const override { return 1; }
  Shot shot(std::size_t) const override { return events_->shot(); }
  double price_cents() const override { return events_->shot().price_cents; }
  std::shared_ptr<CoreGeneration> generation(std::size_t) override { return generation_; }
  void set_last_frame(std::size_t, std::span<const std::uint8_t>) override {}
  void set_position(std::size_t) override {}

 private:
  const std::shared_ptr<ShotEvents> events_;
  const std::shared_ptr<CoreGeneration> generation_;
};

}  // namespace

std::shared_ptr<CoreFilm> CoreFilm::make_single(const CoreSettings& settings, Shot description) {
  return std::make_shared<SingleShot>(settings, std::move(description));
}

}  // namespace airforce::gst
