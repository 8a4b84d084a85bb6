// SPDX-License-Identifier: LGPL-2.1-or-later
// The metadata of an MP4: how it was made, and that a trained model made it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace airforce::cli::mp4 {

struct Metadata {
  std::string prompt;  // of a film, those of its shots, one a line
  std::string title;   // "" : the prompt
  std::string model;
  std::string task_id;       // of a film, its shots', separated by spaces
  std::int64_t created = 0;  // Unix seconds; 0 if unknown
};

// The content of a uuid box that holds XMP, and of one that holds a C2PA manifest, begins so.
std::string_view xmp_uuid();
std::string_view c2pa_uuid();

// The `moov` box with title, comment, date, model and task id among its items as iTunes writes them
// (moov/udta/meta/ilst); its other items stay. Throws Error{Clip} for what cannot be understood.
std::string with_items(std::string_view moov, const Metadata& metadata);

// Whether the `moov` box has been through with_items().
bool has_items(std::string_view moov);

// The content of a uuid box with XMP: title, description, date, and IPTC's digital source type.
// `before` is what the file has so far, or "": it is kept, and the digital source type added where
// it says none. "" if it cannot be added to.
std::string xmp_content(std::string_view before, const Metadata& metadata);

}  // namespace airforce::cli::mp4
