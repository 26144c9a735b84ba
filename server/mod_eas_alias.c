/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_alias.h"

#include <string.h>

#include <apr_strings.h>

mod_eas_alias mod_eas_alias_read(apr_pool_t *pool,
                                 const ap_directive_t *section)
{
    const char *end = ap_strrchr_c(section->args, '>');
    const char *words = end ? apr_pstrmemdup(pool, section->args,
                                             (apr_size_t)(end - section->args))
                            : section->args;
    mod_eas_alias alias;

    alias.base = ap_getword_conf(pool, &words);
    alias.name = ap_getword_conf(pool, &words);
    alias.args = ap_getword_conf(pool, &words);
    alias.section = section;
    return alias;
}

int mod_eas_alias_find(apr_pool_t *pool, const char *container,
                       const char *name, mod_eas_alias *alias_out)
{
    /* httpd allows them in the main server alone: no need to descend. */
    for (const ap_directive_t *node = ap_conftree; node; node = node->next) {
        if (!ap_cstr_casecmp(node->directive, container)) {
            mod_eas_alias alias = mod_eas_alias_read(pool, node);

            if (!strcmp(alias.name, name)) {
                *alias_out = alias;
                return 1;
            }
        }
    }
    return 0;
}
