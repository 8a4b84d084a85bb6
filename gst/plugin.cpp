// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gstairforcechannelsrc.h"
#include "gstairforcevideosrc.h"

static gboolean plugin_init(GstPlugin* plugin) {
  gboolean registered = GST_ELEMENT_REGISTER(airforcevideosrc, plugin);
  registered |= GST_ELEMENT_REGISTER(airforcechannelsrc, plugin);
  return registered;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, airforcevideo,
                  "Video clips generated from a prompt by the api.airforce service", plugin_init,
                  AIRFORCE_VERSION, "LGPL", PACKAGE, "https://api.airforce")
