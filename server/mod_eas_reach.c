/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_reach.h"

#include <string.h>

int mod_eas_reach_is_regex(apr_pool_t *pool, const ap_directive_t *location)
{
    return !ap_cstr_casecmp(location->directive, "<LocationMatch")
           || !strcmp(mod_eas_section_word(pool, location), "~");
}

static int is_within(const mod_eas_section *inner, const mod_eas_section *outer)
{
    while (inner && inner != outer) {
        inner = inner->parent;
    }
    return inner != NULL;
}

static const mod_eas_section *server_of(const mod_eas_section *section)
{
    while (section->parent && !section->is_server) {
        section = section->parent;
    }
    return section;
}

/* The path of a <Location> without an expression, else NULL. */
static const char *plain_path(apr_pool_t *pool, const mod_eas_section *section)
{
    if (!section->node || ap_cstr_casecmp(section->node->directive, "<Location")
        || mod_eas_reach_is_regex(pool, section->node)) {
        return NULL;
    }
    return mod_eas_section_word(pool, section->node);
}

/* Whether httpd lays one <Location> under another because its path begins the
 * other's, in the same server or in the main one. */
static int is_below(apr_pool_t *pool, const mod_eas_section *lower,
                    const mod_eas_section *upper)
{
    const char *path = plain_path(pool, lower);
    const char *prefix = plain_path(pool, upper);
    apr_size_t length = prefix ? strlen(prefix) : 0;

    if (!path || !length || strncmp(path, prefix, length)) {
        return 0;
    }
    return (path[length] == '\0' || path[length] == '/'
            || prefix[length - 1] == '/')
           && (server_of(upper) == server_of(lower) || !server_of(upper)->node);
}

int mod_eas_reach_serves(apr_pool_t *pool, const apr_array_header_t *sections,
                         const mod_eas_section *section,
                         int (*serves)(mod_eas_method method))
{
    for (int i = 0; i < sections->nelts; i++) {
        const mod_eas_section *other =
            APR_ARRAY_IDX(sections, i, const mod_eas_section *);

        if ((is_within(other, section) || is_below(pool, section, other))
            && serves(mod_eas_section_method(pool, other))) {
            return 1;
        }
    }
    return 0;
}
