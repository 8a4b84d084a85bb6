// SPDX-License-Identifier: LGPL-2.1-or-later
// Renders clips in the background, each distinct one once.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "render/job_queue.h"
#include "render/picture.h"
#include "service/clip.h"
#include "service/request.h"

namespace airforce::simulator {

/// Brings a call to the main loop's thread.
using Deliver = std::function<void(std::function<void()>)>;

struct SceneRendererSettings {
  uint64_t seed = 0;                         ///< of pictures whose request has none
  bool faststart = true;                     ///< moov in front
  int echo = 0;                              ///< image mode: frames that repeat the image
  double drift = 0;                          ///< image mode: the share of orange that is mixed in
  std::map<std::string, std::string> files;  ///< by model ("": any): served in place of rendering
};

class SceneRenderer {
 public:
  using ImagesLoaded = std::function<void(std::vector<Picture>, const std::string& error)>;
  using Rendered = std::function<void(std::shared_ptr<const Clip>, const std::string& error)>;

  /// Throws std::runtime_error when a file in the settings can't be opened.
  SceneRenderer(SceneRendererSettings settings, Deliver deliver);
  /// Stops what is being rendered; nothing is delivered any more.
  ~SceneRenderer();
  SceneRenderer(const SceneRenderer&) = delete;
  SceneRenderer& operator=(const SceneRenderer&) = delete;

  /// Gets and decodes a request's images, then calls back with them or with an error that names
  /// the one at fault.
  void load_images(std::vector<InputImage> images, ImagesLoaded done);

  /// Renders a request, or finds what was rendered before.
  void render(const Request& request, std::vector<Picture> images, Rendered done);

 private:
  void work();
  void finish(const std::string& key, const std::shared_ptr<const Clip>& clip,
              const std::string& error);

  SceneRendererSettings settings_;
  Deliver deliver_;
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);

  // Of the main loop's thread only.
  std::map<std::string, std::shared_ptr<const Clip>> files_;
  std::map<std::string, std::vector<Rendered>> waiting_;  // for what is being rendered
  std::map<std::string, std::shared_ptr<const Clip>> finished_;
  std::deque<std::string> finished_order_;

  JobQueue jobs_;
  std::vector<std::thread> threads_;
};

}  // namespace airforce::simulator
