/* SPDX-License-Identifier: Apache-2.0 */
/* The decision where an entry is remembered: when it is looked at again, and
 * that no password is sent to one entry twice. */
#include <apr_general.h>

#include "fake_env.h"

/* Days since 1970: long ago, and not yet. */
#define PAST "1"
#define AHEAD "99999"

#define NONE EAS_REASON_NONE

/* "old" is what is remembered, and what a bind there says; the others are
 * what a fresh look finds. */
static const struct {
    const char *name;
    trick trick;
    const char *old_expire; /* shadowExpire, NULL for none */
    eas_reason verify_old;
    eas_reason find;
    const char *dn; /* remembered is "cn=alice" */
    const char *expire;
    eas_reason verify;
    const char *trace;
    eas_reason reason;
} rows[] = {
    {"the right password", HONEST, NULL, NONE, NONE, "cn=alice", NULL, NONE,
     "f1 v1", EAS_GRANTED},
    {"a wrong password", HONEST, NULL, EAS_WRONG_PASSWORD, NONE, "cn=alice",
     NULL, NONE, "f1 v1 F1", EAS_WRONG_PASSWORD},
    {"a wrong password, the entry spelt otherwise", HONEST, NULL,
     EAS_WRONG_PASSWORD, NONE, "CN=Alice", NULL, NONE, "f1 v1 F1",
     EAS_WRONG_PASSWORD},
    {"a code nobody knows", HONEST, NULL, EAS_REFUSED_OTHERWISE, NONE,
     "cn=alice", NULL, NONE, "f1 v1 F1", EAS_REFUSED_OTHERWISE},
    {"moved", HONEST, NULL, EAS_WRONG_PASSWORD, NONE, "cn=alice,ou=x", NULL,
     NONE, "f1 v1 F1 v1", EAS_GRANTED},
    {"moved, a wrong password", HONEST, NULL, EAS_WRONG_PASSWORD, NONE,
     "cn=alice,ou=x", NULL, EAS_WRONG_PASSWORD, "f1 v1 F1 v1",
     EAS_WRONG_PASSWORD},
    {"moved, and the bind finds nobody", HONEST, NULL, EAS_UNKNOWN_USER, NONE,
     "cn=alice,ou=x", NULL, NONE, "f1 v1 F1 v1", EAS_GRANTED},
    {"moved, locked there", HONEST, NULL, EAS_WRONG_PASSWORD, NONE,
     "cn=alice,ou=x", NULL, EAS_DIRECTORY_LOCKED, "f1 v1 F1 v1",
     EAS_DIRECTORY_LOCKED},
    {"moved, then an outage", HONEST, NULL, EAS_WRONG_PASSWORD, NONE,
     "cn=alice,ou=x", NULL, EAS_DIRECTORY_DOWN, "f1 v1 F1 v1",
     EAS_DIRECTORY_DOWN},
    {"moved, and expired there", HONEST, NULL, EAS_WRONG_PASSWORD, NONE,
     "cn=alice,ou=x", PAST, NONE, "f1 v1 F1 v1", EAS_ACCOUNT_EXPIRED},
    {"gone", HONEST, NULL, EAS_WRONG_PASSWORD, EAS_UNKNOWN_USER, "cn=alice",
     NULL, NONE, "f1 v1 F1", EAS_UNKNOWN_USER},
    {"two by now", HONEST, NULL, EAS_WRONG_PASSWORD, EAS_AMBIGUOUS_USER,
     "cn=alice", NULL, NONE, "f1 v1 F1", EAS_AMBIGUOUS_USER},
    {"an outage before the fresh look", HONEST, NULL, EAS_WRONG_PASSWORD,
     EAS_DIRECTORY_DOWN, "cn=alice", NULL, NONE, "f1 v1 F1",
     EAS_DIRECTORY_DOWN},

    {"disabled", HONEST, NULL, EAS_ACCOUNT_DISABLED, NONE, "cn=alice", NULL,
     NONE, "f1 v1 F1", EAS_ACCOUNT_DISABLED},
    {"disabled there, moved here", HONEST, NULL, EAS_ACCOUNT_DISABLED, NONE,
     "cn=alice,ou=x", NULL, NONE, "f1 v1 F1 v1", EAS_GRANTED},
    {"locked is not looked at again", HONEST, NULL, EAS_DIRECTORY_LOCKED, NONE,
     "cn=alice,ou=x", NULL, NONE, "f1 v1", EAS_DIRECTORY_LOCKED},
    {"nor is an outage", HONEST, NULL, EAS_DIRECTORY_DOWN, NONE,
     "cn=alice,ou=x", NULL, NONE, "f1 v1", EAS_DIRECTORY_DOWN},

    {"expired, prolonged since", HONEST, PAST, NONE, NONE, "cn=alice", AHEAD,
     NONE, "f1 v1 F1", EAS_GRANTED},
    {"expired, no limit since", HONEST, PAST, NONE, NONE, "cn=alice", NULL,
     NONE, "f1 v1 F1", EAS_GRANTED},
    {"expired, and still", HONEST, PAST, NONE, NONE, "cn=alice", PAST, NONE,
     "f1 v1 F1", EAS_ACCOUNT_EXPIRED},
    {"expired, a wrong password", HONEST, PAST, EAS_WRONG_PASSWORD, NONE,
     "cn=alice", AHEAD, NONE, "f1 v1 F1", EAS_WRONG_PASSWORD},
    {"expired, moved since", HONEST, PAST, NONE, NONE, "cn=alice,ou=x", AHEAD,
     NONE, "f1 v1 F1 v1", EAS_GRANTED},
    {"expired, moved, another password there", HONEST, PAST, NONE, NONE,
     "cn=alice,ou=x", AHEAD, EAS_WRONG_PASSWORD, "f1 v1 F1 v1",
     EAS_WRONG_PASSWORD},
    {"expired, gone since", HONEST, PAST, NONE, EAS_UNKNOWN_USER, "cn=alice",
     NULL, NONE, "f1 v1 F1", EAS_UNKNOWN_USER},
    {"expired, then an outage", HONEST, PAST, NONE, EAS_DIRECTORY_TIMEOUT,
     "cn=alice", NULL, NONE, "f1 v1 F1", EAS_DIRECTORY_TIMEOUT},
    {"an attribute that is no value stays an error", HONEST, "x", NONE, NONE,
     "cn=alice", NULL, NONE, "f1 v1", EAS_DIRECTORY_ERROR},

    {"it objects, and claims a proof", EAGER_PROOF, NULL, EAS_WRONG_PASSWORD,
     NONE, "cn=alice", NULL, NONE, "f1 v1 F1", EAS_WRONG_PASSWORD},
    {"disabled, and claims a proof", EAGER_PROOF, NULL, EAS_ACCOUNT_DISABLED,
     NONE, "cn=alice", NULL, NONE, "f1 v1 F1", EAS_ACCOUNT_DISABLED},
    {"moved, it objects and claims a proof", EAGER_PROOF, NULL,
     EAS_WRONG_PASSWORD, NONE, "cn=alice,ou=x", NULL, EAS_WRONG_PASSWORD,
     "f1 v1 F1 v1", EAS_WRONG_PASSWORD},
    {"it forgets the proof", FORGETS_PROOF, PAST, NONE, NONE, "cn=alice", NULL,
     NONE, "f1 v1", EAS_INTERNAL_ERROR},
    {"moved, it forgets the proof", FORGETS_PROOF, NULL, EAS_WRONG_PASSWORD,
     NONE, "cn=alice,ou=x", NULL, NONE, "f1 v1 F1 v1", EAS_INTERNAL_ERROR},
    {"the fresh look claims a proof", EARLY_PROOF, NULL, EAS_WRONG_PASSWORD,
     NONE, "cn=alice", NULL, NONE, "f1 v1 F1", EAS_WRONG_PASSWORD},
    {"moved, the fresh look claims a proof", EARLY_PROOF, NULL,
     EAS_WRONG_PASSWORD, NONE, "cn=alice,ou=x", NULL, NONE, "f1 v1 F1 v1",
     EAS_INTERNAL_ERROR},
};

static void row_world(world *w, int i, apr_pool_t *pool)
{
    fake *f = &w->fakes[ONE];

    world_make(w, pool);
    f->trick = rows[i].trick;
    f->remembers = 1;
    f->verify_old = rows[i].verify_old;
    f->find = rows[i].find;
    f->dn = rows[i].dn;
    f->verify = rows[i].verify;
    if (rows[i].old_expire) {
        apr_table_set(f->old_attributes, "shadowExpire", rows[i].old_expire);
    }
    if (rows[i].expire) {
        apr_table_set(f->attributes, "shadowExpire", rows[i].expire);
    }
}

static void test_rows(apr_pool_t *pool)
{
    world w;

    for (int i = 0; i < COUNT(rows); i++) {
        const char *name = rows[i].name;
        eas_verdict v;

        row_world(&w, i, pool);
        v = world_decide(&w, name);
        is_str(eas_reason_name(v.reason), eas_reason_name(rows[i].reason),
               tap_row(name, "reason"));
        is_str(w.trace, rows[i].trace, tap_row(name, "calls"));
        if (rows[i].reason == EAS_GRANTED) {
            is_str(v.identity->dn, rows[i].dn, tap_row(name, "whose entry"));
        }
    }
}

/* Who is gone from one directory may be in the next; who is not remembered is
 * looked at once. */
static void test_others(apr_pool_t *pool)
{
    world w;

    row_world(&w, 0, pool);
    world_list(&w, "12");
    w.fakes[ONE].verify_old = EAS_WRONG_PASSWORD;
    w.fakes[ONE].find = EAS_UNKNOWN_USER;
    is_int(world_decide(&w, "gone").reason, EAS_GRANTED,
           "gone here, and in the next: granted");
    is_str(w.trace, "f1 v1 F1 f2 v2", "gone here: the next is asked");

    row_world(&w, 0, pool);
    w.fakes[ONE].remembers = 0;
    w.fakes[ONE].verify = EAS_WRONG_PASSWORD;
    is_int(world_decide(&w, "found").reason, EAS_WRONG_PASSWORD,
           "found a moment ago, a wrong password");
    is_str(w.trace, "f1 v1", "found a moment ago: looked at once");
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_rows(pool);
    test_others(pool);
    apr_terminate();
    return done_testing();
}
