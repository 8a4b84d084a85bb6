// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mp4/metadata.h"

#include <array>
#include <ctime>

#include <glib.h>

#include "mp4/boxes.h"
#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli::mp4 {
namespace {

constexpr std::size_t kMaxTitle = 255;  // characters; longer ones break lists of players
constexpr std::uint64_t kUtf8Text = 1;  // of a `data` box
constexpr const char* kTitle = "\xa9nam";
constexpr const char* kComment =
    "\xa9"
    "cmt";
constexpr const char* kDate =
    "\xa9"
    "day";
// What players and taggers know items of one's own by.
constexpr const char* kOwnItems = "com.apple.iTunes";
// Every clip that was written has it.
constexpr const char* kSourceItem = "digital_source_type";
constexpr const char* kSourceType =
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
constexpr const char* kIptcNamespace = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";

std::string date_text(std::int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  std::array<char, 40> text{};
  if (unix_seconds <= 0 || gmtime_r(&seconds, &utc) == nullptr) return {};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string title_of(const Metadata& metadata) {
  return shortened(visible_line(metadata.title.empty() ? metadata.prompt : metadata.title),
                   kMaxTitle);
}

std::string comment_of(const Metadata& metadata) {
  std::string text = "Generated";
  if (!metadata.model.empty()) text += " with " + metadata.model;
  text += " by airforce-video " AIRFORCE_VERSION;
  if (!metadata.task_id.empty()) text += "; task " + metadata.task_id;
  return visible_line(text);
}

std::string data_box(const std::string& text) {
  return box("data", big_endian(kUtf8Text, 4) + big_endian(0, 4) + text);
}

std::string own_item(const char* name, const std::string& text) {
  const std::string flags = big_endian(0, 4);
  return box("mean", flags + kOwnItems) + box("name", flags + name) + data_box(text);
}

// The name of an item of one's own, "" of another.
std::string own_name(const Box& item) {
  if (item.type != "----") return {};
  auto parts = boxes_of(item.content);
  const Box* const name = find_box(parts, "name");
  return name != nullptr && name->content.size() > 4 ? name->content.substr(4) : "";
}

void set_item(std::vector<Box>& items, const char* type, const std::string& text) {
  if (text.empty()) return;
  std::erase_if(items, [&](const Box& item) { return item.type == type; });
  items.push_back({type, data_box(text)});
}

void set_own_item(std::vector<Box>& items, const char* name, const std::string& text) {
  if (text.empty()) return;
  std::erase_if(items, [&](const Box& item) { return own_name(item) == name; });
  items.push_back({"----", own_item(name, visible_line(text))});
}

// QuickTime ends a list of user data with a number 0.
std::vector<Box> user_data(std::string_view content) {
  if (content.size() >= 4 && number(content, content.size() - 4, 4) == 0) {
    try {
      return boxes_of(content.substr(0, content.size() - 4));
    } catch (const Error&) {  // the number belongs to the last box
    }
  }
  return boxes_of(content);
}

// A `meta` box with the handler of iTunes' items.
std::string fresh_meta(const std::string& items) {
  return big_endian(0, 4) +
         box("hdlr", big_endian(0, 8) + "mdirappl" + big_endian(0, 8) + std::string(1, '\0')) +
         box("ilst", items);
}

std::string all_items(std::vector<Box> items, const Metadata& metadata) {
  set_item(items, kTitle, title_of(metadata));
  set_item(items, kComment, comment_of(metadata));
  set_item(items, kDate, date_text(metadata.created));
  set_own_item(items, "model", metadata.model);
  set_own_item(items, "task_id", metadata.task_id);
  set_own_item(items, kSourceItem, kSourceType);
  return joined(items);
}

std::string with_items_in_meta(const std::string& content, const Metadata& metadata) {
  // A full box, but not in QuickTime.
  const bool is_full = content.size() < 8 || content.compare(4, 4, "hdlr") != 0;
  const std::string flags = is_full ? content.substr(0, 4) : "";
  auto parts = boxes_of(std::string_view(content).substr(flags.size()));
  const Box& handler = get_box(parts, "hdlr");
  if (handler.content.size() < 12 || handler.content.compare(8, 4, "mdir") != 0)
    throw Error(ErrorKind::Clip, Step::Download, "it has user data of another kind");
  Box* const list = find_box(parts, "ilst");
  if (list == nullptr)
    parts.push_back({"ilst", all_items({}, metadata)});
  else
    list->content = all_items(boxes_of(list->content), metadata);
  return flags + joined(parts);
}

std::string escaped_xml(const std::string& text) {
  const GCharPtr markup(g_markup_escape_text(text.data(), static_cast<gssize>(text.size())));
  return markup.get();
}

std::string alternative(const char* name, const std::string& text) {
  if (text.empty()) return {};
  return std::string("   <") + name + "><rdf:Alt><rdf:li xml:lang=\"x-default\">" +
         escaped_xml(text) + "</rdf:li></rdf:Alt></" + name + ">\n";
}

std::string property(const char* name, const std::string& text) {
  if (text.empty()) return {};
  return std::string("   <") + name + ">" + escaped_xml(text) + "</" + name + ">\n";
}

std::string source_description() {
  return std::string("  <rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"") + kIptcNamespace +
         "\">\n" + property("Iptc4xmpExt:DigitalSourceType", kSourceType) +
         "  </rdf:Description>\n";
}

std::string packet(const Metadata& metadata) {
  const std::string prompt = visible_line(metadata.prompt);
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
         " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
         "  <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
         "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:Iptc4xmpExt=\"" +
         std::string(kIptcNamespace) + "\">\n" + alternative("dc:title", title_of(metadata)) +
         alternative("dc:description", prompt) +
         property("dc:identifier", visible_line(metadata.task_id)) +
         property("xmp:CreateDate", date_text(metadata.created)) +
         property("xmp:CreatorTool", "airforce-video " AIRFORCE_VERSION) +
         property("Iptc4xmpExt:DigitalSourceType", kSourceType) +
         property("Iptc4xmpExt:AISystemUsed", visible_line(metadata.model)) +
         property("Iptc4xmpExt:AIPromptInformation", prompt) +
         "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>";
}

}  // namespace

std::string_view xmp_uuid() {
  return {"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC", 16};
}

std::string_view c2pa_uuid() {
  return {"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81", 16};
}

std::string with_items(std::string_view moov, const Metadata& metadata) {
  auto outer = boxes_of(moov);
  if (outer.size() != 1 || outer.front().type != "moov")
    throw Error(ErrorKind::Clip, Step::Download, "there is no moov");
  auto boxes = boxes_of(outer.front().content);
  Box* udta = find_box(boxes, "udta");
  if (udta == nullptr) {
    boxes.push_back({"udta", ""});
    udta = &boxes.back();
  }
  auto data = user_data(udta->content);
  Box* const meta = find_box(data, "meta");
  if (meta == nullptr)
    data.push_back({"meta", fresh_meta(all_items({}, metadata))});
  else
    meta->content = with_items_in_meta(meta->content, metadata);
  udta->content = joined(data);
  return box("moov", joined(boxes));
}

bool has_items(std::string_view moov) {
  return moov.find(own_item(kSourceItem, kSourceType)) != std::string_view::npos;
}

std::string xmp_content(std::string_view before, const Metadata& metadata) {
  const std::string uuid(xmp_uuid());
  if (before.empty()) return uuid + packet(metadata);
  std::string text(before);
  if (text.find("DigitalSourceType") != std::string::npos) return text;
  const std::size_t end = text.rfind("</rdf:RDF>");
  if (end == std::string::npos) return {};
  return text.insert(end, source_description());
}

}  // namespace airforce::cli::mp4
