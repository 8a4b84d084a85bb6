/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A user of the C API from outside the tree, in what C11 and C++ have in common. Sends nothing. */
#include <airforce-video.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  AirforceSettings* settings = airforce_settings_new();
  AirforceError* error = NULL;
  if (airforce_api_version() != AIRFORCE_API_VERSION) return 1;
  if (airforce_settings_set(settings, "model", "wan-2.6", &error) != 0) return 2;
  if (airforce_settings_set(settings, "no-such-name", "1", &error) == 0) return 3;
  if (airforce_error_kind(error) != AIRFORCE_ERROR_SETTINGS) return 4;
  if (strstr(airforce_error_text(error), "no-such-name") == NULL) return 5;
  airforce_error_free(error);
  airforce_settings_free(settings);
  printf("airforce-video %s\n", airforce_version());
  return 0;
}
