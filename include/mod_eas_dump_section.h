/* SPDX-License-Identifier: Apache-2.0 */
/** A section in the dump. */
#ifndef MOD_EAS_DUMP_SECTION_H
#define MOD_EAS_DUMP_SECTION_H

#include "mod_eas_dump_out.h"
#include "mod_eas_section.h"

/** Print what is in effect in a section that is guarded. */
void mod_eas_dump_section(const mod_eas_dump_out *out,
                          const mod_eas_section *section);

#endif
