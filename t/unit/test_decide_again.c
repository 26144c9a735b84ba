/* SPDX-License-Identifier: Apache-2.0 */
/* The decision about somebody who is remembered: who is looked up again, and
 * that a password is sent once to an account. */
#include <apr_general.h>

#include "fake_env.h"

/* One login; the same directory finds it as it remembers it and afresh. */
typedef struct row {
    const char *name;
    const char *before; /* the entry that is remembered */
    const char *after;  /* as it is found afresh, NULL for an answer */
    eas_reason find;    /* where it is not found afresh */
    eas_reason first;   /* what the bind as the remembered entry says */
    eas_reason second;  /* what that as the fresh one says */
    const char *uac;    /* userAccountControl, remembered and */
    const char *uac_fresh;
    const char *trace; /* r: remembered, f: afresh, v: a bind */
    eas_reason reason;
} row;

#define ALICE "uid=alice,ou=people,dc=example,dc=test"
#define MOVED "uid=alice,ou=moved,dc=example,dc=test"
#define PLAIN "512"
#define SMARTCARD "262656"

static const row rows[] = {
    {"right", ALICE, ALICE, 0, EAS_REASON_NONE, 0, PLAIN, PLAIN, "r v",
     EAS_GRANTED},
    {"wrong", ALICE, ALICE, 0, EAS_WRONG_PASSWORD, 0, PLAIN, PLAIN, "r v f",
     EAS_WRONG_PASSWORD},
    {"wrong, in other letters", ALICE, "UID=Alice,OU=People,DC=Example,DC=Test",
     0, EAS_WRONG_PASSWORD, EAS_WRONG_PASSWORD, PLAIN, PLAIN, "r v f",
     EAS_WRONG_PASSWORD},
    {"moved", ALICE, MOVED, 0, EAS_WRONG_PASSWORD, EAS_REASON_NONE, PLAIN,
     PLAIN, "r v f v", EAS_GRANTED},
    {"moved, and wrong", ALICE, MOVED, 0, EAS_WRONG_PASSWORD,
     EAS_WRONG_PASSWORD, PLAIN, PLAIN, "r v f v", EAS_WRONG_PASSWORD},
    {"moved, in time for an outage", ALICE, MOVED, 0, EAS_WRONG_PASSWORD,
     EAS_DIRECTORY_DOWN, PLAIN, PLAIN, "r v f v", EAS_DIRECTORY_DOWN},
    {"gone", ALICE, NULL, EAS_UNKNOWN_USER, EAS_WRONG_PASSWORD, 0, PLAIN, PLAIN,
     "r v f", EAS_UNKNOWN_USER},
    {"an outage says nothing", ALICE, ALICE, 0, EAS_DIRECTORY_DOWN, 0, PLAIN,
     PLAIN, "r v", EAS_DIRECTORY_DOWN},
    {"a lock says enough", ALICE, ALICE, 0, EAS_DIRECTORY_LOCKED, 0, PLAIN,
     PLAIN, "r v", EAS_DIRECTORY_LOCKED},
    {"an attribute that has changed", ALICE, ALICE, 0, EAS_REASON_NONE, 0,
     SMARTCARD, PLAIN, "r v f", EAS_GRANTED},
    {"one that has not", ALICE, ALICE, 0, EAS_REASON_NONE, 0, SMARTCARD,
     SMARTCARD, "r v f", EAS_ACCOUNT_RESTRICTED},
    {"one that has changed, of who has moved", ALICE, MOVED, 0, EAS_REASON_NONE,
     EAS_WRONG_PASSWORD, SMARTCARD, PLAIN, "r v f v", EAS_WRONG_PASSWORD},
};

static const row *current;

static eas_reason find(void *self, const eas_login *login,
                       const char *const *attributes, int is_fresh,
                       eas_moment deadline, apr_pool_t *pool,
                       eas_identity **identity_out, const char **detail_out)
{
    fake *f = self;
    eas_identity *identity = fake_identity(f, pool);
    const char *length = f->world->trace;

    (void)login;
    (void)attributes;
    (void)deadline;
    (void)detail_out;
    snprintf(f->world->trace + strlen(length), 4, "%s%c", *length ? " " : "",
             is_fresh ? 'f' : 'r');
    if (is_fresh && !current->after) {
        return current->find;
    }
    identity->is_remembered = !is_fresh;
    identity->dn = is_fresh ? current->after : current->before;
    identity->attributes = apr_table_make(pool, 1);
    apr_table_setn(identity->attributes, "userAccountControl",
                   is_fresh ? current->uac_fresh : current->uac);
    *identity_out = identity;
    return EAS_REASON_NONE;
}

static eas_reason verify(void *self, eas_identity *identity,
                         const char *password, eas_moment deadline,
                         apr_pool_t *pool, const char **detail_out)
{
    fake *f = self;
    eas_reason reason = f->verified++ ? current->second : current->first;

    (void)password;
    (void)deadline;
    (void)pool;
    (void)detail_out;
    strcat(f->world->trace, " v");
    if (reason == EAS_REASON_NONE) {
        identity->proof = EAS_PROOF_PASSWORD;
    }
    return reason;
}

int main(void)
{
    apr_pool_t *pool = NULL;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (int i = 0; i < COUNT(rows); i++) {
        world w;
        eas_verdict v;

        current = &rows[i];
        world_make(&w, pool);
        w.fakes[ONE].directory.type = EAS_LDAP_ACTIVE_DIRECTORY;
        w.fakes[ONE].directory.find = find;
        w.fakes[ONE].directory.verify = verify;
        v = eas_decide(&w.env, &w.policy, &w.client, &w.attempt, pool);
        is_int(v.reason, current->reason, current->name);
        is_str(w.trace, current->trace, current->name);
        is_int(v.identity && v.identity->proof, v.reason == EAS_GRANTED,
               tap_row(current->name, "proven where granted"));
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
