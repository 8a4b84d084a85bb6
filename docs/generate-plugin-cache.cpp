// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints docs/gst_plugins_cache.json: what GStreamer's documentation build (hotdoc with its
// gst-extension) reads of a plugin, in the form that GStreamer's own modules commit. `ninja -C
// build reference` writes it; a test compares.
//
// usage: generate-plugin-cache libgstairforcevideo.so
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gst/gst.h>
#include <json-glib/json-glib.h>

namespace {

struct NodeUnref {
  void operator()(JsonNode* node) const { json_node_unref(node); }
};
using Node = std::unique_ptr<JsonNode, NodeUnref>;
// Sorted by name, as in GStreamer's own caches.
using Object = std::map<std::string, Node>;

Node text(const std::string& value) {
  return Node(json_node_init_string(json_node_alloc(), value.c_str()));
}

Node boolean(bool value) {
  return Node(json_node_init_boolean(json_node_alloc(), value ? TRUE : FALSE));
}

Node object(Object members) {
  JsonObject* made = json_object_new();
  for (auto& [name, node] : members) json_object_set_member(made, name.c_str(), node.release());
  Node result(json_node_init_object(json_node_alloc(), made));
  json_object_unref(made);
  return result;
}

Node array(std::vector<Node> items) {
  JsonArray* made = json_array_new();
  for (Node& item : items) json_array_add_element(made, item.release());
  Node result(json_node_init_array(json_node_alloc(), made));
  json_array_unref(made);
  return result;
}

std::string number(double value) {
  g_autofree char* made = g_strdup_printf("%g", value);
  return made;
}

// What a property can be, as text: its default and, for numbers, its limits.
void describe_values(GParamSpec* spec, Object* members) {
  g_auto(GValue) initial = G_VALUE_INIT;
  g_value_init(&initial, spec->value_type);
  g_param_value_set_default(spec, &initial);
  const auto set = [members](const std::string& initially, const std::string& minimum,
                             const std::string& maximum) {
    (*members)["default"] = text(initially);
    (*members)["min"] = text(minimum);
    (*members)["max"] = text(maximum);
  };
  if (G_IS_PARAM_SPEC_STRING(spec)) {
    const char* value = g_value_get_string(&initial);
    (*members)["default"] = text(value != nullptr ? value : "NULL");
  } else if (G_IS_PARAM_SPEC_BOOLEAN(spec)) {
    (*members)["default"] = text(g_value_get_boolean(&initial) ? "true" : "false");
  } else if (G_IS_PARAM_SPEC_ENUM(spec)) {
    const GEnumValue* value =
        g_enum_get_value(G_PARAM_SPEC_ENUM(spec)->enum_class, g_value_get_enum(&initial));
    (*members)["default"] = text(value->value_nick + (" (" + std::to_string(value->value) + ")"));
  } else if (const GParamSpecInt* of_int =
                 G_IS_PARAM_SPEC_INT(spec) ? G_PARAM_SPEC_INT(spec) : nullptr) {
    set(std::to_string(of_int->default_value), std::to_string(of_int->minimum),
        std::to_string(of_int->maximum));
  } else if (const GParamSpecInt64* of_int64 =
                 G_IS_PARAM_SPEC_INT64(spec) ? G_PARAM_SPEC_INT64(spec) : nullptr) {
    set(std::to_string(of_int64->default_value), std::to_string(of_int64->minimum),
        std::to_string(of_int64->maximum));
  } else if (const GParamSpecDouble* of_double =
                 G_IS_PARAM_SPEC_DOUBLE(spec) ? G_PARAM_SPEC_DOUBLE(spec) : nullptr) {
    set(number(of_double->default_value), number(of_double->minimum), number(of_double->maximum));
  }
}

const char* mutable_in(const GParamSpec* spec) {
  if ((spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0) return "playing";
  if ((spec->flags & GST_PARAM_MUTABLE_PAUSED) != 0) return "paused";
  return (spec->flags & GST_PARAM_MUTABLE_READY) != 0 ? "ready" : "null";
}

Node property(GParamSpec* spec) {
  const auto has = [spec](guint flag) { return boolean((spec->flags & flag) != 0); };
  Object members;
  members["blurb"] = text(g_param_spec_get_blurb(spec));
  members["conditionally-available"] = has(GST_PARAM_CONDITIONALLY_AVAILABLE);
  members["construct"] = has(G_PARAM_CONSTRUCT);
  members["construct-only"] = has(G_PARAM_CONSTRUCT_ONLY);
  members["controllable"] = has(GST_PARAM_CONTROLLABLE);
  members["mutable"] = text(mutable_in(spec));
  members["readable"] = has(G_PARAM_READABLE);
  members["type"] = text(g_type_name(spec->value_type));
  members["writable"] = has(G_PARAM_WRITABLE);
  describe_values(spec, &members);
  return object(std::move(members));
}

Node enumeration(GType type) {
  auto* klass = static_cast<GEnumClass*>(g_type_class_ref(type));
  std::vector<Node> values;
  for (guint i = 0; i < klass->n_values; ++i) {
    Object value;
    value["desc"] = text(klass->values[i].value_name);
    value["name"] = text(klass->values[i].value_nick);
    value["value"] = text(std::to_string(klass->values[i].value));
    values.push_back(object(std::move(value)));
  }
  g_type_class_unref(klass);
  Object members;
  members["kind"] = text("enum");
  members["values"] = array(std::move(values));
  return object(std::move(members));
}

// Caps as a list of YAML: a line for each structure, its fields indented below.
std::string caps_text(GstCaps* caps) {
  if (gst_caps_is_any(caps)) return "ANY";
  std::string result;
  for (guint i = 0; i < gst_caps_get_size(caps); ++i) {
    const GstStructure* structure = gst_caps_get_structure(caps, i);
    const GstCapsFeatures* features = gst_caps_get_features(caps, i);
    result += (i > 0 ? "\n" : "") + std::string(gst_structure_get_name(structure));
    if (gst_caps_features_is_any(features) ||
        !gst_caps_features_is_equal(features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY)) {
      g_autofree char* names = gst_caps_features_to_string(features);
      result += "(" + std::string(names) + ")";
    }
    result += ":\n";
    for (gint field = 0; field < gst_structure_n_fields(structure); ++field) {
      const char* name = gst_structure_nth_field_name(structure, static_cast<guint>(field));
      g_autofree char* value = gst_value_serialize(gst_structure_get_value(structure, name));
      g_autofree char* line = g_strdup_printf("%15s: %s\n", name, value);
      result += line;
    }
  }
  return result;
}

Node pad_templates(GstElementFactory* factory) {
  static const std::map<GstPadPresence, const char*> kPresences = {
      {GST_PAD_ALWAYS, "always"}, {GST_PAD_SOMETIMES, "sometimes"}, {GST_PAD_REQUEST, "request"}};
  Object templates;
  for (const GList* each = gst_element_factory_get_static_pad_templates(factory); each != nullptr;
       each = each->next) {
    auto* pad = static_cast<GstStaticPadTemplate*>(each->data);
    g_autoptr(GstCaps) caps = gst_static_pad_template_get_caps(pad);
    Object members;
    members["caps"] = text(caps_text(caps));
    members["direction"] = text(pad->direction == GST_PAD_SRC ? "src" : "sink");
    members["presence"] = text(kPresences.at(pad->presence));
    // The documentation build reads '%' in a name when it is doubled.
    g_auto(GStrv) parts = g_strsplit(pad->name_template, "%", -1);
    g_autofree char* name = g_strjoinv("%%", parts);
    templates[name] = object(std::move(members));
  }
  return object(std::move(templates));
}

const char* rank_name(GstPluginFeature* feature) {
  switch (gst_plugin_feature_get_rank(feature)) {
    case GST_RANK_NONE: return "none";
    case GST_RANK_MARGINAL: return "marginal";
    case GST_RANK_SECONDARY: return "secondary";
    default: return "primary";
  }
}

// `other_types` gets the types of its properties that are the plugin's own.
Node element(GstElementFactory* factory, Object* other_types) {
  auto* made = GST_ELEMENT(gst_object_ref_sink(gst_element_factory_create(factory, nullptr)));
  const GType type = G_OBJECT_TYPE(made);
  Object members;
  for (const char* key : {"author", "description", "klass", "long-name"}) {
    members[key] = text(gst_element_factory_get_metadata(factory, key));
  }
  members["rank"] = text(rank_name(GST_PLUGIN_FEATURE(factory)));

  std::vector<Node> hierarchy;
  for (GType each = type; each != 0; each = g_type_parent(each)) {
    hierarchy.push_back(text(g_type_name(each)));
  }
  members["hierarchy"] = array(std::move(hierarchy));

  guint count = 0;
  g_autofree GType* interfaces = g_type_interfaces(type, &count);
  std::vector<Node> names;
  for (guint i = 0; i < count; ++i) names.push_back(text(g_type_name(interfaces[i])));
  members["interfaces"] = array(std::move(names));

  Object properties;
  g_autofree GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(made), &count);
  for (guint i = 0; i < count; ++i) {
    if (specs[i]->owner_type != type) continue;
    properties[specs[i]->name] = property(specs[i]);
    if (G_IS_PARAM_SPEC_ENUM(specs[i]) && gst_type_is_plugin_api(specs[i]->value_type, nullptr)) {
      (*other_types)[g_type_name(specs[i]->value_type)] = enumeration(specs[i]->value_type);
    }
  }
  members["properties"] = object(std::move(properties));
  members["pad-templates"] = pad_templates(factory);
  gst_object_unref(made);
  return object(std::move(members));
}

Node describe(GstPlugin* plugin) {
  Object elements;
  Object other_types;
  GList* features =
      gst_registry_get_feature_list_by_plugin(gst_registry_get(), gst_plugin_get_name(plugin));
  for (GList* each = features; each != nullptr; each = each->next) {
    if (!GST_IS_ELEMENT_FACTORY(each->data)) continue;
    elements[GST_OBJECT_NAME(each->data)] = element(GST_ELEMENT_FACTORY(each->data), &other_types);
  }
  gst_plugin_feature_list_free(features);

  Object members;
  members["description"] = text(gst_plugin_get_description(plugin));
  members["elements"] = object(std::move(elements));
  members["filename"] = text(std::string("gst") + gst_plugin_get_name(plugin));
  members["license"] = text(gst_plugin_get_license(plugin));
  members["other-types"] = object(std::move(other_types));
  members["package"] = text(gst_plugin_get_package(plugin));
  members["source"] = text(gst_plugin_get_source(plugin));
  members["tracers"] = object({});
  members["url"] = text(gst_plugin_get_origin(plugin));
  Object plugins;
  plugins[gst_plugin_get_name(plugin)] = object(std::move(members));
  return object(std::move(plugins));
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  g_autoptr(GError) error = nullptr;
  g_autoptr(GstPlugin) plugin = argc == 2 ? gst_plugin_load_file(argv[1], &error) : nullptr;
  if (plugin == nullptr) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error != nullptr ? error->message : "which plugin?");
    return 1;
  }
  const Node root = describe(plugin);
  g_autoptr(JsonGenerator) generator = json_generator_new();
  json_generator_set_pretty(generator, TRUE);
  json_generator_set_indent(generator, 4);
  json_generator_set_root(generator, root.get());
  g_autofree char* json = json_generator_to_data(generator, nullptr);
  return std::puts(json) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}
