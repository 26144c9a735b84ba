/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_cert_conf.h"

#include <apr_strings.h>

#include "mod_eas_cert_conf.h"
#include "mod_eas_reach.h"

/* A section in which certificates count. */
typedef struct subject {
    mod_eas_findings *findings;
    const mod_eas_section *section;
    const mod_eas_dir *dir; /* in effect */
    const char *title;
} subject;

/* The first kind of this strength from a place on; the end where there is
 * none. */
static int find_kind(const apr_array_header_t *entries, int from, int is_strong)
{
    while (from < entries->nelts
           && eas_cert_kind_is_strong(
                  APR_ARRAY_IDX(entries, from, eas_cert_map_entry).kind)
                  != is_strong) {
        from++;
    }
    return from;
}

static const char *kind_name(const apr_array_header_t *entries, int place)
{
    return eas_cert_kind_name(
        APR_ARRAY_IDX(entries, place, eas_cert_map_entry).kind);
}

static void check_only_weak(const subject *s, const ap_directive_t *line,
                            const mod_eas_provider *provider)
{
    apr_pool_t *pool = s->findings->pool;

    mod_eas_finding_error(
        s->findings, line,
        "EAS0236: EASAuthCertMap %s in %s: each of these kinds is weak, and "
        "EASAuthCertStrong require%s refuses those in provider %s, so that no "
        "certificate would let anybody in; add a strong kind, such as sid or "
        "issuer-serial, or write EASAuthCertStrong warn until the accounts "
        "have one",
        mod_eas_cert_show_map(mod_eas_cert_map(s->dir), pool), s->title,
        s->dir->cert_strong > EAS_STRONG_AUTO
            ? ""
            : " (the default for ActiveDirectory)",
        provider->name);
}

static void check_order(const subject *s, const ap_directive_t *line,
                        const apr_array_header_t *entries)
{
    const int weak = find_kind(entries, 0, 0);
    const int strong = find_kind(entries, weak, 1);

    if (strong < entries->nelts) {
        mod_eas_finding_warning(
            s->findings, line,
            "EAS0237: EASAuthCertMap in %s: %s is weak and stands before %s, "
            "which is strong: a certificate that the first applies to is "
            "refused (EASAuthCertStrong require) before the second is looked "
            "at; put the strong kinds first",
            s->title, kind_name(entries, weak), kind_name(entries, strong));
    }
}

/* The default has strong kinds and has them first. */
static void check_strength(const subject *s)
{
    const ap_directive_t *line =
        mod_eas_section_line(s->section, "EASAuthCertMap");
    const apr_array_header_t *entries = mod_eas_cert_map(s->dir)->entries;
    const char *const *name = s->dir->provider_names;

    for (; s->dir->cert_map && name && *name; name++) {
        const mod_eas_provider *provider = mod_eas_provider_find(*name);

        if (!provider
            || mod_eas_cert_strong_on(s->dir, provider->settings.type)
                   != EAS_STRONG_REQUIRE) {
            continue;
        }
        if (find_kind(entries, 0, 1) == entries->nelts) {
            check_only_weak(s, line, provider);
        }
        check_order(s, line, entries);
    }
}

static void check_source(const subject *s)
{
    if (mod_eas_cert_source_of(s->dir) == MOD_EAS_SOURCE_HEADER
        && !mod_eas_section_line(s->section, "EASAuthTrustedProxy")) {
        mod_eas_finding_error(
            s->findings, mod_eas_section_line(s->section, "EASAuthCertSource"),
            "EAS0239: EASAuthCertSource Client-Cert in %s: no proxy is "
            "trusted to send that header, so that no certificate would ever "
            "come; name it in EASAuthTrustedProxy, or write EASAuthCertSource "
            "TLS",
            s->title);
    }
}

static int is_either(mod_eas_method method)
{
    return method == MOD_EAS_METHOD_EITHER;
}

/* Who names the CAs of a section believes that it asks for certificates. */
static void check_idle(mod_eas_findings *findings,
                       const apr_array_header_t *sections,
                       const mod_eas_section *section, const char *directive,
                       int is_fallback)
{
    if (mod_eas_reach_serves(findings->pool, sections, section,
                             is_fallback ? is_either
                                         : mod_eas_method_has_certificates)) {
        return;
    }
    mod_eas_finding_error(
        findings, mod_eas_section_line(section, directive),
        "EAS0238: %s in %s changes nothing: no AuthType that %s is in effect "
        "there; write AuthType %s, or remove %s",
        directive, mod_eas_section_title(findings->pool, section),
        is_fallback ? "has a password to go on to" : "looks at certificates",
        is_fallback ? "EAS-Either" : "EAS-Either, EAS-Both or EAS-Certificate",
        directive);
}

static void check_written(mod_eas_findings *findings,
                          const apr_array_header_t *sections,
                          const mod_eas_section *section)
{
    const mod_eas_dir *dir = section->dir;
    const struct {
        const char *directive;
        int is_set;
    } rows[] = {
        {"EASAuthCertMap", dir->cert_map != NULL},
        {"EASAuthCertStrong", dir->cert_strong >= 0},
        {"EASAuthCertEKU", dir->cert_eku != NULL},
        {"EASAuthCertIssuer", dir->cert_issuers != NULL},
        {"EASAuthCertSource", dir->cert_source >= 0},
        {"EASAuthCertFallback", dir->cert_fallback != MOD_EAS_UNSET},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].is_set) {
            check_idle(findings, sections, section, rows[i].directive,
                       i + 1 == sizeof(rows) / sizeof(rows[0])
                           && dir->cert_fallback == MOD_EAS_ON);
        }
    }
}

void mod_eas_check_cert_conf(mod_eas_findings *findings,
                             const apr_array_header_t *sections,
                             const mod_eas_section *section)
{
    const subject s = {findings, section,
                       mod_eas_section_dir(findings->pool, section),
                       mod_eas_section_title(findings->pool, section)};

    if (mod_eas_method_has_certificates(
            mod_eas_section_method(findings->pool, section))) {
        check_strength(&s);
        check_source(&s);
    }
    if (section->dir) {
        check_written(findings, sections, section);
    }
}
