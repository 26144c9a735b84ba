/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_client_cas.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include "mod_eas_asks.h"

/* Made by the one thread that starts httpd, read-only afterwards. */
typedef struct client_cas {
    apr_hash_t *trusts; /* eas_trust by server_rec * */
    int are_optional;
} client_cas;

static client_cas *current;

static apr_status_t forget(void *data)
{
    (void)data;
    current = NULL;
    return APR_SUCCESS;
}

static int is_optional(apr_pool_t *pool, const ap_directive_t *line)
{
    for (; line; line = line->next) {
        if ((!ap_cstr_casecmp(line->directive, "SSLVerifyClient")
             && !ap_cstr_casecmp(mod_eas_section_word(pool, line),
                                 "optional_no_ca"))
            || is_optional(pool, line->first_child)) {
            return 1;
        }
    }
    return 0;
}

static const char *path_of(apr_pool_t *pool, const mod_eas_section *server,
                           const char *directive)
{
    const ap_directive_t *line = mod_eas_section_line(server, directive);

    return line
               ? ap_server_root_relative(pool, mod_eas_section_word(pool, line))
               : NULL;
}

/* What cannot be read has stopped mod_ssl already. */
static eas_trust *read_trust(apr_pool_t *pconf, apr_pool_t *ptemp,
                             const mod_eas_section *server)
{
    const char *file = path_of(ptemp, server, "SSLCACertificateFile");
    const char *path = path_of(ptemp, server, "SSLCACertificatePath");
    eas_trust *trust = file || path ? eas_trust_make(pconf) : NULL;

    return trust && !eas_trust_add_paths(trust, file, path) ? trust : NULL;
}

static void note_issuers(void *any, mod_eas_dir *dir)
{
    *(int *)any |= dir->cert_issuers != NULL;
}

/* Whether anybody will ask for them: a file of CAs may be long, and httpd reads
 * its configuration twice. */
static int are_wanted(void)
{
    int any = current->are_optional;

    mod_eas_dirs_each(note_issuers, &any);
    return any;
}

int mod_eas_client_cas_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                   apr_pool_t *ptemp, server_rec *s)
{
    const apr_array_header_t *sections = mod_eas_sections(ptemp);
    apr_hash_t *known = apr_hash_make(ptemp); /* many name the same */

    (void)plog;
    current = apr_pcalloc(pconf, sizeof(*current));
    current->trusts = apr_hash_make(pconf);
    current->are_optional = is_optional(ptemp, ap_conftree);
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    for (s = are_wanted() ? s : NULL; s; s = s->next) {
        const mod_eas_section *server = mod_eas_asks_section(sections, s);
        const char *cas = server ? mod_eas_asks_cas(ptemp, server) : "";
        eas_trust *trust = apr_hash_get(known, cas, APR_HASH_KEY_STRING);

        if (!trust && *cas) {
            trust = read_trust(pconf, ptemp, server);
            apr_hash_set(known, cas, APR_HASH_KEY_STRING, trust);
        }
        apr_hash_set(current->trusts, apr_pmemdup(pconf, &s, sizeof(s)),
                     sizeof(s), trust);
    }
    return OK;
}

const eas_trust *mod_eas_client_cas(const server_rec *server)
{
    return current ? apr_hash_get(current->trusts, &server, sizeof(server))
                   : NULL;
}

int mod_eas_client_cas_are_optional(void)
{
    return current && current->are_optional;
}
