/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_cert_conf.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_value.h"

enum { UNSET = -1 };

/* In the order of eas_cert_strong and of mod_eas_cert_source. */
static const char *const strengths[] = {"auto", "off", "warn", "require", NULL};
static const char *const sources[] = {"TLS", "Client-Cert", NULL};

_Static_assert(EAS_STRONG_AUTO == 0 && EAS_STRONG_OFF == 1
                   && EAS_STRONG_WARN == 2 && EAS_STRONG_REQUIRE == 3
                   && MOD_EAS_SOURCE_TLS == 0 && MOD_EAS_SOURCE_HEADER == 1,
               "the words of EASAuthCertStrong or EASAuthCertSource are in "
               "another order");

void mod_eas_cert_unset(mod_eas_dir *dir)
{
    dir->cert_map = NULL;
    dir->cert_eku = dir->cert_issuers = NULL;
    dir->cert_strong = dir->cert_source = UNSET;
    dir->cert_fallback = MOD_EAS_UNSET;
}

void mod_eas_cert_merge(mod_eas_dir *merged, const mod_eas_dir *below)
{
    if (!merged->cert_map) {
        merged->cert_map = below->cert_map;
    }
    if (merged->cert_strong < 0) {
        merged->cert_strong = below->cert_strong;
    }
    if (!merged->cert_eku) {
        merged->cert_eku = below->cert_eku;
    }
    if (!merged->cert_issuers) {
        merged->cert_issuers = below->cert_issuers;
    }
    if (merged->cert_source < 0) {
        merged->cert_source = below->cert_source;
    }
    if (merged->cert_fallback == MOD_EAS_UNSET) {
        merged->cert_fallback = below->cert_fallback;
    }
}

const eas_cert_map *mod_eas_cert_map(const mod_eas_dir *dir)
{
    return dir->cert_map ? dir->cert_map : eas_cert_map_default();
}

mod_eas_cert_source mod_eas_cert_source_of(const mod_eas_dir *dir)
{
    return dir->cert_source == MOD_EAS_SOURCE_HEADER ? MOD_EAS_SOURCE_HEADER
                                                     : MOD_EAS_SOURCE_TLS;
}

static eas_cert_strong strong_of(const mod_eas_dir *dir)
{
    return dir->cert_strong < 0 ? EAS_STRONG_AUTO
                                : (eas_cert_strong)dir->cert_strong;
}

eas_cert_strong mod_eas_cert_strong_on(const mod_eas_dir *dir,
                                       eas_ldap_type type)
{
    const eas_cert_strong strong = strong_of(dir);

    if (strong != EAS_STRONG_AUTO) {
        return strong;
    }
    return type == EAS_LDAP_ACTIVE_DIRECTORY ? EAS_STRONG_REQUIRE
                                             : EAS_STRONG_OFF;
}

void mod_eas_cert_policy(const mod_eas_dir *dir, eas_policy *policy,
                         apr_pool_t *pool)
{
    const eas_cert_map *map = mod_eas_cert_map(dir);
    const eas_cert_strong strong = strong_of(dir);

    policy->certificates = (eas_cert_policy){
        .map = map,
        .strong = strong,
        .demands = {.eku = dir->cert_eku, .issuers = dir->cert_issuers},
        .fallback = dir->cert_fallback == MOD_EAS_ON,
        .shown = apr_pstrcat(pool, mod_eas_cert_show_map(map, pool), " strong=",
                             mod_eas_cert_show_strong(strong), NULL),
    };
}

/* Which of two lines of one section is in effect, nobody should have to
 * know. */
static const char *const twice =
    "it is set twice in one section, and one of the two is not what was "
    "meant; write one line";

/* Which of several words an error is about. */
static const char *about(const char *error, const char *word, int count,
                         apr_pool_t *pool)
{
    return error && count > 1 && *error != '"'
               ? apr_psprintf(pool, "\"%s\": %s", word, error)
               : error;
}

static const char *set_map(mod_eas_dir *dir, apr_pool_t *pool, int count,
                           char *const words[])
{
    eas_cert_map *map = apr_pcalloc(pool, sizeof(*map));
    const char *error = dir->cert_map ? twice : NULL;

    for (int i = 0; i < count && !error; i++) {
        error =
            about(eas_cert_map_add(map, words[i], pool), words[i], count, pool);
    }
    if (!error) {
        dir->cert_map = map;
    }
    return error;
}

static const char *set_choice(int *place, const char *const *choices,
                              apr_pool_t *pool, const char *word)
{
    return *place >= 0 ? twice : eas_value_choice(word, choices, pool, place);
}

static const char *set_eku(mod_eas_dir *dir, apr_pool_t *pool, int count,
                           char *const words[])
{
    eas_cert_demands demands = {NULL, NULL};
    const char *error = dir->cert_eku ? twice : NULL;

    for (int i = 0; i < count && !error; i++) {
        error = about(eas_cert_eku_add(&demands, words[i], pool), words[i],
                      count, pool);
    }
    if (!error) {
        dir->cert_eku = demands.eku;
    }
    return error;
}

/* A path as every directive of httpd has it. */
static const char *with_path(const char *word, apr_pool_t *pool)
{
    const size_t prefix = strlen("file:");
    const char *path = NULL;

    if (!ap_cstr_casecmpn(word, "file:", prefix) && word[prefix]) {
        path = ap_server_root_relative(pool, word + prefix);
    }
    return path ? apr_pstrcat(pool, "file:", path, NULL) : word;
}

static const char *set_issuers(mod_eas_dir *dir, apr_pool_t *pool, int count,
                               char *const words[])
{
    eas_cert_demands demands = {NULL, NULL};
    const char *error = dir->cert_issuers ? twice : NULL;

    for (int i = 0; i < count && !error; i++) {
        const char *word = with_path(words[i], pool);

        error = about(eas_cert_issuer_add(&demands, word, pool), words[i],
                      count, pool);
    }
    if (!error) {
        dir->cert_issuers = demands.issuers;
    }
    return error;
}

const char *mod_eas_cert_set(mod_eas_dir *dir, const char *name,
                             apr_pool_t *pool, int count, char *const words[])
{
    if (count < 1) {
        return "it takes at least one word";
    }
    if (!ap_cstr_casecmp(name, "EASAuthCertMap")) {
        return set_map(dir, pool, count, words);
    }
    if (!ap_cstr_casecmp(name, "EASAuthCertEKU")) {
        return set_eku(dir, pool, count, words);
    }
    if (!ap_cstr_casecmp(name, "EASAuthCertIssuer")) {
        return set_issuers(dir, pool, count, words);
    }
    if (count > 1) {
        return "it takes one word";
    }
    return !ap_cstr_casecmp(name, "EASAuthCertStrong")
               ? set_choice(&dir->cert_strong, strengths, pool, words[0])
               : set_choice(&dir->cert_source, sources, pool, words[0]);
}

/* With the quotes and backslashes in it marked, so that no two lists look the
 * same. */
static const char *quote(const char *text, apr_pool_t *pool)
{
    char *quoted = apr_palloc(pool, 2 * strlen(text) + 3);
    char *end = quoted;

    *end++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            *end++ = '\\';
        }
        *end++ = *text;
    }
    *end++ = '"';
    *end = '\0';
    return quoted;
}

static const char *append(const char *shown, const char *word, apr_pool_t *pool)
{
    return apr_pstrcat(pool, shown, *shown ? " " : "", word, NULL);
}

const char *mod_eas_cert_show_map(const eas_cert_map *map, apr_pool_t *pool)
{
    const char *shown = "";

    for (int i = 0; map->entries && i < map->entries->nelts; i++) {
        const eas_cert_map_entry *entry =
            &APR_ARRAY_IDX(map->entries, i, eas_cert_map_entry);

        shown = append(shown,
                       entry->text ? quote(entry->text, pool)
                                   : eas_cert_kind_name(entry->kind),
                       pool);
    }
    return shown;
}

const char *mod_eas_cert_show_strong(eas_cert_strong strong)
{
    return strengths[strong];
}

static const char *show_oid(const char *oid)
{
    static const char *const names[][2] = {
        {"1.3.6.1.5.5.7.3.2", "clientAuth"},
        {"1.3.6.1.4.1.311.20.2.2", "smartcardLogon"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(oid, names[i][0])) {
            return names[i][1];
        }
    }
    return oid;
}

const char *mod_eas_cert_show_eku(const mod_eas_dir *dir, apr_pool_t *pool)
{
    const char *shown = "";

    if (!dir->cert_eku) {
        return "clientAuth";
    }
    for (int i = 0; i < dir->cert_eku->nelts; i++) {
        const char *oid = APR_ARRAY_IDX(dir->cert_eku, i, const char *);

        shown = append(shown, show_oid(oid), pool);
    }
    return *shown ? shown : "any";
}

const char *mod_eas_cert_show_issuers(const mod_eas_dir *dir, apr_pool_t *pool)
{
    const char *shown = "";

    for (int i = 0; dir->cert_issuers && i < dir->cert_issuers->nelts; i++) {
        const eas_cert_issuer *issuer =
            &APR_ARRAY_IDX(dir->cert_issuers, i, eas_cert_issuer);

        shown = append(shown, quote(issuer->shown, pool), pool);
    }
    return *shown ? shown : "any";
}

const char *mod_eas_cert_show_source(const mod_eas_dir *dir)
{
    return sources[mod_eas_cert_source_of(dir)];
}
