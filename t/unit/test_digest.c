/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of credentials, and the keys they are made with: as the RFCs say. */
#include <stdatomic.h>

#include <apr_general.h>
#include <apr_thread_proc.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "eas_derive.h"
#include "eas_digest.h"
#include "tap.h"

static const char secret[] = "a secret of more than sixteen bytes";
static const eas_key alice = {{1, 2}};
static const eas_key bob = {{1, 3}};
static apr_pool_t *pool;

/* RFC 5869, appendix A.1 and A.3; the latter has neither salt nor info. */
static void test_derive(void)
{
    static const unsigned char expected[2][42] = {
        {0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f,
         0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a,
         0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf, 0x34,
         0x00, 0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18, 0x58, 0x65},
        {0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80,
         0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8, 0xa1, 0x1f, 0x5c, 0x5e, 0xe1,
         0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d, 0x9d,
         0x20, 0x13, 0x95, 0xfa, 0xa4, 0xb6, 0x1a, 0x96, 0xc8}};
    static const unsigned char salt[] = {0, 1, 2, 3,  4,  5, 6,
                                         7, 8, 9, 10, 11, 12};
    unsigned char key[22];
    unsigned char out[42];

    memset(key, 0x0b, sizeof(key));
    is_int(eas_derive(key, sizeof(key), salt, sizeof(salt),
                      "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", out,
                      sizeof(out)),
           APR_SUCCESS, "RFC 5869 A.1");
    ok(!memcmp(out, expected[0], sizeof(out)), "RFC 5869 A.1: the key");
    is_int(eas_derive(key, sizeof(key), NULL, 0, "", out, sizeof(out)),
           APR_SUCCESS, "RFC 5869 A.3");
    ok(!memcmp(out, expected[1], sizeof(out)), "RFC 5869 A.3: the key");
}

static eas_digest *make(const char *with)
{
    eas_digest *digest = NULL;

    eas_digest_make(with, strlen(with), pool, &digest);
    return digest;
}

static eas_digest_value of(eas_digest *digest, const eas_key *account,
                           const char *password)
{
    eas_digest_value value = {{0}};

    eas_digest_of(digest, account, password, &value);
    return value;
}

/* What OpenSSL's own HMAC says. */
static eas_digest_value expected(const eas_key *account, const char *password)
{
    eas_digest_value value = {{0}};
    unsigned char key[EAS_DIGEST_SIZE];
    unsigned char text[1024];
    unsigned length = 0;

    eas_derive(secret, strlen(secret), NULL, 0, "mod_eas_auth credential 1",
               key, sizeof(key));
    memcpy(text, account, sizeof(*account));
    memcpy(text + sizeof(*account), password, strlen(password));
    HMAC(EVP_sha256(), key, sizeof(key), text,
         sizeof(*account) + strlen(password), value.bytes, &length);
    return value;
}

static const char *password_of(int length)
{
    static char password[512];

    memset(password, 'p', sizeof(password));
    password[length] = '\0';
    return password;
}

static void test_hmac(eas_digest *digest)
{
    for (int length = 0; length < 300; length += 13) {
        const char *password = password_of(length);
        const eas_digest_value a = of(digest, &alice, password);
        const eas_digest_value b = expected(&alice, password);

        ok(eas_digest_is(&a, &b), "HMAC-SHA-256");
    }
}

static const struct {
    const char *name;
    const char *secret;
    const eas_key *account;
    const char *password;
    int same; /* as alice, wonder under the secret */
} rows[] = {
    {"the same", secret, &alice, "wonder", 1},
    {"another password", secret, &alice, "wander", 0},
    {"a longer one", secret, &alice, "wonder ", 0},
    {"none", secret, &alice, "", 0},
    {"another account", secret, &bob, "wonder", 0},
    {"another secret", "a secret of more than sixteen bytez", &alice, "wonder",
     0},
};

static void test_rows(eas_digest *digest)
{
    const eas_digest_value value = of(digest, &alice, "wonder");

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const eas_digest_value made =
            of(make(rows[i].secret), rows[i].account, rows[i].password);

        is_int(eas_digest_is(&value, &made), rows[i].same, rows[i].name);
    }
    for (int i = 0; i < EAS_DIGEST_SIZE; i++) {
        eas_digest_value other = value;

        other.bytes[i] ^= 1;
        ok(!eas_digest_is(&value, &other), "every byte counts");
    }
}

enum { THREADS = 8, ROUNDS = 2000 };

static eas_digest *shared;
static atomic_int good;

static void *APR_THREAD_FUNC digest_all(apr_thread_t *thread, void *unused)
{
    const eas_digest_value a = expected(&alice, "wonder");
    const eas_digest_value b = expected(&bob, "builder");

    (void)thread;
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        const eas_digest_value x = of(shared, &alice, "wonder");
        const eas_digest_value y = of(shared, &bob, "builder");

        if (eas_digest_is(&a, &x) && eas_digest_is(&b, &y)) {
            atomic_fetch_add(&good, 1);
        }
    }
    return NULL;
}

static void test_threads(eas_digest *digest)
{
    apr_thread_t *threads[THREADS];
    apr_status_t rv = APR_SUCCESS;

    shared = digest;
    for (int i = 0; i < THREADS; i++) {
        apr_thread_create(&threads[i], NULL, digest_all, NULL, pool);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    is_int(atomic_load(&good), THREADS * ROUNDS, "threads do not mix them");
}

int main(void)
{
    eas_digest *digest = NULL;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_derive();
    is_int(eas_digest_make("fifteen bytes..", 15, pool, &digest), APR_EINVAL,
           "a secret is long");
    ok(digest == NULL, "untouched");
    digest = make(secret);
    test_hmac(digest);
    test_rows(digest);
    test_threads(digest);
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
