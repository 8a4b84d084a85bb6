// SPDX-License-Identifier: LGPL-2.1-or-later
// Bodies that are too large, or too slow, to be one string.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <gio/gio.h>

#include "glib_handles.h"
#include "service/clip.h"

namespace airforce::simulator {

/// Bytes to come. Used from the main loop only.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next bytes, at most `limit`. Empty: none yet, or finished().
  virtual std::string read(size_t limit) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  /// Called by whoever fills the source, when read() has something again.
  std::function<void()> on_more;
};

/// A string.
class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::string read(size_t limit) override {
    std::string piece = text_.substr(sent_, limit);
    sent_ += piece.size();
    return piece;
  }
  [[nodiscard]] bool finished() const override { return sent_ == text_.size(); }

 private:
  std::string text_;
  size_t sent_ = 0;
};

/// Part of a clip's file.
class FileSource : public ByteSource {
 public:
  FileSource(std::shared_ptr<const Clip> clip, int64_t offset, int64_t length)
      : clip_(std::move(clip)), offset_(offset), left_(length) {}
  std::string read(size_t limit) override;
  [[nodiscard]] bool finished() const override { return left_ == 0; }

 private:
  std::shared_ptr<const Clip> clip_;
  int64_t offset_;
  int64_t left_;
};

/// A long run of one character between two strings.
class PaddingSource : public ByteSource {
 public:
  PaddingSource(std::string before, int64_t count, std::string behind)
      : before_(std::move(before)), left_(count), behind_(std::move(behind)) {}
  std::string read(size_t limit) override;
  [[nodiscard]] bool finished() const override {
    return before_.empty() && left_ == 0 && behind_.empty();
  }

 private:
  std::string before_;
  int64_t left_;
  std::string behind_;
};

/// A text, and then another one over and over.
class EndlessSource : public ByteSource {
 public:
  EndlessSource(std::string before, std::string piece)
      : before_(std::move(before)), piece_(std::move(piece)) {}
  std::string read(size_t limit) override;
  [[nodiscard]] bool finished() const override { return false; }

 private:
  std::string before_;
  std::string piece_;
};

/// Another source, compressed; each of its pieces can be read as soon as it is sent.
class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::shared_ptr<ByteSource> plain);
  ~GzipSource() override { plain_->on_more = nullptr; }
  std::string read(size_t limit) override;
  [[nodiscard]] bool finished() const override { return ended_ && ready_.empty(); }

 private:
  void compress(const std::string& piece, bool last);

  std::shared_ptr<ByteSource> plain_;
  Object<GConverter> compressor_;
  std::string ready_;
  bool ended_ = false;
};

/// Filled from outside, piece by piece, until it is closed.
class QueueSource : public ByteSource {
 public:
  void push(std::string_view bytes) {
    queue_ += bytes;
    if (on_more) on_more();
  }
  void close() {
    closed_ = true;
    if (on_more) on_more();
  }
  std::string read(size_t limit) override {
    std::string piece = queue_.substr(0, limit);
    queue_.erase(0, piece.size());
    return piece;
  }
  [[nodiscard]] bool finished() const override { return closed_ && queue_.empty(); }
  /// What waits for a slow reader.
  [[nodiscard]] size_t waiting() const { return queue_.size(); }

 private:
  std::string queue_;
  bool closed_ = false;
};

}  // namespace airforce::simulator
