/* SPDX-License-Identifier: Apache-2.0 */
/** What the pages of the dump have in common: where, and how a line looks. */
#ifndef MOD_EAS_DUMP_OUT_H
#define MOD_EAS_DUMP_OUT_H

#include <apr_file_io.h>
#include <apr_pools.h>

/** Where the dump is printed. */
typedef struct mod_eas_dump_out {
    apr_pool_t *pool; /**< for as long as it is printed */
    apr_file_t *file;
} mod_eas_dump_out;

/** Print one setting below a heading. */
void mod_eas_dump_line(const mod_eas_dump_out *out, const char *name,
                       const char *value);

#endif
