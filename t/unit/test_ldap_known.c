/* SPDX-License-Identifier: Apache-2.0 */
/* What searches have found: kept for a while, bounded, forgotten on demand. */
#include <apr_general.h>
#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_known.h"
#include "tap.h"

static apr_pool_t *pool;

static apr_array_header_t *texts(const char *a, const char *b)
{
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(char *));

    APR_ARRAY_PUSH(list, const char *) = a;
    APR_ARRAY_PUSH(list, const char *) = b;
    return list;
}

/* "a|b", or NULL. */
static const char *get(eas_ldap_known *known, const char *key)
{
    apr_array_header_t *list = eas_ldap_known_get(known, key, pool);

    return list ? apr_array_pstrcat(pool, list, '|') : NULL;
}

static eas_ldap_known *made(apr_interval_time_t span)
{
    eas_ldap_known *known = NULL;

    is_int(eas_ldap_known_make(span, pool, &known), APR_SUCCESS, "made");
    return known;
}

static void test_keeps(void)
{
    eas_ldap_known *known = made(apr_time_from_sec(60));

    is_str(get(known, "alice"), NULL, "nothing at first");
    eas_ldap_known_put(known, "alice", texts("uid=alice", ""));
    eas_ldap_known_put(known, "bob", texts("uid=bob", "b"));
    is_str(get(known, "alice"), "uid=alice|", "what was put, empty texts too");
    is_str(get(known, "bob"), "uid=bob|b", "each its own");
    is_str(get(known, "ali"), NULL, "a part of a key is another");
    eas_ldap_known_put(known, "alice", texts("uid=alice,ou=x", "c"));
    is_str(get(known, "alice"), "uid=alice,ou=x|c", "the last counts");
    eas_ldap_known_drop(known, "alice");
    is_str(get(known, "alice"), NULL, "forgotten");
    is_str(get(known, "bob"), "uid=bob|b", "and nobody else");
    eas_ldap_known_drop(known, "nobody");
}

static void test_too_long(void)
{
    eas_ldap_known *known = made(apr_time_from_sec(60));
    char *text = apr_palloc(pool, 5000);

    memset(text, 'x', 4999);
    text[4999] = '\0';
    eas_ldap_known_put(known, "alice", texts("old", "old"));
    eas_ldap_known_put(known, "alice", texts(text, "new"));
    is_str(get(known, "alice"), NULL,
           "too long: not kept, nor what was before");
    eas_ldap_known_put(known, text, texts("a", "b"));
    is_str(get(known, text), NULL, "a key that is too long");
}

static void test_spans(void)
{
    eas_ldap_known *off = made(0);
    eas_ldap_known *brief = made(1);
    eas_moment put;

    eas_ldap_known_put(off, "alice", texts("a", "b"));
    is_str(get(off, "alice"), NULL, "0: nothing is remembered");
    eas_ldap_known_put(brief, "alice", texts("a", "b"));
    put = eas_clock_now(NULL);
    while (eas_clock_now(NULL) <= put + 1) {
    }
    is_str(get(brief, "alice"), NULL, "not longer than it may");
}

/* More than there is room for: the memory stays what it is, and what was put
 * last is there. */
static void test_bounded(void)
{
    eas_ldap_known *known = made(apr_time_from_sec(60));
    apr_pool_t *scratch;
    int last_is_there = 1;
    int kept = 0;

    apr_pool_create(&scratch, pool);
    for (int i = 0; i < 50000; i++) {
        const char *key = apr_psprintf(scratch, "login 0 user%d", i);

        eas_ldap_known_put(known, key, texts(key, "x"));
        last_is_there =
            last_is_there && eas_ldap_known_get(known, key, scratch) != NULL;
        apr_pool_clear(scratch);
    }
    for (int i = 0; i < 50000; i++) {
        kept += eas_ldap_known_get(
                    known, apr_psprintf(scratch, "login 0 user%d", i), scratch)
                != NULL;
        apr_pool_clear(scratch);
    }
    ok(last_is_there, "what was put last is there");
    ok(kept > 6000 && kept <= 8192, "as many as there are places");
}

/* Logins that are alike, as they are where people have numbers. */
static void test_alike(void)
{
    eas_ldap_known *known = made(apr_time_from_sec(60));
    apr_pool_t *scratch;
    int missing = 0;

    apr_pool_create(&scratch, pool);
    for (int i = 0; i < 2000; i++) {
        const char *key = apr_psprintf(scratch, "login 0 u%04d\n", i);

        eas_ldap_known_put(known, key, texts(key, "x"));
    }
    for (int i = 0; i < 2000; i++) {
        missing +=
            eas_ldap_known_get(
                known, apr_psprintf(scratch, "login 0 u%04d\n", i), scratch)
            == NULL;
    }
    ok(missing < 20, "2000 people are known, numbered as they are");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_keeps();
    test_too_long();
    test_spans();
    test_bounded();
    test_alike();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
