/* SPDX-License-Identifier: Apache-2.0 */
/** Changes of the shield, in words for an administrator. */
#ifndef MOD_EAS_SHIELD_LOG_H
#define MOD_EAS_SHIELD_LOG_H

#include <httpd.h>

#include "eas_shield.h"

/** Log a change: EAS0361 to EAS0365. */
void mod_eas_shield_log(server_rec *s, const eas_shield_event *event);

#endif
