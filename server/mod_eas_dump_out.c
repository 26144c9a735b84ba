/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_dump_out.h"

void mod_eas_dump_line(const mod_eas_dump_out *out, const char *name,
                       const char *value)
{
    apr_file_printf(out->file, "    %-13s %s\n", name, value);
}
