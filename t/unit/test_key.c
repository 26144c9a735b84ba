/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of tables: equal for equal parts, and for nothing else. */
#include <apr_general.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "eas_key.h"
#include "tap.h"

static const eas_key_secret secret = {"sixteen bytes..."};
static const eas_key_secret other = {"sixteen bytes.!."};

static eas_key of(const eas_key_secret *with, char kind, const char *a,
                  const char *b)
{
    const eas_span parts[] = {eas_span_text(a), eas_span_text(b)};

    return eas_key_make(with, kind, parts, 2);
}

static char long_a[3001];
static char long_b[3001];

static const struct {
    const char *name;
    const eas_key_secret *secret;
    char kind;
    const char *a;
    const char *b;
    int same; /* as alice, wonder under the first secret */
} rows[] = {
    {"the same", &secret, 'c', "alice", "wonder", 1},
    {"another secret", &other, 'c', "alice", "wonder", 0},
    {"another kind", &secret, 'd', "alice", "wonder", 0},
    {"another text", &secret, 'c', "alice", "wander", 0},
    {"parts divided elsewhere", &secret, 'c', "alicew", "onder", 0},
    {"parts the other way round", &secret, 'c', "wonder", "alice", 0},
    {"an empty part", &secret, 'c', "alice", "", 0},
    {"a missing part", &secret, 'c', "alice", NULL, 0},
};

static void test_long(void)
{
    eas_key a;
    eas_key b;

    memset(long_a, 'x', sizeof(long_a) - 1);
    memset(long_b, 'x', sizeof(long_b) - 1);
    a = of(&secret, 'c', long_a, "p");
    b = of(&secret, 'c', long_b, "p");
    ok(eas_key_is(&a, &b), "more than is hashed at once: the same");
    for (int i = 0; i < 3000; i += 250) {
        long_b[i] = 'y';
        b = of(&secret, 'c', long_b, "p");
        ok(!eas_key_is(&a, &b), "every part of it counts");
        long_b[i] = 'x';
    }
    b = of(&secret, 'c', long_b, "q");
    ok(!eas_key_is(&a, &b), "and what comes after it");
}

static void test_text(void)
{
    const eas_key a = eas_key_text(&secret, "alice");
    const eas_key b = eas_key_text(&secret, "alice");
    const eas_key c = eas_key_text(&secret, "alicf");
    const eas_key d = eas_key_text(&other, "alice");

    ok(eas_key_is(&a, &b), "a text: the same");
    ok(!eas_key_is(&a, &c), "another text");
    ok(!eas_key_is(&a, &d), "another secret");
}

/* As OpenSSL does it. */
static void siphash(const void *text, size_t length, unsigned char out[16])
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    size_t size = 16;
    const OSSL_PARAM given[] = {
        OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
        OSSL_PARAM_construct_end()};

    ok(EVP_MAC_init(context, secret.bytes, sizeof(secret.bytes), given)
           && EVP_MAC_update(context, text, length)
           && EVP_MAC_final(context, out, &size, 16),
       "OpenSSL hashes");
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
}

static int is_same(const eas_key *key, const unsigned char bytes[16])
{
    int same = 1;

    for (int i = 0; i < 16; i++) {
        same &= (key->word[i / 8] >> (8 * (i % 8)) & 0xff) == bytes[i];
    }
    return same;
}

static size_t add_number(unsigned char *to, size_t number)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (unsigned char)(number >> (8 * i));
    }
    return 8;
}

/* Texts of each length, and parts that end anywhere in a word. */
static void test_siphash(void)
{
    const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    unsigned char text[128];
    unsigned char expected[16];
    char part[sizeof(letters)];

    for (size_t i = 0; i < sizeof(letters); i++) {
        const eas_span parts[] = {{letters, i}, {letters, 9}};
        const eas_key made = eas_key_make(&secret, 'k', parts, 2);
        size_t used = 8;
        eas_key key;

        memcpy(part, letters, i);
        part[i] = '\0';
        key = eas_key_text(&secret, part);
        siphash(letters, i, expected);
        ok(is_same(&key, expected), "a text, as OpenSSL hashes it");
        memset(text, 0, sizeof(text));
        text[0] = 'k';
        for (int j = 0; j < 2; j++) {
            used += add_number(text + used, parts[j].length);
            memcpy(text + used, letters, parts[j].length);
            used += (parts[j].length + 7) / 8 * 8;
        }
        siphash(text, used, expected);
        ok(is_same(&made, expected), "parts, as OpenSSL hashes them");
    }
}

int main(void)
{
    const eas_key key = of(&secret, 'c', "alice", "wonder");
    const eas_key none = {{0, 0}};
    const eas_key half = {{key.word[0], 0}};

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const eas_key made =
            of(rows[i].secret, rows[i].kind, rows[i].a, rows[i].b);

        is_int(eas_key_is(&key, &made), rows[i].same, rows[i].name);
    }
    ok(!eas_key_is(&key, &none), "a key is not none");
    ok(!eas_key_is(&key, &half), "both halves count");
    ok(key.word[0] != key.word[1], "and are not the same");
    test_long();
    test_text();
    test_siphash();
    return done_testing();
}
