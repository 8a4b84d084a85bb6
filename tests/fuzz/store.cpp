// SPDX-License-Identifier: LGPL-2.1-or-later
// The store's file, with anything in it: it is used, set aside, or refused, and what is bought
// afterwards is remembered.
#include "store/store.h"

#include "fuzz.h"
#include "store/open_store.h"
#include "support/temp_dir.h"
#include "values/error.h"

namespace {

using namespace airforce;

RequestIdentity a_fox() {
  return {"account", "fox", "wan-2.6", "A red fox"};
}

void buy(const std::string& path, const std::string& clips) {
  const auto open = [&] {
    return open_store(path, std::make_unique<ClipCache>(clips, 0), system_clock());
  };
  const auto store = open();
  const Claim claim = store->claim(a_fox(), Reusable::Nothing);
  store->sending(claim.intent.id, 0);
  store->created(claim.intent.id, "vid_1", 0, 1);
  fuzz::require(store->knows_task("account", "vid_1"), "what was bought is remembered");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::TempDir directory;
  const std::string path = directory.write("store.sqlite", fuzz::text_of(data, size));
  try {
    buy(path, directory.file("clips"));
  } catch (const Error& error) {
    fuzz::require(error.kind == ErrorKind::Store, "a file is refused as a store");
    fuzz::require(!error.message.empty(), "a refusal says why");
  }
  return 0;
}
