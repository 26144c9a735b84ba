/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of tables: equal for equal parts, and for nothing else. */
#include <apr_general.h>

#include "eas_key.h"
#include "tap.h"

static const eas_key_secret secret = {"one secret of thirty-two bytes.."};
static const eas_key_secret other = {"one secret of thirty-two bytes!."};

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
    return done_testing();
}
