/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_cas.h"

#include <string.h>

#include <apr_strings.h>

#include "mod_eas_asks.h"
#include "mod_eas_check_cert.h"
#include "mod_eas_main_conf.h"
#include "mod_eas_wandering.h"

/* The sections under examination. */
typedef struct subject {
    mod_eas_findings *findings;
    apr_pool_t *pool;
    const apr_array_header_t *sections; /* of const mod_eas_section * */
} subject;

static const mod_eas_section *section_at(const subject *s, int place)
{
    return APR_ARRAY_IDX(s->sections, place, const mod_eas_section *);
}

static int is_on(const subject *s, const mod_eas_section *server,
                 const char *directive)
{
    const ap_directive_t *line = mod_eas_section_line(server, directive);

    return line && !ap_cstr_casecmp(mod_eas_section_word(s->pool, line), "On");
}

static int has_virtual_hosts(const subject *s)
{
    for (int i = 0; i < s->sections->nelts; i++) {
        if (section_at(s, i)->is_server && section_at(s, i)->node) {
            return 1;
        }
    }
    return 0;
}

/* Whether a certificate may come into a session of this server.  The main one
 * mostly holds what virtual hosts take over, and serves nobody. */
static int takes_certificates(const subject *s, const mod_eas_section *server)
{
    if (!server->is_server
        || (!server->node && has_virtual_hosts(s)
            && !is_on(s, server, "SSLEngine"))) {
        return 0;
    }
    if (mod_eas_asks_of(s->pool, server) != MOD_EAS_ASKS_NOBODY) {
        return 1;
    }
    for (int i = 0; i < s->sections->nelts; i++) {
        const mod_eas_section *section = section_at(s, i);
        const ap_directive_t *line =
            mod_eas_section_line(section, "SSLVerifyClient");

        if (mod_eas_asks_server(section) == server && line
            && line->parent == section->node
            && mod_eas_asks_read(s->pool, line) != MOD_EAS_ASKS_NOBODY) {
            return 1;
        }
    }
    return 0;
}

/* One that takes certificates of other CAs than this one does; with
 * is_loose, one of those whose sessions go everywhere. */
static const mod_eas_section *find_other(const subject *s,
                                         const mod_eas_section *server,
                                         int is_loose)
{
    const char *cas = mod_eas_asks_cas(s->pool, server);

    for (int i = 0; i < s->sections->nelts; i++) {
        const mod_eas_section *other = section_at(s, i);

        if (takes_certificates(s, other)
            && strcmp(mod_eas_asks_cas(s->pool, other), cas)
            && !(is_loose && is_on(s, other, "SSLStrictSNIVHostCheck"))) {
            return other;
        }
    }
    return NULL;
}

static const char *describe(const subject *s, const mod_eas_section *server)
{
    const char *cas = mod_eas_asks_cas(s->pool, server);
    const ap_directive_t *node = server->node;

    return apr_psprintf(s->pool, "%s%s (%s)",
                        mod_eas_section_title(s->pool, server),
                        node ? apr_psprintf(s->pool, " of %s:%d",
                                            node->filename, node->line_num)
                             : "",
                        *cas ? cas : "no SSLCACertificateFile");
}

/* Any two that differ will do: a section of the main server is served by
 * all. */
static const mod_eas_section *find_pair(const subject *s, int is_loose,
                                        const mod_eas_section **other_out)
{
    for (int i = 0; i < s->sections->nelts; i++) {
        const mod_eas_section *server = section_at(s, i);

        if (takes_certificates(s, server)
            && !(is_loose && is_on(s, server, "SSLStrictSNIVHostCheck"))
            && (*other_out = find_other(s, server, is_loose))) {
            return server;
        }
    }
    return NULL;
}

static void check_issuers(const subject *s, const mod_eas_section *section)
{
    const mod_eas_section *other = NULL;
    const mod_eas_section *server = find_pair(s, 0, &other);

    if (server && !mod_eas_section_dir(s->pool, section)->cert_issuers) {
        mod_eas_finding_error(
            s->findings, mod_eas_section_auth_type(section),
            "EAS0245: %s has no EASAuthCertIssuer, and virtual hosts trust "
            "different CAs: %s and %s; a TLS session may be resumed at "
            "another host than the one that verified its certificate, so say "
            "here whose certificates are meant, such as EASAuthCertIssuer "
            "file:CA.pem",
            mod_eas_section_title(s->pool, section), describe(s, server),
            describe(s, other));
    }
}

static void check_httpd(const subject *s, const mod_eas_section *section)
{
    const mod_eas_section *other = NULL;
    const mod_eas_section *server = find_pair(s, 1, &other);
    ap_version_t running;

    ap_get_server_revision(&running);
    if (server && !mod_eas_main_conf()->knows_wandering
        && mod_eas_wandering(running.major, running.minor, running.patch)) {
        mod_eas_finding_warning(
            s->findings, mod_eas_section_auth_type(section),
            "EAS0246: httpd %d.%d.%d resumes a TLS session at another virtual "
            "host than the one that verified its certificate "
            "(CVE-2025-23048, mended in 2.4.64): %s and %s trust different "
            "CAs; update httpd, write SSLStrictSNIVHostCheck On in one of "
            "the two, or EASAuthAcknowledge CVE-2025-23048 where your "
            "distribution has mended it",
            running.major, running.minor, running.patch, describe(s, server),
            describe(s, other));
    }
}

void mod_eas_check_cas(mod_eas_findings *findings,
                       const apr_array_header_t *sections)
{
    const subject s = {findings, findings->pool, sections};
    int is_first = 1;

    for (int i = 0; i < sections->nelts; i++) {
        const mod_eas_section *section = section_at(&s, i);

        if (mod_eas_check_cert_counts(s.pool, section)) {
            check_issuers(&s, section);
            if (is_first) {
                check_httpd(&s, section);
            }
            is_first = 0;
        }
    }
}
