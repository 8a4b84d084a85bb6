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
    : file_(location, directory), task_id_(std::move(task_id)), location_(location) {
  file_.set_replace(replace);
}

// How many of `size` bytes at `offset` a reader can have now, all that it will ever get. 0: wait,
// or the end.
std::size_t PartialFile::readable(std::uint64_t offset, std::size_t size) const {
  if (!stale_.empty()) return 0;
  std::uint64_t wanted = size;
  if (version_.total)
    wanted = std::min(wanted, *version_.total - std::min(*version_.total, offset));
  const auto here = ranges_.contiguous(offset);
  if (here >= wanted) return static_cast<std::size_t>(wanted);
  return 0;
}

// Whether a reader has nothing to do but wait. Must be called with mutex_ held.
bool PartialFile::must_wait(std::uint64_t offset, std::size_t size, unsigned flushes) const {
  const bool at_end = version_.total && offset >= *version_.total;
  return !cancelled_ && flushes == flushes_ && !reader_error_ && !at_end &&
         readable(offset, size) == 0 && !error_;
}

std::size_t PartialFile::read_at(std::uint64_t offset, std::span<char> buffer, const Wanted& wanted,
                                 const Deadline* deadline) {
  if (buffer.empty()) return 0;
  Lock lock(mutex_);
  const auto flushes = flushes_;
  for (;;) {
    if (cancelled_) throw cancelled_error(task_id_, {ranges_.count(), version_.total});
    if (flushing_ || flushes != flushes_) {
      throw Error(ErrorKind::Interrupted, Step::Download, "flushing");
    }
    if (reader_error_) throw *reader_error_;
    if (version_.total && offset >= *version_.total) return 0;
    if (const auto count = readable(offset, buffer.size()); count > 0) {
      was_read_ = true;
      const auto serial = serial_;
      lock.unlock();
      try {
        file_.read(offset, buffer.first(count));
      } catch (const std::system_error& failure) {
        throw file_error(failure, task_id_, arrived());
      }
      lock.lock();
      // Bytes of another version may have taken their place meanwhile.
      if (serial != serial_) continue;
      return count;
    }
    if (error_) throw *error_;
    if (deadline != nullptr && deadline->has_passed())
      throw download_error(ErrorKind::Timeout,
                           "the clip did not open before the timeout" +
                               (trouble_.empty() ? "" : " (last: " + trouble_ + ")"),
                           task_id_, {ranges_.count(), version_.total});

    const auto waiting = waiting_.insert(ranges_.first_missing(offset));
    if (wanted) {
      lock.unlock();
      wanted(*waiting);
      lock.lock();
    }
    if (must_wait(offset, buffer.size(), flushes)) changed_.wait_for(lock, longest_wait(deadline));
    waiting_.erase(waiting);
  }
}

std::int64_t PartialFile::size() const {
  const Lock lock(mutex_);
  return version_.total ? static_cast<std::int64_t>(*version_.total) : -1;
}

std::int64_t PartialFile::available(std::uint64_t offset) const {
  const Lock lock(mutex_);
  return stale_.empty() ? static_cast<std::int64_t>(ranges_.contiguous(offset)) : 0;
}

void PartialFile::set_flushing(bool flushing) {
  const Lock lock(mutex_);
  flushing_ = flushing;
  if (flushing) ++flushes_;
  changed_.notify_all();
}

void PartialFile::cancel() {
  const Lock lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

void PartialFile::wait_complete() {
  Lock lock(mutex_);
  changed_.wait(lock, [this] { return complete_ || error_ || cancelled_; });
  if (complete_) return;
  if (cancelled_) throw cancelled_error(task_id_, {ranges_.count(), version_.total});
  throw *error_;
}

std::string PartialFile::path() const {
  const Lock lock(mutex_);
  return path_;
}

std::string PartialFile::location() const {
  const Lock lock(mutex_);
  return location_;
}

void PartialFile::set_location(std::string location) {
  const Lock lock(mutex_);
  location_ = std::move(location);
}

PartialFile::State PartialFile::state() const {
  const Lock lock(mutex_);
  return {serial_, version_, anything_known_, ranges_};
}

DownloadedRange PartialFile::arrived() const {
  const Lock lock(mutex_);
  return {ranges_.count(), version_.total};
}

PartialFile::Reach PartialFile::reach(std::uint64_t offset) const {
  const Lock lock(mutex_);
  const auto here = ranges_.contiguous(offset);
  return {here, ranges_.next_present(offset + here), version_.total};
}

std::uint64_t PartialFile::waited_for(std::uint64_t offset) const {
  const Lock lock(mutex_);
  const auto waiting = waiting_.lower_bound(offset);
  return waiting == waiting_.end() ? ByteRanges::kNone : *waiting;
}

void PartialFile::adopt(const ClipVersion& version) {
  const Lock lock(mutex_);
  anything_known_ = true;
  if (version_.etag.empty()) version_.etag = version.etag;
  if (version_.last_modified.empty()) {
    version_.last_modified = version.last_modified;
    version_.dated = version.dated;
  }
  if (!version_.total) version_.total = version.total;
  changed_.notify_all();
}

unsigned PartialFile::replace(const ClipVersion& version) {
  const Lock lock(mutex_);
  if (was_read_ && !reader_error_) stale_.add(ranges_);
  ranges_.clear();
  version_ = version;
  ++serial_;
  if (version.total && stale_.next_present(*version.total) != ByteRanges::kNone) {
    readers_saw_another_version();
  }
  changed_.notify_all();
  return serial_;
}

void PartialFile::set_total(std::uint64_t total) {
  const Lock lock(mutex_);
  version_.total = total;
  if (stale_.next_present(total) != ByteRanges::kNone) readers_saw_another_version();
  changed_.notify_all();
}

// Must be called with mutex_ held.
void PartialFile::readers_saw_another_version() {
  stale_.clear();
  if (reader_error_) return;
  reader_error_ =
      download_error(ErrorKind::Clip, "the clip changed at the service while it was being read",
                     task_id_, {ranges_.count(), version_.total});
}

// Writes missing bytes, of which all or none are stale. Must be called with `lock` held,
// which is released meanwhile. Returns false if the version has changed.
bool PartialFile::write(Lock& lock, unsigned serial, std::uint64_t offset,
                        std::span<const char> bytes) {
  const bool seen = stale_.contiguous(offset) > 0;
  lock.unlock();
  const bool differs = seen && !file_.equals(offset, bytes);
  file_.write(offset, bytes);
  lock.lock();
  if (serial != serial_) return false;
  ranges_.add(offset, offset + bytes.size());
  stale_.remove(offset, offset + bytes.size());
  if (differs) readers_saw_another_version();
  changed_.notify_all();
  return true;
}

PartialFile::Put PartialFile::put(unsigned serial, std::uint64_t offset,
                                  std::span<const char> bytes, bool compare) {
  Put put;
  put.offset = offset;
  Lock lock(mutex_);
  while (!bytes.empty()) {
    if (serial != serial_) {
      put.outdated = true;
      return put;
    }
    const auto at_most = [&bytes](std::uint64_t count) {
      return static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes.size()));
    };
    std::size_t count = 0;
    if (const auto here = ranges_.contiguous(put.offset); here > 0) {
      count = at_most(here);
      if (compare) {
        lock.unlock();
        put.same = file_.equals(put.offset, bytes.first(count));
        if (!put.same) return put;
        lock.lock();
      }
    } else {
      count = at_most(ranges_.next_present(put.offset) - put.offset);
      const auto seen = stale_.contiguous(put.offset);
      count = at_most(std::min<std::uint64_t>(
          count, seen > 0 ? seen : stale_.next_present(put.offset) - put.offset));
      if (!write(lock, serial, put.offset, bytes.first(count))) continue;
      put.fresh += count;
    }
    put.offset += count;
    bytes = bytes.subspan(count);
  }
  return put;
}

void PartialFile::set_path(std::string path) {
  const Lock lock(mutex_);
  path_ = std::move(path);
}

void PartialFile::complete() {
  const Lock lock(mutex_);
  complete_ = true;
  changed_.notify_all();
}

void PartialFile::fail(const Error& error) {
  const Lock lock(mutex_);
  if (!error_) error_ = error;
  changed_.notify_all();
}

void PartialFile::set_trouble(std::string words) {
  const Lock lock(mutex_);
  trouble_ = std::move(words);
}

}  // namespace airforce
