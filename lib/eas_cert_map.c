/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_map.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "eas_cert_claims.h"
#include "eas_cert_template.h"
#include "eas_text.h"

typedef struct kind_row {
    const char *name;
    int is_strong;
    int decides;
} kind_row;

static const kind_row kinds[EAS_MAP_COUNT] = {
    [EAS_MAP_NONE] = {"none", 0, 0},
    [EAS_MAP_SID] = {"sid", 1, 1},
    [EAS_MAP_ISSUER_SERIAL] = {"issuer-serial", 1, 0},
    [EAS_MAP_SKI] = {"ski", 1, 0},
    [EAS_MAP_SHA1_PUKEY] = {"sha1-pukey", 1, 0},
    [EAS_MAP_ISSUER_SID] = {"issuer-sid", 1, 0},
    [EAS_MAP_DER] = {"der", 1, 0},
    [EAS_MAP_UPN] = {"upn", 0, 1},
    [EAS_MAP_EMAIL] = {"email", 0, 1},
    [EAS_MAP_ISSUER_SUBJECT] = {"issuer-subject", 0, 0},
    [EAS_MAP_SUBJECT_ONLY] = {"subject-only", 0, 0},
    [EAS_MAP_RFC822] = {"rfc822", 0, 0},
    [EAS_MAP_CN] = {"cn", 0, 1},
    [EAS_MAP_SUBJECT] = {"subject", 0, 1},
    [EAS_MAP_TEMPLATE] = {"template", 0, 1},
};

static const eas_cert_map_entry default_rows[] = {
    {EAS_MAP_SID, NULL},     {EAS_MAP_ISSUER_SERIAL, NULL},
    {EAS_MAP_SKI, NULL},     {EAS_MAP_SHA1_PUKEY, NULL},
    {EAS_MAP_DER, NULL},     {EAS_MAP_UPN, NULL},
    {EAS_MAP_EMAIL, NULL},   {EAS_MAP_CN, NULL},
    {EAS_MAP_SUBJECT, NULL},
};

enum { DEFAULTS = sizeof(default_rows) / sizeof(default_rows[0]) };

/* APR knows no arrays of constants; nobody writes into these. */
static const apr_array_header_t default_entries = {
    NULL, sizeof(default_rows[0]), DEFAULTS, DEFAULTS,
    (char *)(apr_uintptr_t)default_rows};
static const eas_cert_map default_map = {
    (apr_array_header_t *)(apr_uintptr_t)&default_entries};

const eas_cert_map *eas_cert_map_default(void)
{
    return &default_map;
}

static const kind_row *row_of(eas_cert_kind kind)
{
    return &kinds[(unsigned)kind < EAS_MAP_COUNT ? kind : EAS_MAP_NONE];
}

const char *eas_cert_kind_name(eas_cert_kind kind)
{
    return row_of(kind)->name;
}

int eas_cert_kind_is_strong(eas_cert_kind kind)
{
    return row_of(kind)->is_strong;
}

int eas_cert_kind_decides(eas_cert_kind kind)
{
    return row_of(kind)->decides;
}

/* The kind a word names; EAS_MAP_NONE for none. */
static eas_cert_kind kind_of(const char *word)
{
    eas_cert_kind kind;

    if (strpbrk(word, "%=(")) {
        return EAS_MAP_TEMPLATE;
    }
    for (kind = EAS_MAP_SID; kind < EAS_MAP_TEMPLATE; kind++) {
        if (apr_cstr_casecmp(kinds[kind].name, word) == 0) {
            return kind;
        }
    }
    return EAS_MAP_NONE;
}

static int has_kind(const eas_cert_map *map, eas_cert_kind kind)
{
    for (int i = 0; map->entries && i < map->entries->nelts; i++) {
        if (APR_ARRAY_IDX(map->entries, i, eas_cert_map_entry).kind == kind) {
            return 1;
        }
    }
    return 0;
}

static const char *word_check(const eas_cert_map *map, eas_cert_kind kind,
                              const char *word, apr_pool_t *pool)
{
    const char *problem = NULL;

    if (kind == EAS_MAP_NONE) {
        return "kinds are sid, issuer-serial, ski, sha1-pukey, issuer-sid, "
               "der, upn, email, issuer-subject, subject-only, rfc822, cn, "
               "subject, or a template with a %{NAME}";
    }
    if (kind == EAS_MAP_TEMPLATE) {
        problem = eas_cert_template_check(word, pool);
    }
    if (!problem && has_kind(map, kind)) {
        problem = kind == EAS_MAP_TEMPLATE ? "there is one template in a list"
                                           : "a kind is named once";
    }
    return problem;
}

const char *eas_cert_map_add(eas_cert_map *map, const char *word,
                             apr_pool_t *pool)
{
    const eas_cert_kind kind = kind_of(word);
    const char *problem = word_check(map, kind, word, pool);
    eas_cert_map_entry *entry;

    if (problem) {
        return apr_pstrcat(pool, eas_text_quote(word, pool), ": ", problem,
                           NULL);
    }
    if (!map->entries) {
        map->entries = apr_array_make(pool, 4, sizeof(*entry));
    }
    entry = apr_array_push(map->entries);
    entry->kind = kind;
    entry->text = kind == EAS_MAP_TEMPLATE ? apr_pstrdup(pool, word) : NULL;
    return NULL;
}

/* Whether a kind can be looked for together with those of a step. */
static int goes_with(const eas_cert_step *step, eas_cert_kind kind)
{
    return !step->decides && !eas_cert_kind_decides(kind)
           && eas_cert_kind_is_strong(step->kind)
                  == eas_cert_kind_is_strong(kind);
}

static void claims_append(eas_cert_step *step, const eas_cert_said *said,
                          apr_pool_t *pool)
{
    const apr_size_t before = (apr_size_t)step->count * sizeof(eas_claim);
    const apr_size_t more = (apr_size_t)said->count * sizeof(eas_claim);
    char *joined = apr_palloc(pool, before + more);

    memcpy(joined, step->claims, before);
    memcpy(joined + before, said->claims, more);
    step->claims = (const eas_claim *)(const void *)joined;
    step->count += said->count;
}

static void step_add(apr_array_header_t *steps, eas_cert_kind kind,
                     const eas_cert_said *said, apr_pool_t *pool)
{
    eas_cert_step *last = NULL;

    if (steps->nelts) {
        last = &APR_ARRAY_IDX(steps, steps->nelts - 1, eas_cert_step);
    }
    if (last && goes_with(last, kind)) {
        claims_append(last, said, pool);
        return;
    }
    last = apr_array_push(steps);
    last->kind = kind;
    last->decides = eas_cert_kind_decides(kind);
    last->count = said->count;
    last->claims = said->claims;
}

eas_reason eas_cert_map_steps(const eas_cert_map *map, const eas_cert *cert,
                              apr_pool_t *pool,
                              const apr_array_header_t **steps_out,
                              const char **detail_out)
{
    apr_array_header_t *steps = apr_array_make(pool, 4, sizeof(eas_cert_step));
    int decided = 0;

    if (!map || !map->entries || map->entries->nelts == 0) {
        map = &default_map;
    }
    for (int i = 0; i < map->entries->nelts; i++) {
        const eas_cert_map_entry *entry =
            &APR_ARRAY_IDX(map->entries, i, eas_cert_map_entry);
        const eas_cert_said said = eas_cert_claims(entry, cert, pool);

        if (!decided && said.detail) {
            *detail_out = said.detail;
        }
        if (!decided && said.fault != EAS_REASON_NONE) {
            return said.fault;
        }
        if (said.applies) {
            step_add(steps, entry->kind, &said, pool);
            decided |= eas_cert_kind_decides(entry->kind);
        }
    }
    *steps_out = steps;
    return EAS_REASON_NONE;
}
