/* SPDX-License-Identifier: Apache-2.0 */
/* The decision by certificate: what each AuthType demands, what is remembered,
 * and that nothing but a proof of what is demanded ends in a grant. */
#include "eas_certify.h"

#include "eas_basis.h"
#include "fake_shield.h"

#define NOT_AFTER (apr_time_from_sec(1700000000) + apr_time_from_sec(86400))
#define TTL SECONDS(600)

/* What the directories say of the certificate and of its holder. */
static struct {
    eas_reason found;
    eas_reason state;
    const char *id; /* whom the certificate names; NULL: as the login */
    int is_eager;   /* the search claims a proof, which is nothing */
} answer;

static eas_reason claimed(void *self, const eas_claim *claims, int count,
                          const char *const *attributes, eas_moment deadline,
                          apr_pool_t *pool, eas_identity **identity_out,
                          const char **detail_out)
{
    fake *f = self;

    (void)attributes;
    (void)deadline;
    (void)detail_out;
    if (!count || claims[0].kind != EAS_MAP_UPN) {
        return EAS_UNKNOWN_USER;
    }
    fake_note(f, 'c');
    if (answer.found == EAS_REASON_NONE) {
        *identity_out = fake_identity(f, 1, pool);
        if (answer.id) {
            (*identity_out)->id = answer.id;
        }
        if (answer.is_eager) {
            (*identity_out)->proof = EAS_PROOF_BOTH;
        }
    }
    return answer.found;
}

static eas_reason state(void *self, eas_identity *identity, eas_moment deadline,
                        apr_pool_t *pool, const char **detail_out)
{
    (void)deadline;
    (void)pool;
    (void)detail_out;
    fake_note(self, 's');
    is_int(identity->proof, EAS_PROOF_CERTIFICATE,
           "the state is asked for a certificate's sake");
    identity->expires_in = 5; /* of the password: of no consequence */
    return answer.state;
}

static eas_cert_values values(apr_pool_t *pool, const char *value)
{
    apr_array_header_t *all = apr_array_make(pool, 1, sizeof(char *));
    const eas_cert_values field = {all, NULL};

    if (value) {
        APR_ARRAY_PUSH(all, const char *) = value;
    }
    return field;
}

static eas_cert *certificate(apr_pool_t *pool, unsigned char number)
{
    eas_cert *cert = apr_pcalloc(pool, sizeof(*cert));
    apr_array_header_t *eku = apr_array_make(pool, 1, sizeof(char *));

    APR_ARRAY_PUSH(eku, const char *) = "1.3.6.1.5.5.7.3.2";
    cert->sha256[0] = number;
    cert->not_after = NOT_AFTER;
    cert->serial = "2B";
    cert->serial_decimal = "43";
    cert->serial_reversed = "2B";
    cert->issuer = "CN=CA";
    cert->subject = "";
    cert->sid = cert->email = cert->cn = cert->device = values(pool, NULL);
    cert->upn = values(pool, "alice@one.example");
    cert->parts = apr_array_make(pool, 1, sizeof(eas_cert_part));
    cert->has_eku = 1;
    cert->eku = eku;
    return cert;
}

/* A world in which everybody comes with a certificate of alice. */
typedef struct scene {
    world w;
    fake_shield shield;
    eas_presented presented;
    eas_cert_map map;
} scene;

static void scene_make(scene *s, apr_pool_t *pool, int shielded)
{
    memset(&answer, 0, sizeof(answer));
    answer.found = answer.state = EAS_REASON_NONE;
    world_make(&s->w, pool);
    for (int i = 0; i < FAKES; i++) {
        s->w.fakes[i].directory.find_claimed = claimed;
        s->w.fakes[i].directory.state = state;
    }
    if (shielded) {
        fake_shield_make(&s->shield, &s->w, pool);
    }
    memset(&s->map, 0, sizeof(s->map));
    is_str(eas_cert_map_add(&s->map, "upn", pool), NULL, "the map is read");
    s->w.policy.certificates.map = &s->map;
    s->w.policy.certificates.strong = EAS_STRONG_OFF;
    s->w.policy.certificates.shown = "upn";
    memset(&s->presented, 0, sizeof(s->presented));
    s->presented.cert = certificate(pool, 1);
    s->w.attempt.presented = &s->presented;
}

static eas_verdict decide(scene *s)
{
    s->w.trace[0] = '\0';
    return eas_decide(&s->w.env, &s->w.policy, &s->w.client, &s->w.attempt,
                      s->w.pool);
}

/* What comes: '-' nothing, 'v' valid, 'n' not verified, 'e' has ended. */
static const struct {
    const char *name;
    eas_demand demand;
    char certificate;
    const char *holder; /* id of whom the certificate names; NULL: alice */
    eas_reason found;
    eas_reason state;
    int fallback;
    eas_reason shape; /* of the password: NONE for one */
    eas_reason verify;
    eas_reason reason;
    eas_proof proof;
    const char *trace;
} rows[] = {
#define OK EAS_REASON_NONE
#define NO_PASSWORD EAS_NO_CREDENTIAL
    {"certificate", EAS_BY_CERTIFICATE, 'v', NULL, OK, OK, 0, NO_PASSWORD, OK,
     EAS_GRANTED, EAS_PROOF_CERTIFICATE, "c1 s1"},
    {"certificate, none", EAS_BY_CERTIFICATE, '-', NULL, OK, OK, 0, OK, OK,
     EAS_NO_CERTIFICATE, EAS_PROOF_NONE, ""},
    {"certificate, not verified", EAS_BY_CERTIFICATE, 'n', NULL, OK, OK, 1, OK,
     OK, EAS_CERT_NOT_VERIFIED, EAS_PROOF_NONE, ""},
    {"certificate, ended", EAS_BY_CERTIFICATE, 'e', NULL, OK, OK, 1, OK, OK,
     EAS_CERT_DATES, EAS_PROOF_NONE, ""},
    {"certificate, unmapped", EAS_BY_CERTIFICATE, 'v', NULL, EAS_UNKNOWN_USER,
     OK, 1, OK, OK, EAS_CERT_UNMAPPED, EAS_PROOF_NONE, "c1"},
    {"certificate, ambiguous", EAS_BY_CERTIFICATE, 'v', NULL,
     EAS_AMBIGUOUS_USER, OK, 0, OK, OK, EAS_CERT_AMBIGUOUS, EAS_PROOF_NONE,
     "c1"},
    {"certificate, disabled", EAS_BY_CERTIFICATE, 'v', NULL, OK,
     EAS_ACCOUNT_DISABLED, 0, OK, OK, EAS_ACCOUNT_DISABLED, EAS_PROOF_NONE,
     "c1 s1"},
    {"certificate, no directory", EAS_BY_CERTIFICATE, 'v', NULL,
     EAS_DIRECTORY_DOWN, OK, 0, OK, OK, EAS_DIRECTORY_DOWN, EAS_PROOF_NONE,
     "c1"},
    {"certificate, deleted meanwhile", EAS_BY_CERTIFICATE, 'v', NULL, OK,
     EAS_UNKNOWN_USER, 0, OK, OK, EAS_CERT_UNMAPPED, EAS_PROOF_NONE, "c1 s1"},

    {"either, certificate", EAS_BY_EITHER, 'v', NULL, OK, OK, 0, NO_PASSWORD,
     OK, EAS_GRANTED, EAS_PROOF_CERTIFICATE, "c1 s1"},
    {"either, password", EAS_BY_EITHER, '-', NULL, OK, OK, 0, OK, OK,
     EAS_GRANTED, EAS_PROOF_PASSWORD, "f1 v1"},
    {"either, neither", EAS_BY_EITHER, '-', NULL, OK, OK, 0, NO_PASSWORD, OK,
     EAS_NO_CREDENTIAL, EAS_PROOF_NONE, ""},
    {"either, bad certificate, right password", EAS_BY_EITHER, 'n', NULL, OK,
     OK, 0, OK, OK, EAS_CERT_NOT_VERIFIED, EAS_PROOF_NONE, ""},
    {"either, falls back", EAS_BY_EITHER, 'n', NULL, OK, OK, 1, OK, OK,
     EAS_GRANTED, EAS_PROOF_PASSWORD, "f1 v1"},
    {"either, unmapped, falls back", EAS_BY_EITHER, 'v', NULL, EAS_UNKNOWN_USER,
     OK, 1, OK, OK, EAS_GRANTED, EAS_PROOF_PASSWORD, "c1 f1 v1"},
    {"either, falls back to nothing", EAS_BY_EITHER, 'n', NULL, OK, OK, 1,
     NO_PASSWORD, OK, EAS_NO_CREDENTIAL, EAS_PROOF_NONE, ""},
    {"either, an outage is no bad certificate", EAS_BY_EITHER, 'v', NULL,
     EAS_DIRECTORY_DOWN, OK, 1, OK, OK, EAS_DIRECTORY_DOWN, EAS_PROOF_NONE,
     "c1"},
    {"either, nor is a disabled account", EAS_BY_EITHER, 'v', NULL, OK,
     EAS_ACCOUNT_DISABLED, 1, OK, OK, EAS_ACCOUNT_DISABLED, EAS_PROOF_NONE,
     "c1 s1"},

    {"both", EAS_BY_BOTH, 'v', NULL, OK, OK, 0, OK, OK, EAS_GRANTED,
     EAS_PROOF_BOTH, "c1 s1 f1 v1"},
    {"both, no certificate", EAS_BY_BOTH, '-', NULL, OK, OK, 1, OK, OK,
     EAS_NO_CERTIFICATE, EAS_PROOF_NONE, ""},
    {"both, no password", EAS_BY_BOTH, 'v', NULL, OK, OK, 0, NO_PASSWORD, OK,
     EAS_NO_CREDENTIAL, EAS_PROOF_NONE, "c1 s1"},
    {"both, wrong password", EAS_BY_BOTH, 'v', NULL, OK, OK, 0, OK,
     EAS_WRONG_PASSWORD, EAS_WRONG_PASSWORD, EAS_PROOF_NONE, "c1 s1 f1 v1"},
    {"both, bad certificate never falls back", EAS_BY_BOTH, 'n', NULL, OK, OK,
     1, OK, OK, EAS_CERT_NOT_VERIFIED, EAS_PROOF_NONE, ""},
    {"both, another's certificate: nothing is bound", EAS_BY_BOTH, 'v', "bob",
     OK, OK, 0, OK, OK, EAS_ACCOUNTS_DIFFER, EAS_PROOF_NONE, "c1 s1 f1"},
    {"both, the same with a wrong password", EAS_BY_BOTH, 'v', "bob", OK, OK, 0,
     OK, EAS_WRONG_PASSWORD, EAS_ACCOUNTS_DIFFER, EAS_PROOF_NONE, "c1 s1 f1"},

    {"password, whatever certificate", EAS_BY_PASSWORD, 'v', "bob", OK, OK, 0,
     OK, OK, EAS_GRANTED, EAS_PROOF_PASSWORD, "f1 v1"},
#undef OK
#undef NO_PASSWORD
};

static void present(scene *s, char what)
{
    s->presented.reason = what == '-'   ? EAS_NO_CERTIFICATE
                          : what == 'n' ? EAS_CERT_NOT_VERIFIED
                                        : EAS_REASON_NONE;
    if (what == '-') {
        s->presented.cert = NULL;
    }
    if (what == 'e') {
        eas_cert *cert = certificate(s->w.pool, 2);

        cert->not_after = apr_time_from_sec(1600000000);
        s->presented.cert = cert;
    }
}

static void test_rows(apr_pool_t *pool, int shielded)
{
    scene s;

    for (int i = 0; i < COUNT(rows); i++) {
        const char *name = rows[i].name;
        eas_verdict v;

        scene_make(&s, pool, shielded);
        present(&s, rows[i].certificate);
        answer.found = rows[i].found;
        answer.state = rows[i].state;
        answer.id = rows[i].holder;
        answer.is_eager = 1;
        s.w.fakes[ONE].verify = rows[i].verify;
        s.w.policy.certificates.fallback = rows[i].fallback;
        s.w.attempt.demand = rows[i].demand;
        s.w.attempt.reason = rows[i].shape;
        if (rows[i].shape != EAS_REASON_NONE) {
            s.w.attempt.credential = NULL;
        }
        v = decide(&s);
        is_str(eas_reason_name(v.reason), eas_reason_name(rows[i].reason),
               tap_row(name, "reason"));
        is_int(v.identity ? v.identity->proof : EAS_PROOF_NONE, rows[i].proof,
               tap_row(name, "proof"));
        is_str(s.w.trace, rows[i].trace, tap_row(name, "calls"));
        ok(!(v.reason == EAS_GRANTED) == !v.remote_user,
           tap_row(name, "REMOTE_USER"));
    }
}

static void test_verdict(apr_pool_t *pool)
{
    scene s;
    eas_verdict v;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    v = decide(&s);
    is_str(v.remote_user, "alice", "REMOTE_USER");
    is_str(v.login, NULL, "nobody has typed a login");
    is_str(v.certificate.serial, "2B", "its serial number is told");
    is_str(v.certificate.issuer, "CN=CA", "and its issuer");
    is_int(v.identity->map, EAS_MAP_UPN, "and how it was mapped");
    is_int((int)v.identity->expires_in, -1, "no password ends");
    is_int(v.until == START + TTL, 1, "the verdict holds as long as the cache");
    s.presented.cert = NULL;
    s.presented.reason = EAS_REASON_NONE;
    is_str(eas_reason_name(decide(&s).reason), "internal-error",
           "verified, and nothing there");
    s.w.attempt.presented = NULL;
    is_str(eas_reason_name(decide(&s).reason), "internal-error",
           "nobody has looked for one");
    s.w.client.tls = 0;
    is_str(eas_reason_name(decide(&s).reason), "no-tls", "TLS comes first");
}

/* --- what is remembered ----------------------------------------------------------- */

static void test_cache(apr_pool_t *pool)
{
    scene s;
    eas_verdict v;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    decide(&s);
    s.w.now += SECONDS(1);
    v = decide(&s);
    is_str(s.w.trace, "", "the second time nobody is asked");
    is_str(eas_reason_name(v.reason), "granted", "and it is granted");
    is_int(v.source, EAS_SOURCE_CACHE, "out of the cache");
    is_int(v.identity->proof, EAS_PROOF_CERTIFICATE, "by certificate");
    is_int(v.identity->map, EAS_MAP_UPN, "mapped as before");
    is_int(v.until == START + TTL, 1, "until the same moment");

    s.presented.cert = certificate(pool, 2);
    decide(&s);
    is_str(s.w.trace, "c1 s1", "another certificate is looked at");
    s.presented.cert = certificate(pool, 1);
    s.w.policy.certificates.shown = "upn, in another way";
    decide(&s);
    is_str(s.w.trace, "c1 s1", "and so is another mapping");
    s.w.policy.certificates.shown = "upn";
    s.w.now = START + TTL;
    answer.state = EAS_ACCOUNT_DISABLED;
    v = decide(&s);
    is_str(eas_reason_name(v.reason), "account-disabled",
           "no certificate outlives its account by more than the TTL");
    s.w.now += SECONDS(59);
    v = decide(&s);
    is_str(s.w.trace, "", "what forbids is remembered");
    is_str(eas_reason_name(v.reason), "account-disabled", "as such");
    s.w.now += SECONDS(1);
    answer.state = EAS_REASON_NONE;
    is_str(eas_reason_name(decide(&s).reason), "granted", "for a minute");
    atomic_store(&s.shield.flushed_at, s.w.now);
    s.w.now += SECONDS(1);
    decide(&s);
    is_str(s.w.trace, "c1 s1", "a flush makes it void");
}

/* Of a phone whose owner has left each poll would be a search, and more. */
static void test_nobody(apr_pool_t *pool)
{
    scene s;
    eas_verdict v;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    answer.found = EAS_UNKNOWN_USER;
    decide(&s);
    is_str(s.w.trace, "c1", "nobody is found");
    answer.found = EAS_REASON_NONE;
    s.w.now += SECONDS(59);
    v = decide(&s);
    is_str(s.w.trace, "", "which is remembered");
    is_str(eas_reason_name(v.reason), "certificate-unmapped", "as such");
    is_int(v.source, EAS_SOURCE_CACHE, "and told of");
    s.presented.cert = certificate(pool, 2);
    is_str(eas_reason_name(decide(&s).reason), "granted",
           "of this certificate alone");
    s.presented.cert = certificate(pool, 1);
    s.w.now += SECONDS(1);
    v = decide(&s);
    is_str(eas_reason_name(v.reason), "granted", "for a minute");
    answer.found = EAS_UNKNOWN_USER;
    s.presented.cert = certificate(pool, 3);
    decide(&s);
    answer.found = EAS_REASON_NONE;
    atomic_store(&s.shield.flushed_at, s.w.now);
    s.w.now += SECONDS(1);
    is_str(eas_reason_name(decide(&s).reason), "granted",
           "a flush makes it void");
    s.w.policy.cache_ttl = 0;
    answer.found = EAS_UNKNOWN_USER;
    s.presented.cert = certificate(pool, 4);
    decide(&s);
    decide(&s);
    is_str(s.w.trace, "c1", "without a cache nothing is");
}

/* The end of a certificate ends what is remembered of it on its connection. */
static void test_end(apr_pool_t *pool)
{
    scene s;
    eas_cert *cert;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    cert = certificate(pool, 3);
    cert->not_after = apr_time_from_sec(1700000000) + apr_time_from_sec(7);
    s.presented.cert = cert;
    is_int((int)((decide(&s).until - START) / APR_USEC_PER_SEC), 7,
           "asked of the directory");
    is_int((int)((decide(&s).until - START) / APR_USEC_PER_SEC), 7,
           "out of the cache");
}

/* What a child may repeat on another connection: a grant that stands on one
 * record alone. */
static void test_basis(apr_pool_t *pool)
{
    static const struct {
        const char *name;
        eas_demand demand;
        char certificate;
        int has;
    } bases[] = {
        {"a certificate", EAS_BY_CERTIFICATE, 'v', 1},
        {"either, a certificate", EAS_BY_EITHER, 'v', 1},
        {"either, in place of a certificate", EAS_BY_EITHER, 'n', 0},
        {"both", EAS_BY_BOTH, 'v', 0},
    };
    scene s;
    eas_verdict v;

    for (int i = 0; i < COUNT(bases); i++) {
        scene_make(&s, pool, 1);
        present(&s, bases[i].certificate);
        s.w.policy.certificates.fallback = 1;
        s.w.attempt.demand = bases[i].demand;
        v = decide(&s);
        is_int(v.basis != NULL, 0, tap_row(bases[i].name, "the directory"));
        v = decide(&s);
        is_int(v.source, EAS_SOURCE_CACHE, tap_row(bases[i].name, "the cache"));
        is_int(v.basis != NULL, bases[i].has,
               tap_row(bases[i].name, "what it stands on"));
    }
}

/* It stands for as long as the cache would say the same. */
static void test_basis_holds(apr_pool_t *pool)
{
    scene s;
    eas_basis basis;
    eas_check check;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    decide(&s);
    basis = *decide(&s).basis;
    memset(&check, 0, sizeof(check));
    check.env = &s.w.env;
    check.policy = &s.w.policy;
    check.client = &s.w.client;
    check.provider = s.w.policy.providers[0];
    check.ask.clock = &s.w.env.clock;
    check.ask.pool = pool;
    is_int(eas_basis_holds(&basis, &check), 1, "it stands");
    s.w.attempt.demand = EAS_BY_PASSWORD;
    s.w.fakes[ONE].verify = EAS_WRONG_PASSWORD;
    for (char guess[] = "a"; *guess <= 'g'; ++*guess) {
        s.w.credential.password = guess;
        decide(&s);
    }
    is_str(eas_reason_name(decide(&s).reason), "locked", "the account is held");
    is_int(eas_basis_holds(&basis, &check), 1, "which holds no certificate");
    s.w.now += SECONDS(1);
    answer.state = EAS_ACCOUNT_DISABLED;
    s.w.policy.certificates.shown = "upn, in another way";
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    is_str(eas_reason_name(decide(&s).reason), "account-disabled",
           "another section finds the account disabled");
    is_int(eas_basis_holds(&basis, &check), 0, "and it stands no more");
}

/* Two things are kept apart: what is good of a certificate says nothing of a
 * password, and the other way round. */
static void test_apart(apr_pool_t *pool)
{
    scene s;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    decide(&s);
    s.w.attempt.demand = EAS_BY_PASSWORD;
    s.w.fakes[ONE].verify = EAS_WRONG_PASSWORD;
    is_str(eas_reason_name(decide(&s).reason), "wrong-password",
           "a certificate proves no password");
    is_str(s.w.trace, "f1 v1", "which is asked about");
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    decide(&s);
    is_str(s.w.trace, "", "a wrong password does nothing to a certificate");
}

/* Guesses at the password hold the account; its certificate is no guess. */
static void test_held(apr_pool_t *pool)
{
    static const char *const guesses[] = {"a", "b", "c", "d", "e", "f"};
    scene s;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_PASSWORD;
    s.w.fakes[ONE].verify = EAS_WRONG_PASSWORD;
    for (int i = 0; i < COUNT(guesses); i++) {
        s.w.credential.password = guesses[i];
        decide(&s);
    }
    s.w.credential.password = guesses[0];
    is_str(eas_reason_name(decide(&s).reason), "known-wrong-password",
           "the first guess again");
    s.w.credential.password = "another one";
    is_str(eas_reason_name(decide(&s).reason), "locked", "the account is held");
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    is_str(eas_reason_name(decide(&s).reason), "granted",
           "its certificate is let in");
    decide(&s);
    is_str(s.w.trace, "", "and remembered");
    s.w.attempt.demand = EAS_BY_PASSWORD;
    is_str(eas_reason_name(decide(&s).reason), "locked",
           "which gives back no guess");
}

/* A disabled account is disabled, whoever finds out. */
static void test_both_ways(apr_pool_t *pool)
{
    scene s;

    scene_make(&s, pool, 1);
    s.w.attempt.demand = EAS_BY_PASSWORD;
    decide(&s);
    s.w.now += SECONDS(1);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    answer.state = EAS_ACCOUNT_DISABLED;
    decide(&s);
    s.w.now += SECONDS(1);
    s.w.attempt.demand = EAS_BY_PASSWORD;
    s.w.fakes[ONE].verify = EAS_ACCOUNT_DISABLED;
    is_str(eas_reason_name(decide(&s).reason), "account-disabled",
           "a password remembered as good is looked at again");
}

static void test_stale(apr_pool_t *pool)
{
    scene s;
    eas_verdict v;

    scene_make(&s, pool, 1);
    s.w.policy.cache_stale = SECONDS(3600);
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    decide(&s);
    s.w.now += TTL;
    answer.found = EAS_DIRECTORY_DOWN;
    is_str(eas_reason_name(decide(&s).reason), "directory-down",
           "one failure is no outage");
    s.w.fakes[ONE].is_down = 1;
    v = decide(&s);
    is_str(eas_reason_name(v.reason), "granted", "in an outage it is let in");
    is_int(v.source, EAS_SOURCE_STALE, "as stale");
    is_int(v.until == 0, 1, "and not repeated on the connection");
    s.presented.cert = certificate(pool, 9);
    is_str(eas_reason_name(decide(&s).reason), "directory-down",
           "a certificate that was never seen is not");
    s.presented.cert = certificate(pool, 1);
    answer.found = EAS_UNKNOWN_USER;
    s.w.fakes[ONE].is_down = 0;
    is_str(eas_reason_name(decide(&s).reason), "certificate-unmapped",
           "once the directory has said that it names nobody");
    answer.found = EAS_DIRECTORY_DOWN;
    s.w.fakes[ONE].is_down = 1;
    s.w.now += SECONDS(60);
    is_str(eas_reason_name(decide(&s).reason), "directory-down",
           "it is not good in the next outage");
}

/* --- more than one provider --------------------------------------------------------- */

static void test_providers(apr_pool_t *pool)
{
    scene s;
    eas_verdict v;

    scene_make(&s, pool, 1);
    world_list(&s.w, "12");
    s.w.attempt.demand = EAS_BY_CERTIFICATE;
    answer.found = EAS_UNKNOWN_USER;
    is_str(eas_reason_name(decide(&s).reason), "certificate-unmapped",
           "nobody anywhere");
    is_str(s.w.trace, "c1 c2", "each was asked");
    s.w.now += SECONDS(60);
    answer.found = EAS_DIRECTORY_DOWN;
    decide(&s);
    is_str(s.w.trace, "c1", "an outage ends it");
    answer.found = EAS_REASON_NONE;
    s.w.attempt.demand = EAS_BY_BOTH;
    s.w.credential.login = "TWO\\alice";
    v = decide(&s);
    is_str(eas_reason_name(v.reason), "accounts-differ",
           "the same name in another directory is another account");
    is_int(s.w.fakes[TWO].verified, 0, "which nobody has bound as");
}

int main(void)
{
    apr_pool_t *pool = NULL;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_rows(pool, 0);
    test_rows(pool, 1);
    test_verdict(pool);
    test_cache(pool);
    test_nobody(pool);
    test_end(pool);
    test_basis(pool);
    test_basis_holds(pool);
    test_apart(pool);
    test_held(pool);
    test_both_ways(pool);
    test_stale(pool);
    test_providers(pool);
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
