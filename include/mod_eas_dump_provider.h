/* SPDX-License-Identifier: Apache-2.0 */
/** A provider in the dump. */
#ifndef MOD_EAS_DUMP_PROVIDER_H
#define MOD_EAS_DUMP_PROVIDER_H

#include "mod_eas_config.h"
#include "mod_eas_dump_out.h"

/** Print a provider, without its secret. */
void mod_eas_dump_provider(const mod_eas_dump_out *out,
                           const mod_eas_provider *provider);

#endif
