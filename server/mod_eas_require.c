/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_require.h"

#include <string.h>

#include <apr_strings.h>

#include "mod_eas_alias.h"

/* How a condition can come out, as a set; what mod_authz_core calls "denied
 * (no authenticated user yet)" is a denial here. */
enum { GRANT = 1, NEUTRAL = 2, DENY = 4 };

/* Outcomes from the one that gives way to the one that wins. */
static const unsigned any_order[] = {NEUTRAL, DENY, GRANT};
static const unsigned all_order[] = {NEUTRAL, GRANT, DENY};

static unsigned outcomes(apr_pool_t *pool, const ap_directive_t *line);

static int is(const ap_directive_t *line, const char *name)
{
    return !ap_cstr_casecmp(line->directive, name);
}

static int is_limit(const ap_directive_t *line)
{
    return is(line, "<Limit") || is(line, "<LimitExcept");
}

/* Conditions of httpd's own modules that no user has to meet. */
static int is_userless(const char *provider)
{
    static const char *const names[] = {"env",    "expr", "forward-dns",
                                        "host",   "ip",   "local",
                                        "method", "ssl",  "ssl-verify-client"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(names[i], provider)) {
            return 1;
        }
    }
    return 0;
}

static unsigned negate(unsigned outcome)
{
    unsigned negated = outcome & NEUTRAL;

    if (outcome & GRANT) {
        negated |= DENY;
    }
    /* "Not denied" is no grant: mod_authz_core makes it neutral. */
    if (outcome & DENY) {
        negated |= NEUTRAL;
    }
    return negated;
}

static unsigned condition(apr_pool_t *pool, const char *provider,
                          const char *args)
{
    mod_eas_alias alias;

    if (mod_eas_alias_find(pool, "<AuthzProviderAlias", provider, &alias)) {
        provider = alias.base;
        args = alias.args;
    }
    if (!strcmp(provider, "all")) {
        return ap_cstr_casecmp(args, "granted") ? DENY : GRANT;
    }
    return is_userless(provider) ? GRANT | DENY : DENY;
}

static unsigned require_line(apr_pool_t *pool, const ap_directive_t *line)
{
    const char *words = line->args;
    const char *word = ap_getword_conf(pool, &words);

    if (!ap_cstr_casecmp(word, "not")) {
        word = ap_getword_conf(pool, &words);
        return negate(condition(pool, word, words));
    }
    return condition(pool, word, words);
}

static unsigned combine(const unsigned order[], unsigned a, unsigned b)
{
    unsigned combined = 0;

    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            if ((a & order[i]) && (b & order[j])) {
                combined |= order[i > j ? i : j];
            }
        }
    }
    return combined;
}

/* <Limit> is looked through: that it is there is an error of its own. */
static unsigned outcomes_of(apr_pool_t *pool, const ap_directive_t *line,
                            const unsigned order[])
{
    unsigned sum = NEUTRAL;

    for (; line; line = line->next) {
        unsigned one = is_limit(line)
                           ? outcomes_of(pool, line->first_child, order)
                           : outcomes(pool, line);

        sum = combine(order, sum, one);
    }
    return sum;
}

static unsigned outcomes(apr_pool_t *pool, const ap_directive_t *line)
{
    if (is(line, "Require")) {
        return require_line(pool, line);
    }
    if (is(line, "<RequireAll")) {
        return outcomes_of(pool, line->first_child, all_order);
    }
    if (is(line, "<RequireAny")) {
        return outcomes_of(pool, line->first_child, any_order);
    }
    if (is(line, "<RequireNone")) {
        return negate(outcomes_of(pool, line->first_child, any_order));
    }
    if (is(line, "<RequireNotAll")) {
        return negate(outcomes_of(pool, line->first_child, all_order));
    }
    return NEUTRAL;
}

static const mod_eas_section *nearest(const mod_eas_section *section)
{
    while (section && !section->require) {
        section = section->parent;
    }
    return section;
}

int mod_eas_require_written(const mod_eas_section *section)
{
    return nearest(section) != NULL;
}

/* Lines of a section replace those around it, unless AuthMerging joins
 * them. */
static unsigned in_effect(apr_pool_t *pool, const mod_eas_section *section)
{
    const char *how;
    unsigned own;

    section = nearest(section);
    if (!section) {
        return NEUTRAL;
    }
    own = outcomes_of(pool, section->node->first_child, any_order);
    how =
        section->merging ? mod_eas_section_word(pool, section->merging) : "Off";
    if (!nearest(section->parent) || !ap_cstr_casecmp(how, "Off")) {
        return own;
    }
    return combine(ap_cstr_casecmp(how, "And") ? any_order : all_order, own,
                   in_effect(pool, section->parent));
}

static const ap_directive_t *find_grant(apr_pool_t *pool,
                                        const ap_directive_t *line)
{
    const ap_directive_t *found = NULL;

    for (; line && !found; line = line->next) {
        if (is_limit(line)) {
            found = find_grant(pool, line->first_child);
        }
        else if (outcomes(pool, line) & GRANT) {
            found = is(line, "Require") ? line
                                        : find_grant(pool, line->first_child);
        }
    }
    return found;
}

const ap_directive_t *mod_eas_require_userless(apr_pool_t *pool,
                                               const mod_eas_section *section)
{
    const ap_directive_t *line = NULL;

    if (!(in_effect(pool, section) & GRANT)) {
        return NULL;
    }
    for (section = nearest(section); section && !line;
         section = nearest(section->parent)) {
        line = find_grant(pool, section->node->first_child);
    }
    return line;
}

static int is_of(apr_pool_t *pool, const ap_directive_t *line,
                 int (*is_it)(const char *provider))
{
    const char *words = line->args;
    const char *word = ap_getword_conf(pool, &words);
    mod_eas_alias alias;

    if (!ap_cstr_casecmp(word, "not")) {
        word = ap_getword_conf(pool, &words);
    }
    if (mod_eas_alias_find(pool, "<AuthzProviderAlias", word, &alias)) {
        word = alias.base;
    }
    return is_it(word);
}

static const ap_directive_t *find_kind(apr_pool_t *pool,
                                       const ap_directive_t *line,
                                       int (*is_it)(const char *provider))
{
    const ap_directive_t *found = NULL;

    for (; line && !found; line = line->next) {
        if (is(line, "Require")) {
            found = is_of(pool, line, is_it) ? line : NULL;
        }
        else if (is_limit(line)
                 || !ap_cstr_casecmpn(line->directive, "<Require", 8)) {
            found = find_kind(pool, line->first_child, is_it);
        }
    }
    return found;
}

const ap_directive_t *mod_eas_require_find(apr_pool_t *pool,
                                           const mod_eas_section *section,
                                           int (*is_it)(const char *provider))
{
    section = nearest(section);
    return section ? find_kind(pool, section->node->first_child, is_it) : NULL;
}
