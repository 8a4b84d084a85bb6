// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/paid_shots.h"

#include <algorithm>
#include <map>
#include <memory>

#include "generation/inputs.h"
#include "store/claim_rules.h"
#include "store/clip_cache.h"
#include "store/store.h"

namespace airforce {
namespace {

// A PNG of one pixel.
constexpr std::string_view kAnyPicture(
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\6\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xda"
    "\x63\x64\xf8\xcf\x50\x0f\0\3\x86\1\x80\x5a\x34\x7d\x6b\0\0\0\0IEND\xae\x42\x60\x82",
    70);

class Purchases {
 public:
  Purchases(const std::string& store, std::string account, GCancellable* cancellable)
      : account_(std::move(account)),
        cancellable_(cancellable),
        cache_(ClipCache::standard(cancellable)) {
    try {
      const auto opened = open_store(store, system_clock(), cancellable);
      for (Intent& intent : opened->intents(account_, kKeepIntents))
        by_request_[intent.request].push_back(std::move(intent));
    } catch (const Error&) {  // a purchase would say so
    }
    for (auto& [request, intents] : by_request_) std::reverse(intents.begin(), intents.end());
  }

  // The task that is resumed or replayed for a shot with these settings; "" where one is bought.
  std::string task_of(const Settings& settings) {
    const auto reuse = settings.choice<Reuse>(Parameter::reuse);
    // A prompt file may be a pipe, which is read once.
    if (reuse == Reuse::Never || !settings.string(Parameter::prompt_file).empty()) return {};
    RequestIdentity identity;
    identity.account = account_;
    try {
      identity.request = stored_request(account_, load_inputs(settings, {cancellable_, {}}));
    } catch (const Error&) {  // likewise
      return {};
    }
    const auto cached = cache_->find(identity);
    const ClaimChoice choice =
        choose_claim(by_request_[identity.request],
                     reuse == Reuse::Always ? Reusable::Finished : Reusable::Unfinished,
                     system_clock().unix_time(), cached ? cached->task_id : "");
    const bool is_bought = choice.kind == Claim::Kind::New ||
                           (choice.intent != nullptr && choice.intent->task_id.empty());
    if (is_bought) return {};
    return choice.intent != nullptr ? choice.intent->task_id : cached->task_id;
  }

 private:
  const std::string account_;
  GCancellable* const cancellable_;
  const std::unique_ptr<ClipCache> cache_;
  std::map<std::string, std::vector<Intent>> by_request_;  // oldest first
};

}  // namespace

std::vector<bool> paid_shots(const Storyboard& storyboard, const FilmOptions& options,
                             const std::string& store, const std::string& account,
                             GCancellable* cancellable) {
  Purchases purchases(store, account, cancellable);
  std::vector<bool> paid;
  std::string before;  // the task of the shot before, where it is paid for
  for (const Shot& shot : storyboard.shots) {
    Settings settings = shot.settings;
    std::string identity;
    if (shot.continues && paid.empty())
      identity = options.first_frame_identity;
    else if (shot.continues && !before.empty())
      identity = last_frame_of(before);
    const bool is_known = !shot.continues || !identity.empty();
    if (shot.continues && is_known) settings.add_image(kAnyPicture, identity);
    before = settings.string(Parameter::task_id);
    if (before.empty() && is_known) before = purchases.task_of(settings);
    paid.push_back(!before.empty());
  }
  return paid;
}

std::string_view any_picture() {
  return kAnyPicture;
}

}  // namespace airforce
