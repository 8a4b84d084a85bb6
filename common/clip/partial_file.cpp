// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/partial_file.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace airforce {
namespace {

// How often a waiting reader says again what it wants.
constexpr std::chrono::milliseconds kWantAgain(200);

Seconds longest_wait(const Deadline* deadline) {
  const Seconds longest = kWantAgain;
  return deadline != nullptr ? std::min(longest, deadline->left()) : longest;
}

Error cancelled_error(const std::string& task_id, const DownloadedRange& arrived) {
  return download_error(ErrorKind::Cancelled, "the download was cancelled", task_id, arrived);
}

}  // namespace

PartialFile::PartialFile(const std::string& location, const std::string& directory,
                         std::string task_id, bool replace)
    : file_(location, directory), task_id_(std::move(task_id)) {
  known_.lock()->location = location;
  file_.set_replace(replace);
}

// How many of `size` bytes at `offset` a reader can have now, all that it will ever get. 0: wait,
// or the end.
std::size_t PartialFile::Known::readable(std::uint64_t offset, std::size_t size) const {
  if (!stale.empty()) return 0;
  std::uint64_t wanted = size;
  if (version.total) wanted = std::min(wanted, *version.total - std::min(*version.total, offset));
  const auto here = ranges.contiguous(offset);
  if (here >= wanted) return static_cast<std::size_t>(wanted);
  return 0;
}

// Whether a reader has nothing to do but wait.
bool PartialFile::Known::must_wait(std::uint64_t offset, std::size_t size, unsigned since) const {
  const bool at_end = version.total && offset >= *version.total;
  return !cancelled && since == flushes && !reader_error && !at_end &&
         readable(offset, size) == 0 && !error;
}

std::size_t PartialFile::read_at(std::uint64_t offset, std::span<char> buffer, const Wanted& wanted,
                                 const Deadline* deadline) {
  if (buffer.empty()) return 0;
  auto known = known_.lock();
  const auto flushes = known->flushes;
  for (;;) {
    if (known->cancelled) throw cancelled_error(task_id_, known->downloaded());
    if (known->flushing || flushes != known->flushes) {
      throw Error(ErrorKind::Interrupted, Step::Download, "flushing");
    }
    if (known->reader_error) throw *known->reader_error;
    if (known->version.total && offset >= *known->version.total) return 0;
    if (const auto count = known->readable(offset, buffer.size()); count > 0) {
      known->was_read = true;
      const auto serial = known->serial;
      known.unlocked([&] {
        try {
          file_.read(offset, buffer.first(count));
        } catch (const std::system_error& failure) {
          throw file_error(failure, task_id_, arrived());
        }
      });
      // Bytes of another version may have taken their place meanwhile.
      if (serial != known->serial) continue;
      return count;
    }
    if (known->error) throw *known->error;
    if (deadline != nullptr && deadline->has_passed())
      throw download_error(ErrorKind::Timeout,
                           "the clip did not open before the timeout" +
                               (known->trouble.empty() ? "" : " (last: " + known->trouble + ")"),
                           task_id_, known->downloaded());

    const auto waiting = known->waiting.insert(known->ranges.first_missing(offset));
    if (wanted) known.unlocked([&] { wanted(*waiting); });
    if (known->must_wait(offset, buffer.size(), flushes))
      known.wait_for(changed_, longest_wait(deadline));
    known->waiting.erase(waiting);
  }
}

std::int64_t PartialFile::size() const {
  auto known = known_.lock();
  return known->version.total ? static_cast<std::int64_t>(*known->version.total) : -1;
}

std::int64_t PartialFile::available(std::uint64_t offset) const {
  auto known = known_.lock();
  return known->stale.empty() ? static_cast<std::int64_t>(known->ranges.contiguous(offset)) : 0;
}

void PartialFile::set_flushing(bool flushing) {
  auto known = known_.lock();
  known->flushing = flushing;
  if (flushing) ++known->flushes;
  changed_.notify_all();
}

void PartialFile::cancel() {
  auto known = known_.lock();
  known->cancelled = true;
  changed_.notify_all();
}

void PartialFile::wait_complete() {
  auto known = known_.lock();
  known.wait(changed_, [&] { return known->complete || known->error || known->cancelled; });
  if (known->complete) return;
  if (known->cancelled) throw cancelled_error(task_id_, known->downloaded());
  throw *known->error;
}

std::string PartialFile::path() const {
  auto known = known_.lock();
  return known->path;
}

std::string PartialFile::location() const {
  auto known = known_.lock();
  return known->location;
}

void PartialFile::set_location(std::string location) {
  auto known = known_.lock();
  known->location = std::move(location);
}

PartialFile::State PartialFile::state() const {
  auto known = known_.lock();
  return {known->serial, known->version, known->anything_known, known->ranges};
}

DownloadedRange PartialFile::arrived() const {
  auto known = known_.lock();
  return known->downloaded();
}

PartialFile::Reach PartialFile::reach(std::uint64_t offset) const {
  auto known = known_.lock();
  const auto here = known->ranges.contiguous(offset);
  return {here, known->ranges.next_present(offset + here), known->version.total};
}

std::uint64_t PartialFile::waited_for(std::uint64_t offset) const {
  auto known = known_.lock();
  const auto waiting = known->waiting.lower_bound(offset);
  return waiting == known->waiting.end() ? ByteRanges::kNone : *waiting;
}

void PartialFile::adopt(const ClipVersion& version) {
  auto known = known_.lock();
  known->anything_known = true;
  if (known->version.etag.empty()) known->version.etag = version.etag;
  if (known->version.last_modified.empty()) {
    known->version.last_modified = version.last_modified;
    known->version.dated = version.dated;
  }
  if (!known->version.total) known->version.total = version.total;
  changed_.notify_all();
}

unsigned PartialFile::replace(const ClipVersion& version) {
  auto known = known_.lock();
  if (known->was_read && !known->reader_error) known->stale.add(known->ranges);
  known->ranges.clear();
  known->version = version;
  ++known->serial;
  if (version.total && known->stale.next_present(*version.total) != ByteRanges::kNone) {
    readers_saw_another_version(*known);
  }
  changed_.notify_all();
  return known->serial;
}

void PartialFile::set_total(std::uint64_t total) {
  auto known = known_.lock();
  known->version.total = total;
  if (known->stale.next_present(total) != ByteRanges::kNone) readers_saw_another_version(*known);
  changed_.notify_all();
}

void PartialFile::readers_saw_another_version(Known& known) const {
  known.stale.clear();
  if (known.reader_error) return;
  known.reader_error =
      download_error(ErrorKind::Clip, "the clip changed at the service while it was being read",
                     task_id_, known.downloaded());
}

// Writes bytes that are missing, of which all or none are stale, while `known` is unlocked. Returns
// false if the version has changed.
bool PartialFile::write(Lock& known, unsigned serial, std::uint64_t offset,
                        std::span<const char> bytes) {
  const bool seen = known->stale.contiguous(offset) > 0;
  bool differs = false;
  known.unlocked([&] {
    differs = seen && !file_.equals(offset, bytes);
    file_.write(offset, bytes);
  });
  if (serial != known->serial) return false;
  known->ranges.add(offset, offset + bytes.size());
  known->stale.remove(offset, offset + bytes.size());
  if (differs) readers_saw_another_version(*known);
  changed_.notify_all();
  return true;
}

PartialFile::Put PartialFile::put(unsigned serial, std::uint64_t offset,
                                  std::span<const char> bytes, bool compare) {
  Put put;
  put.offset = offset;
  auto known = known_.lock();
  while (!bytes.empty()) {
    if (serial != known->serial) {
      put.outdated = true;
      return put;
    }
    const auto at_most = [&bytes](std::uint64_t count) {
      return static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes.size()));
    };
    std::size_t count = 0;
    if (const auto here = known->ranges.contiguous(put.offset); here > 0) {
      count = at_most(here);
      if (compare) {
        known.unlocked([&] { put.same = file_.equals(put.offset, bytes.first(count)); });
        if (!put.same) return put;
      }
    } else {
      count = at_most(known->ranges.next_present(put.offset) - put.offset);
      const auto seen = known->stale.contiguous(put.offset);
      count = at_most(std::min<std::uint64_t>(
          count, seen > 0 ? seen : known->stale.next_present(put.offset) - put.offset));
      if (!write(known, serial, put.offset, bytes.first(count))) continue;
      put.fresh += count;
    }
    put.offset += count;
    bytes = bytes.subspan(count);
  }
  return put;
}

void PartialFile::set_path(std::string path) {
  auto known = known_.lock();
  known->path = std::move(path);
}

void PartialFile::complete() {
  auto known = known_.lock();
  known->complete = true;
  changed_.notify_all();
}

void PartialFile::fail(const Error& error) {
  auto known = known_.lock();
  if (!known->error) known->error = error;
  changed_.notify_all();
}

void PartialFile::set_trouble(std::string words) {
  auto known = known_.lock();
  known->trouble = std::move(words);
}

}  // namespace airforce
