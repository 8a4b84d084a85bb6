// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <gio/gio.h>

namespace airforce {

// The file that a clip arrives in. Nameless until commit() gives it its name, so that nothing
// partial is ever seen and nothing is left behind by a crash; where the file system can't do that,
// hidden beside its place and unlinked by the destructor.
//
// Functions throw std::system_error, whose message names the file. write(), read() and equals() may
// be called from several threads.
class ClipFile {
 public:
  // `location`: where commit() puts it, "" for nowhere; `directory`: of a file without a location,
  // "" for the system's one for large temporary files. `nameless`: false for a file system that has
  // no files without a name, which is otherwise found out.
  ClipFile(const std::string& location, const std::string& directory, bool nameless = true);
  ~ClipFile();
  ClipFile(const ClipFile&) = delete;
  ClipFile& operator=(const ClipFile&) = delete;

  void write(std::uint64_t offset, std::span<const char> bytes);
  // Returns the count, short only at the end of the file.
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const;
  // Whether the file has just these bytes at `offset`.
  bool equals(std::uint64_t offset, std::span<const char> bytes) const;
  // Cuts the file to `size`, makes it durable and gives it its name, in place of what had it
  // before. Does nothing more than cut where there is no location. Returns false, with nothing
  // changed under that name, if it was cancelled.
  bool commit(std::uint64_t size, GCancellable* cancellable);
  // false: commit() leaves a file that has the name by then alone, and takes the next free name
  // beside it ("fox-2.mp4"); location() says which.
  void set_replace(bool replace) { replace_ = replace; }
  const std::string& location() const { return location_; }

  // What a file of this file system can still take.
  std::uint64_t free_bytes() const;
  // A path by which this process can open it, while the object lives: the location after commit(),
  // else one below /proc.
  std::string path() const;
  const std::string& directory() const { return directory_; }

 private:
  void flush(std::uint64_t size, GCancellable* cancellable) const;
  void give_name();

  std::string location_;
  std::string directory_;
  std::string hidden_name_;  // where it has a name before commit()
  int descriptor_ = -1;
  bool committed_ = false;
  bool replace_ = true;
};

}  // namespace airforce
