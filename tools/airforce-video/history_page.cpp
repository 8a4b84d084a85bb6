// SPDX-License-Identifier: LGPL-2.1-or-later
#include "history_page.h"

#include <algorithm>
#include <map>
#include <set>

#include <glib.h>
#include <glib/gstdio.h>

#include "generation/budget.h"
#include "remembered.h"
#include "saved_clip.h"
#include "terminal_text.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr const char* kHead = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src file:; img-src data:; base-uri 'none'; form-action 'none'">
<title>Clips made with airforce-video</title>
<style>
:root { --back: #f6f6f4; --card: #fff; --text: #1c1c1a; --soft: #5c5c57; --line: #d9d9d3; --mark: #2459c4; --bad: #a8281e; }
@media (prefers-color-scheme: dark) {
  :root { --back: #171716; --card: #222220; --text: #ecece8; --soft: #a9a9a2; --line: #3a3a37; --mark: #8ab4ff; --bad: #ff8f85; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; display: flex; justify-content: space-between; border-bottom: 1px solid var(--line); }
.soft { color: var(--soft); font-size: .875rem; }
input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .6rem; width: min(100%, 24rem); margin: 1rem 0 0; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; display: flex; flex-direction: column; }
li:focus { outline: 3px solid var(--mark); outline-offset: 1px; }
video, .none { width: 100%; aspect-ratio: 16 / 9; background: #000; display: block; }
.none { background: var(--line); color: var(--soft); display: grid; place-items: center; font-size: .875rem; }
.gone { color: #fff; text-shadow: 0 0 .2rem #000, 0 0 .5rem #000; }
.body { padding: .75rem; overflow-wrap: anywhere; }
.prompt { margin: 0 0 .5rem; display: -webkit-box; -webkit-line-clamp: 4; -webkit-box-orient: vertical; overflow: hidden; }
li:focus .prompt, li:hover .prompt { -webkit-line-clamp: unset; }
.failed { color: var(--bad); }
table { border-collapse: collapse; margin-top: 1rem; }
th, td { text-align: left; font-weight: normal; padding: .1rem 1.5rem .1rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td { text-align: right; font-variant-numeric: tabular-nums; }
code { font-size: .8rem; }
</style>
</head>
<body>
)html";

constexpr const char* kTail = R"html(<script>
const cards = [...document.querySelectorAll('li')];
const find = document.querySelector('input');
const shown = () => cards.filter(card => !card.hidden);
find.addEventListener('input', () => {
  const words = find.value.toLowerCase();
  for (const card of cards) card.hidden = !card.textContent.toLowerCase().includes(words);
  for (const day of document.querySelectorAll('section'))
    day.hidden = ![...day.querySelectorAll('li')].some(card => !card.hidden);
});
document.addEventListener('keydown', event => {
  if (event.target === find) {
    if (event.key === 'Escape') { find.value = ''; find.dispatchEvent(new Event('input')); find.blur(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const all = shown();
  const at = all.indexOf(document.activeElement);
  const go = to => { if (all.length) all[Math.max(0, Math.min(all.length - 1, to))].focus(); };
  if (event.key === '/') find.focus();
  else if (event.key === 'j' || event.key === 'ArrowRight') go(at + 1);
  else if (event.key === 'k' || event.key === 'ArrowLeft') go(at - 1);
  else if (event.key === 'Enter' && at >= 0) {
    const clip = all[at].querySelector('video');
    if (clip) { if (clip.paused) clip.play(); else clip.pause(); }
  } else return;
  event.preventDefault();
});
const seen = new IntersectionObserver(changes => {
  for (const { target, isIntersecting } of changes)
    if (isIntersecting) { target.preload = 'metadata'; seen.unobserve(target); }
});
for (const clip of document.querySelectorAll('video')) {
  seen.observe(clip);
  clip.addEventListener('error', () => {
    const gone = document.createElement('div');
    gone.className = 'none';
    if (clip.poster) { gone.style.background = `center / cover url("${clip.poster}")`; gone.classList.add('gone'); }
    gone.textContent = 'The file is not there any more';
    clip.replaceWith(gone);
  });
}
</script>
</body>
</html>
)html";

std::string escaped(std::string_view text) {
  const std::string shown = visible_line(text);
  const GCharPtr markup(g_markup_escape_text(shown.data(), static_cast<gssize>(shown.size())));
  return markup.get();
}

std::string uri_of(const std::string& path) {
  const GCharPtr uri(g_filename_to_uri(path.c_str(), nullptr, nullptr));
  return uri != nullptr ? uri.get() : "";
}

std::string day_of(const HistoryEntry& entry) {
  const std::int64_t time = entry.created_at != 0 ? entry.created_at : entry.ended_at;
  const std::string text = time_text(time);
  return text.empty() ? "Unknown day" : text.substr(0, 10);
}

// Of NAME=CENTS.
std::string budget_name(const std::string& budget) {
  return budget.substr(0, budget.rfind('='));
}
std::string budget_ceiling(const std::string& budget) {
  const std::size_t equals = budget.rfind('=');
  return equals == std::string::npos ? "" : " of " + escaped(budget.substr(equals + 1));
}

// Those of the newest clips stand in the page itself.
constexpr std::size_t kMaxPicture = std::size_t{512} << 10U;  // bytes of one
constexpr std::size_t kMaxPictures = std::size_t{32} << 20U;  // of all

// The picture beside a clip as a data: URI, "" where there is none, or no room for it.
std::string picture_of(const std::string& path, std::size_t& room) {
  const std::string file = path.empty() ? "" : thumbnail_beside(path);
  GStatBuf status{};
  if (file.empty() || g_stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (static_cast<std::size_t>(status.st_size) > std::min(room, kMaxPicture)) return {};
  gchar* bytes = nullptr;
  gsize size = 0;
  if (!g_file_get_contents(file.c_str(), &bytes, &size, nullptr)) return {};
  const GCharPtr owned(bytes);
  if (size > room) return {};
  room -= size;
  const GCharPtr text(g_base64_encode(reinterpret_cast<const guchar*>(bytes), size));
  const char* const type = file.ends_with(".jpg")   ? "jpeg"
                           : file.ends_with(".png") ? "png"
                                                    : "webp";
  return std::string("data:image/") + type + ";base64," + text.get();
}

// What the cards before have used.
struct Shown {
  std::size_t room = kMaxPictures;
  std::set<std::string> files;
};

std::string card(const HistoryEntry& entry, Shown& shown) {
  std::string text = "<li tabindex=\"0\">";
  const std::string uri = entry.path.empty() ? "" : uri_of(entry.path);
  if (!uri.empty() && !shown.files.insert(uri).second) {
    text += "<div class=\"none\">In " + escaped(shown_name(entry.path)) + "</div>";
  } else if (!uri.empty()) {
    const std::string picture = picture_of(entry.path, shown.room);
    text += "<video controls preload=\"none\" tabindex=\"-1\"";
    if (!picture.empty()) text += " poster=\"" + picture + "\"";
    text += " src=\"" + escaped(uri) + "\"></video>";
  } else {
    text += std::string("<div class=\"none\">") +
            (entry.state == HistoryEntry::State::Failed ? "No clip" : "Not saved to a file") +
            "</div>";
  }
  text += "<div class=\"body\"><p class=\"prompt\">" +
          (entry.prompt.empty() ? std::string("(prompt unknown)") : escaped(entry.prompt)) +
          "</p><div class=\"soft\">" + escaped(entry.model);
  if (entry.cost_cents >= 0) text += " · " + cents_text(entry.cost_cents);
  const bool failed = entry.state == HistoryEntry::State::Failed;
  text += std::string(" · <span class=\"") + name_of(entry.state) + "\">" + name_of(entry.state);
  if (failed && !entry.reason.empty()) text += ": " + escaped(entry.reason);
  text += "</span><br>";
  if (entry.created_at != 0) text += time_text(entry.created_at).substr(11) + " · ";
  text += "<code>" + escaped(entry.task_id) + "</code>";
  if (!entry.budget.empty()) text += "<br>budget " + escaped(budget_name(entry.budget));
  if (!entry.path.empty()) text += "<br><code>" + escaped(entry.path) + "</code>";
  return text + "</div></div></li>\n";
}

// Failed tasks are refunded by the service; they are counted apart.
struct Sum {
  int clips = 0;
  double cents = 0;
  void add(const HistoryEntry& entry) {
    if (entry.state == HistoryEntry::State::Failed) return;
    ++clips;
    cents += std::max(0.0, entry.cost_cents);
  }
  std::string text() const {
    return std::to_string(clips) + (clips == 1 ? " clip, " : " clips, ") + cents_text(cents);
  }
};

std::string budget_table(const std::map<std::string, Sum>& budgets) {
  if (budgets.empty()) return {};
  std::string text =
      "<table><tr><th class=\"soft\">Budget</th><td class=\"soft\">Spent</td></tr>\n";
  for (const auto& [name, sum] : budgets)
    text += "<tr><th>" + escaped(budget_name(name)) + "</th><td>" + sum.text() +
            budget_ceiling(name) + "</td></tr>\n";
  return text + "</table>\n";
}

}  // namespace

bool is_history_page(std::string_view beginning) {
  return beginning.find("<title>Clips made with airforce-video</title>") != std::string_view::npos;
}

std::string history_page(const std::vector<HistoryEntry>& entries) {
  Sum total;
  std::map<std::string, Sum, std::greater<>> days;
  std::map<std::string, std::string> cards;
  std::map<std::string, Sum> budgets;
  Shown shown;
  for (const HistoryEntry& entry : entries) {
    const std::string day = day_of(entry);
    total.add(entry);
    days[day].add(entry);
    if (!entry.budget.empty()) budgets[entry.budget].add(entry);
    cards[day] += card(entry, shown);
  }
  std::string text = kHead;
  text +=
      "<h1>Clips made with airforce-video</h1>\n<div class=\"soft\">" + total.text() +
      ". Keys: / finds, j and k or the arrows move, Enter plays.</div>\n" + budget_table(budgets) +
      "<input type=\"search\" placeholder=\"Find a prompt, model or task\" aria-label=\"Find\">\n"
      "<main>\n";
  if (entries.empty()) text += "<p>Nothing was made yet.</p>\n";
  for (const auto& [day, sum] : days)
    text += "<section><h2><span>" + day + "</span><span class=\"soft\">" + sum.text() +
            "</span></h2>\n<ul>\n" + cards[day] + "</ul></section>\n";
  return text + "</main>\n" + kTail;
}

}  // namespace airforce::cli
