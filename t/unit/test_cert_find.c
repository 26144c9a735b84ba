/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>

#include "eas_cert_find.h"
#include "fake_cert.h"

#define ANY EAS_LDAP_GENERIC
#define AD EAS_LDAP_ACTIVE_DIRECTORY
#define AUTO EAS_STRONG_AUTO
#define OFF EAS_STRONG_OFF
#define WARN EAS_STRONG_WARN
#define REQUIRE EAS_STRONG_REQUIRE
#define SID "S-1-5-21-1-2-3-1105"
#define TOLD "what the directory says"

/** A directory: whom claims name, what it was asked, when it fails. */
typedef struct fake {
    const apr_array_header_t *people; /* ID:KIND=VALUE */
    int fails_at;                     /* the call, from 1; 0: never */
    eas_reason reason;
    int forgets_identity;
    int claims_proof;
    int calls;
    const char *trace;   /* the kinds of each call */
    const char *wanted;  /* attributes of each call */
    eas_moment deadline; /* of the last call */
} fake;

/* Adds to @a id_out whom a claim names.  @return whether that is one more */
static int look(const fake *f, const eas_claim *claim, const char **id_out,
                apr_pool_t *pool)
{
    const char *wanted = apr_pstrcat(pool, eas_cert_kind_name(claim->kind), "=",
                                     claim->value, NULL);
    int count = 0;

    for (int i = 0; i < f->people->nelts; i++) {
        const char *person = APR_ARRAY_IDX(f->people, i, const char *);
        const char *sign = strchr(person, ':');
        const char *id =
            apr_pstrmemdup(pool, person, (apr_size_t)(sign - person));

        if (!strcmp(sign + 1, wanted) && (!*id_out || strcmp(*id_out, id))) {
            *id_out = id;
            count++;
        }
    }
    return count;
}

static eas_reason answer(const fake *f, int found, const char *id,
                         apr_pool_t *pool, eas_identity **identity_out)
{
    if (found > 1)
        return EAS_AMBIGUOUS_USER;
    if (found == 0)
        return EAS_UNKNOWN_USER;
    if (!f->forgets_identity) {
        *identity_out = apr_pcalloc(pool, sizeof(**identity_out));
        (*identity_out)->id = id;
        (*identity_out)->expires_in = -1;
        if (f->claims_proof)
            (*identity_out)->proof = EAS_PROOF_PASSWORD;
    }
    return EAS_REASON_NONE;
}

static eas_reason fake_find_claimed(void *self, const eas_claim *claims,
                                    int count, const char *const *attributes,
                                    eas_moment deadline, apr_pool_t *pool,
                                    eas_identity **identity_out,
                                    const char **detail_out)
{
    fake *f = self;
    const char *id = NULL;
    int found = 0;

    f->calls++;
    f->deadline = deadline;
    f->wanted =
        apr_pstrcat(pool, f->wanted, attributes ? attributes[0] : "-", NULL);
    for (int i = 0; i < count; i++) {
        f->trace = apr_pstrcat(pool, f->trace,
                               i           ? "+"
                               : *f->trace ? " "
                                           : "",
                               eas_cert_kind_name(claims[i].kind), NULL);
        found += look(f, &claims[i], &id, pool);
    }
    if (f->calls == f->fails_at) {
        *detail_out = TOLD;
        return f->reason;
    }
    return answer(f, found, id, pool, identity_out);
}

typedef struct row {
    const char *name;
    eas_ldap_type type;
    eas_cert_strong strong;
    const char *map; /* NULL for the default */
    fake_fields fields;
    const char *people; /* parted by | */
    int fails_at;
    eas_reason fails; /* with what */
    eas_reason expected;
    const char *trace;
    eas_cert_kind found_by; /* it is alice, always */
    const char *detail;     /* what it holds, or NULL for none */
} row;

#define NEVER 0, EAS_REASON_NONE
#define NOBODY EAS_MAP_NONE
#define GRANT EAS_REASON_NONE
#define BOTH                                                                   \
    {                                                                          \
        .sid = SID, .upn = "alice@x"                                           \
    }
#define UPN                                                                    \
    {                                                                          \
        .upn = "alice@x"                                                       \
    }
#define KEYS                                                                   \
    {                                                                          \
        .ski = "aa", .key = "bb", .spki = "cc"                                 \
    }

static const row rows[] = {
    /* The order, and what ends it. */
    {"nothing applies",
     ANY,
     OFF,
     "sid upn",
     {.cn = "alice"},
     "alice:cn=alice",
     NEVER,
     EAS_CERT_UNMAPPED,
     "",
     NOBODY,
     NULL},
    {"SID", AD, AUTO, "sid", BOTH, "alice:sid=" SID, NEVER, GRANT, "sid",
     EAS_MAP_SID, NULL},
    {"SID of nobody decides", AD, AUTO, "sid upn", BOTH, "alice:upn=alice@x",
     NEVER, EAS_CERT_UNMAPPED, "sid", NOBODY, NULL},
    {"the first name decides", ANY, OFF, "upn sid", BOTH, "alice:sid=" SID,
     NEVER, EAS_CERT_UNMAPPED, "upn", NOBODY, NULL},
    {"registrations do not",
     ANY,
     OFF,
     "ski upn",
     {.ski = "aa", .upn = "a@x"},
     "alice:upn=a@x",
     NEVER,
     GRANT,
     "ski upn",
     EAS_MAP_UPN,
     NULL},
    {"what is registered comes first",
     ANY,
     OFF,
     "ski upn",
     {.ski = "aa", .upn = "a@x"},
     "alice:ski=X509:<SKI>aa|alice:upn=a@x",
     NEVER,
     GRANT,
     "ski upn",
     EAS_MAP_SKI,
     NULL},
    {"nothing is registered", ANY, OFF, "ski sha1-pukey", KEYS, "", NEVER,
     EAS_CERT_UNMAPPED, "ski+sha1-pukey+sha1-pukey", NOBODY, NULL},
    {"the default",
     ANY,
     OFF,
     NULL,
     {.ski = "aa", .cn = "alice"},
     "alice:cn=alice",
     NEVER,
     GRANT,
     "ski+der cn",
     EAS_MAP_CN,
     NULL},
    {"two with one SID", AD, AUTO, "sid", BOTH,
     "alice:sid=" SID "|bob:sid=" SID, NEVER, EAS_CERT_AMBIGUOUS, "sid", NOBODY,
     NULL},
    {"two registered",
     ANY,
     OFF,
     "ski sha1-pukey cn",
     {.ski = "aa", .key = "bb", .cn = "alice"},
     "alice:ski=X509:<SKI>aa|bob:sha1-pukey=X509:<SHA1-PUKEY>bb|alice:cn=alice",
     NEVER,
     EAS_CERT_AMBIGUOUS,
     "ski+sha1-pukey",
     NOBODY,
     NULL},
    {"a name that is not compared",
     ANY,
     OFF,
     "cn",
     {.cn = "alice "},
     "alice:cn=alice ",
     NEVER,
     EAS_CERT_UNMAPPED,
     "",
     NOBODY,
     "is not compared"},
    {"wildcards name nobody",
     ANY,
     OFF,
     "cn",
     {.cn = "*"},
     "alice:cn=alice",
     NEVER,
     EAS_CERT_UNMAPPED,
     "cn",
     NOBODY,
     NULL},
    {"a fault",
     ANY,
     OFF,
     "ski upn",
     {.ski = "aa", .upn = "!a NUL"},
     "alice:ski=X509:<SKI>aa",
     NEVER,
     EAS_CERT_MALFORMED,
     "",
     NOBODY,
     "a NUL"},
    {"several values",
     ANY,
     OFF,
     "upn",
     {.upn = "alice@x|alice@y"},
     "alice:upn=alice@x",
     NEVER,
     EAS_CERT_CONFLICT,
     "",
     NOBODY,
     "2 values"},

    /* By which of several. */
    {"first of two", AD, AUTO, "ski sha1-pukey", KEYS, "alice:ski=X509:<SKI>aa",
     NEVER, GRANT, "ski+sha1-pukey+sha1-pukey ski", EAS_MAP_SKI, NULL},
    {"last of two", AD, AUTO, "ski sha1-pukey", KEYS,
     "alice:sha1-pukey=X509:<SHA1-PUKEY>cc", NEVER, GRANT,
     "ski+sha1-pukey+sha1-pukey ski", EAS_MAP_SHA1_PUKEY, NULL},
    {"both, and the first is told", AD, AUTO, "sha1-pukey ski", KEYS,
     "alice:ski=X509:<SKI>aa|alice:sha1-pukey=X509:<SHA1-PUKEY>bb", NEVER,
     GRANT, "sha1-pukey+sha1-pukey+ski sha1-pukey+sha1-pukey",
     EAS_MAP_SHA1_PUKEY, NULL},
    {"one kind with two claims", AD, AUTO, "sha1-pukey", KEYS,
     "alice:sha1-pukey=X509:<SHA1-PUKEY>cc", NEVER, GRANT,
     "sha1-pukey+sha1-pukey", EAS_MAP_SHA1_PUKEY, NULL},
    {"the third of three",
     AD,
     AUTO,
     "ski sha1-pukey issuer-sid",
     {.ski = "aa", .key = "bb", .sid = SID, .issuer_ad = "CN=CA"},
     "alice:issuer-sid=X509:<I>CN=CA<SID>" SID,
     NEVER,
     GRANT,
     "ski+sha1-pukey+issuer-sid ski sha1-pukey",
     EAS_MAP_ISSUER_SID,
     NULL},
    {"silent while that is asked", AD, AUTO, "ski sha1-pukey", KEYS,
     "alice:ski=X509:<SKI>aa", 2, EAS_DIRECTORY_TIMEOUT, EAS_DIRECTORY_TIMEOUT,
     "ski+sha1-pukey+sha1-pukey ski", NOBODY, TOLD},

    /* What else it says. */
    {"both of one person", AD, AUTO, "sid upn", BOTH,
     "alice:sid=" SID "|alice:upn=alice@x", NEVER, GRANT, "sid upn",
     EAS_MAP_SID, NULL},
    {"a UPN from before a renaming", AD, AUTO, "sid upn", BOTH,
     "alice:sid=" SID, NEVER, GRANT, "sid upn", EAS_MAP_SID, NULL},
    {"the UPN of somebody else", AD, AUTO, "sid upn", BOTH,
     "alice:sid=" SID "|bob:upn=alice@x", NEVER, EAS_CERT_CONFLICT, "sid upn",
     NOBODY, "by sid it names one entry"},
    {"the UPN of two", AD, AUTO, "sid upn", BOTH,
     "alice:sid=" SID "|alice:upn=alice@x|bob:upn=alice@x", NEVER,
     EAS_CERT_CONFLICT, "sid upn", NOBODY, "by sid it names one entry"},
    {"a kind that is not in the list", AD, AUTO, "sid", BOTH,
     "alice:sid=" SID "|bob:upn=alice@x", NEVER, GRANT, "sid", EAS_MAP_SID,
     NULL},
    {"all of the rest at once",
     ANY,
     OFF,
     "sid ski upn email cn",
     {.sid = SID, .ski = "aa", .upn = "a@x", .email = "b@x", .cn = "c"},
     "alice:sid=" SID "|alice:upn=a@x",
     NEVER,
     GRANT,
     "sid ski+upn+email+cn",
     EAS_MAP_SID,
     NULL},
    {"a registration of somebody else",
     AD,
     AUTO,
     "sid ski",
     {.sid = SID, .ski = "aa"},
     "alice:sid=" SID "|bob:ski=X509:<SKI>aa",
     NEVER,
     EAS_CERT_CONFLICT,
     "sid ski",
     NOBODY,
     "by sid"},
    {"the certificate of one in the entry of another",
     ANY,
     OFF,
     "ski cn",
     {.ski = "aa", .cn = "bob"},
     "alice:ski=X509:<SKI>aa|bob:cn=bob",
     NEVER,
     EAS_CERT_CONFLICT,
     "ski cn",
     NOBODY,
     "by ski"},
    {"one of several UPNs is of somebody else",
     AD,
     AUTO,
     "sid upn",
     {.sid = SID, .upn = "alice@x|bob@x"},
     "alice:sid=" SID "|bob:upn=bob@x",
     NEVER,
     EAS_CERT_CONFLICT,
     "sid upn+upn",
     NOBODY,
     "by sid"},
    {"a faulty UPN says nothing",
     AD,
     AUTO,
     "sid upn",
     {.sid = SID, .upn = "!a NUL"},
     "alice:sid=" SID,
     NEVER,
     GRANT,
     "sid",
     EAS_MAP_SID,
     NULL},
    {"nor does a name that is not compared",
     AD,
     AUTO,
     "sid cn",
     {.sid = SID, .cn = " bob"},
     "alice:sid=" SID "|bob:cn= bob",
     NEVER,
     GRANT,
     "sid",
     EAS_MAP_SID,
     NULL},
    {"what was asked before is not asked again",
     ANY,
     OFF,
     "ski upn email",
     {.ski = "aa", .upn = "a@x", .email = "b@x"},
     "alice:upn=a@x|alice:email=b@x",
     NEVER,
     GRANT,
     "ski upn email",
     EAS_MAP_UPN,
     NULL},

    /* Strength. */
    {"weak, required on Active Directory", AD, AUTO, "sid upn", UPN,
     "alice:upn=alice@x", NEVER, EAS_CERT_WEAK, "", NOBODY,
     "a mapping by upn is weak"},
    {"weak elsewhere", ANY, AUTO, "sid upn", UPN, "alice:upn=alice@x", NEVER,
     GRANT, "upn", EAS_MAP_UPN, NULL},
    {"weak in FreeIPA", EAS_LDAP_FREEIPA, AUTO, "upn", UPN, "alice:upn=alice@x",
     NEVER, GRANT, "upn", EAS_MAP_UPN, NULL},
    {"weak in OpenLDAP", EAS_LDAP_OPENLDAP, AUTO, "upn", UPN,
     "alice:upn=alice@x", NEVER, GRANT, "upn", EAS_MAP_UPN, NULL},
    {"weak of nobody, required", ANY, REQUIRE, "upn", UPN, "", NEVER,
     EAS_CERT_WEAK, "", NOBODY, "a mapping by upn is weak"},
    {"weak, warned of", AD, WARN, "upn", UPN, "alice:upn=alice@x", NEVER, GRANT,
     "upn", EAS_MAP_UPN, "weak mapping by upn"},
    {"weak, warned of, of nobody", AD, WARN, "upn", UPN, "", NEVER,
     EAS_CERT_UNMAPPED, "upn", NOBODY, NULL},
    {"weak, and nobody cares", AD, OFF, "upn", UPN, "alice:upn=alice@x", NEVER,
     GRANT, "upn", EAS_MAP_UPN, NULL},
    {"strong, warned of nothing", AD, WARN, "sid upn", BOTH, "alice:sid=" SID,
     NEVER, GRANT, "sid upn", EAS_MAP_SID, NULL},
    {"strong registration before a weak name",
     AD,
     REQUIRE,
     "ski upn",
     {.ski = "aa", .upn = "a@x"},
     "alice:ski=X509:<SKI>aa",
     NEVER,
     GRANT,
     "ski upn",
     EAS_MAP_SKI,
     NULL},
    {"none, and a weak name",
     AD,
     REQUIRE,
     "ski upn",
     {.ski = "aa", .upn = "a@x"},
     "alice:upn=a@x",
     NEVER,
     EAS_CERT_WEAK,
     "ski",
     NOBODY,
     "a mapping by upn is weak"},
    {"weak registration, required",
     AD,
     AUTO,
     "subject-only",
     {.subject_ad = "CN=a"},
     "alice:subject-only=X509:<S>CN=a",
     NEVER,
     EAS_CERT_WEAK,
     "subject-only",
     NOBODY,
     "a mapping by subject-only"},
    {"weak registration of nobody",
     AD,
     AUTO,
     "subject-only ski",
     {.subject_ad = "CN=a", .ski = "aa"},
     "alice:ski=X509:<SKI>aa",
     NEVER,
     GRANT,
     "subject-only ski",
     EAS_MAP_SKI,
     NULL},
    {"weak registration, warned of",
     AD,
     WARN,
     "subject-only rfc822",
     {.subject_ad = "CN=a", .email = "a@x"},
     "alice:rfc822=X509:<RFC822>a@x",
     NEVER,
     GRANT,
     "subject-only+rfc822 subject-only",
     EAS_MAP_RFC822,
     "weak mapping by rfc822"},
    {"common name, required",
     ANY,
     REQUIRE,
     "cn",
     {.cn = "alice"},
     "alice:cn=alice",
     NEVER,
     EAS_CERT_WEAK,
     "",
     NOBODY,
     "by cn is weak"},
    {"template, required",
     ANY,
     REQUIRE,
     "(uid=%{CN})",
     {.parts = "CN=alice"},
     "alice:template=(uid=alice)",
     NEVER,
     EAS_CERT_WEAK,
     "",
     NOBODY,
     "by template is weak"},
    {"template",
     ANY,
     WARN,
     "(uid=%{CN})",
     {.parts = "CN=alice"},
     "alice:template=(uid=alice)",
     NEVER,
     GRANT,
     "template",
     EAS_MAP_TEMPLATE,
     "weak mapping by template"},

    /* A directory that does not answer, and answers it must not give. */
    {"silent", AD, AUTO, "sid upn", BOTH, "alice:sid=" SID, 1,
     EAS_DIRECTORY_TIMEOUT, EAS_DIRECTORY_TIMEOUT, "sid", NOBODY, TOLD},
    {"down for a registration",
     ANY,
     OFF,
     "ski cn",
     {.ski = "aa", .cn = "alice"},
     "alice:cn=alice",
     1,
     EAS_DIRECTORY_DOWN,
     EAS_DIRECTORY_DOWN,
     "ski",
     NOBODY,
     TOLD},
    {"silent at the second question", AD, AUTO, "sid upn", BOTH,
     "alice:sid=" SID, 2, EAS_DIRECTORY_TIMEOUT, EAS_DIRECTORY_TIMEOUT,
     "sid upn", NOBODY, TOLD},
    {"a grant is no answer", AD, AUTO, "sid", BOTH, "alice:sid=" SID, 1,
     EAS_GRANTED, EAS_INTERNAL_ERROR, "sid", NOBODY, TOLD},
    {"a grant is no answer to the second", AD, AUTO, "sid upn", BOTH,
     "alice:sid=" SID, 2, EAS_GRANTED, EAS_INTERNAL_ERROR, "sid upn", NOBODY,
     TOLD},
    {"nor is a state", AD, AUTO, "sid", BOTH, "alice:sid=" SID, 1,
     EAS_ACCOUNT_DISABLED, EAS_INTERNAL_ERROR, "sid", NOBODY, TOLD},
    {NULL, ANY, OFF, NULL, {NULL}, NULL, NEVER, GRANT, NULL, NOBODY, NULL},
};

/* A search of a certificate in a directory of these people. */
typedef struct world {
    fake fake;
    eas_directory directory;
    eas_cert_map map;
    eas_cert cert;
    eas_cert_search search;
    eas_identity *identity;
    const char *detail;
} world;

static void world_make(world *w, const row *r, apr_pool_t *pool)
{
    memset(w, 0, sizeof(*w));
    w->fake.people = fake_split(r->people, "|", pool);
    w->fake.fails_at = r->fails_at;
    w->fake.reason = r->fails;
    w->fake.trace = w->fake.wanted = "";
    w->directory.self = &w->fake;
    w->directory.type = r->type;
    w->directory.find_claimed = fake_find_claimed;
    if (r->map)
        fake_map(&w->map, r->map, pool);
    w->cert = fake_cert(&r->fields, pool);
    w->search = (eas_cert_search){&w->directory, &w->map, r->strong, &w->cert,
                                  "mail",        42,      pool};
}

static void row_check(const row *r, apr_pool_t *pool)
{
    world w;

    world_make(&w, r, pool);
    is_int(eas_cert_find(&w.search, &w.identity, &w.detail), r->expected,
           tap_row(r->name, "reason"));
    is_str(w.fake.trace, r->trace, tap_row(r->name, "what is asked"));
    is_str(w.identity ? w.identity->id : NULL,
           r->expected == GRANT ? "alice" : NULL, tap_row(r->name, "who"));
    is_int(w.identity ? w.identity->map : EAS_MAP_NONE, r->found_by,
           tap_row(r->name, "by what"));
    if (!ok(r->detail ? w.detail && strstr(w.detail, r->detail) : !w.detail,
            tap_row(r->name, "detail")))
        tap_show("     got", w.detail);
}

static void others_check(apr_pool_t *pool)
{
    static const row both = {
        "",        AD,    AUTO,
        "sid upn", BOTH,  "alice:sid=" SID "|alice:upn=alice@x",
        NEVER,     GRANT, "",
        NOBODY,    NULL};
    world w;

    world_make(&w, &both, pool);
    w.fake.claims_proof = 1;
    is_int(eas_cert_find(&w.search, &w.identity, &w.detail), GRANT, "both");
    is_str(w.fake.wanted, "mail-", "the attribute is read once");
    is_int(w.fake.deadline, 42, "the deadline is that of the search");
    is_int(w.identity->proof, EAS_PROOF_NONE, "finding proves nothing");

    world_make(&w, &both, pool);
    w.search.remote_attribute = NULL;
    is_int(eas_cert_find(&w.search, &w.identity, &w.detail), GRANT,
           "no attribute");
    is_str(w.fake.wanted, "--", "none is read");

    world_make(&w, &both, pool);
    w.fake.forgets_identity = 1;
    is_int(eas_cert_find(&w.search, &w.identity, &w.detail), EAS_INTERNAL_ERROR,
           "somebody without an identity");
    ok(!w.identity, "nobody comes of that");

    world_make(&w, &both, pool);
    w.directory.find_claimed = NULL;
    is_int(eas_cert_find(&w.search, &w.identity, &w.detail), EAS_MISCONFIGURED,
           "a directory that cannot be searched");
    ok(w.detail != NULL, "which is said");
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (const row *r = rows; r->name; r++)
        row_check(r, pool);
    others_check(pool);
    apr_terminate();
    return done_testing();
}
