/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_client_cert.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "eas_base64.h"
#include "eas_cert.h"
#include "tap.h"

static apr_pool_t *pool;

#define BEGINS "it does not begin with a colon, as :BASE64: does"
#define ENDS "it does not end with a colon, as :BASE64: does"
#define EMPTY "there is nothing between its colons"
#define BASE64 "what is between its colons is not base64"
#define BEHIND "there is something behind its last colon"
#define TWO "there is more than one certificate in it"
#define BETWEEN "there is something other than a comma between two certificates"
#define COMMA "it ends with a comma"
#define MANY "there are more certificates in it than any chain has"
#define LONG "it is too long for a certificate"

/* What each field makes of a value: the bytes (with `|` between those of a
 * chain), or what is wrong. */
static const struct {
    const char *name;
    const char *value;
    const char *one;
    const char *chain;
} rows[] = {
    {"one", ":Zm9v:", "foo", "foo"},
    {"with padding", ":Zm9vYg==:", "foob", "foob"},
    {"without its padding", ":Zm9vYg:", "foob", "foob"},
    {"of plus and slash", ":+/+/:", "\xfb\xff\xbf", "\xfb\xff\xbf"},
    {"spaces around it", "  :Zm9v:  ", "foo", "foo"},
    {"nothing", "", BEGINS, BEGINS},
    {"spaces alone", "   ", BEGINS, BEGINS},
    {"a tab before it", "\t:Zm9v:", BEGINS, BEGINS},
    {"a tab behind it", ":Zm9v:\t", BEHIND, BETWEEN},
    {"no colon at all", "Zm9v", BEGINS, BEGINS},
    {"no first colon", "Zm9v:", BEGINS, BEGINS},
    {"no last colon", ":Zm9v", ENDS, ENDS},
    {"one colon", ":", ENDS, ENDS},
    {"two colons", "::", EMPTY, EMPTY},
    {"padding alone", ":====:", BASE64, BASE64},
    {"three of padding", ":Zg===:", BASE64, BASE64},
    {"half the padding", ":Zm9vYg=:", BASE64, BASE64},
    {"padding in the middle", ":Zg==Zg==:", BASE64, BASE64},
    {"bits left over", ":Zm9vYh==:", BASE64, BASE64},
    {"one character", ":Z:", BASE64, BASE64},
    {"a space inside", ":Zm 9v:", BASE64, BASE64},
    {"the URL alphabet", ":-_-_:", BASE64, BASE64},
    {"a quoted text", "\"Zm9v\"", BEGINS, BEGINS},
    {"PEM", "-----BEGIN CERTIFICATE----- Zm9v -----END CERTIFICATE-----",
     BEGINS, BEGINS},
    {"PEM between colons", ":-----BEGIN CERTIFICATE-----:", BASE64, BASE64},
    {"percent encoding", "%3AZm9v%3A", BEGINS, BEGINS},
    {"a byte above ASCII", ":Zm9\xff:", BASE64, BASE64},
    {"a parameter", ":Zm9v:;a=1", BEHIND, BETWEEN},
    {"a letter behind it", ":Zm9v:x", BEHIND, BETWEEN},
    {"a third colon", ":Zm9v::", BEHIND, BETWEEN},
    {"two", ":Zm9v:, :YmFy:", TWO, "foo|bar"},
    {"two without a blank", ":Zm9v:,:YmFy:", TWO, "foo|bar"},
    {"tabs around the comma", ":Zm9v:\t,\t:YmFy:", TWO, "foo|bar"},
    {"the same one twice", ":Zm9v:, :Zm9v:", TWO, "foo|foo"},
    {"two without a comma", ":Zm9v: :YmFy:", BEHIND, BETWEEN},
    {"a comma at the end", ":Zm9v:,", TWO, COMMA},
    {"a comma and a blank at the end", ":Zm9v:, ", TWO, COMMA},
    {"a comma at the beginning", ",:Zm9v:", BEGINS, BEGINS},
    {"two commas", ":Zm9v:,,:YmFy:", TWO, BEGINS},
    {"the second is a token", ":Zm9v:, bar", TWO, BEGINS},
    {"the second is broken", ":Zm9v:, :Ym?y:", TWO, BASE64},
    {"an inner list", "(:Zm9v:)", BEGINS, BEGINS},
};

static const char *shown(const eas_der *der)
{
    return apr_pstrmemdup(pool, (const char *)der->bytes, der->length);
}

static const char *one_of(const char *value)
{
    static const eas_der untouched = {NULL, 7};
    eas_der der = untouched;
    const char *error = eas_client_cert_parse(value, pool, &der);

    if (error) {
        return der.bytes == NULL && der.length == 7 ? error : "touched";
    }
    return shown(&der);
}

static const char *chain_of(const char *value)
{
    const apr_array_header_t *ders = NULL;
    const char *error = eas_client_cert_chain_parse(value, pool, &ders);
    const char *text = "";

    if (error) {
        return ders == NULL ? error : "touched";
    }
    for (int i = 0; i < ders->nelts; i++) {
        text = apr_pstrcat(pool, text, i ? "|" : "",
                           shown(&APR_ARRAY_IDX(ders, i, eas_der)), NULL);
    }
    return text;
}

/* So many bytes of zero as a Byte Sequence. */
static const char *zeros(apr_size_t length)
{
    const apr_size_t rest = length % 3;
    char *text = apr_palloc(pool, length / 3 * 4 + 7);
    char *end = text;

    *end++ = ':';
    for (apr_size_t i = 0; i < length / 3 * 4; i++) {
        *end++ = 'A';
    }
    memcpy(end,
           rest == 0   ? ":"
           : rest == 1 ? "AA:"
                       : "AAA:",
           rest ? rest + 3 : 2);
    return text;
}

static const char *repeated(const char *member, int count)
{
    const char *text = member;

    while (--count > 0) {
        text = apr_pstrcat(pool, text, ", ", member, NULL);
    }
    return text;
}

static void test_bounds(void)
{
    eas_der der = {NULL, 0};

    ok(!eas_client_cert_parse(zeros(EAS_CERT_LENGTH_HIGH), pool, &der)
           && der.length == EAS_CERT_LENGTH_HIGH,
       "a certificate of the greatest length");
    is_str(one_of(zeros(EAS_CERT_LENGTH_HIGH + 1)), LONG, "one byte more");
    is_str(one_of(zeros(EAS_CERT_LENGTH_HIGH + 2)), LONG, "two bytes more");
    is_str(one_of(zeros((apr_size_t)10 * EAS_CERT_LENGTH_HIGH)), LONG,
           "and ten times as many");
    is_str(chain_of(zeros(EAS_CERT_LENGTH_HIGH + 1)), LONG,
           "in a chain as well");
    is_str(chain_of(repeated(":YQ:", EAS_CLIENT_CERT_CHAIN_HIGH)),
           "a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a", "as many as there may be");
    is_str(chain_of(repeated(":YQ:", EAS_CLIENT_CERT_CHAIN_HIGH + 1)), MANY,
           "one more");
}

static void test_base64(void)
{
    char bytes[EAS_BASE64_ROOM(8)];
    apr_size_t length = 7;

    ok(!eas_base64_decode("", 0, bytes, &length) && length == 7,
       "base64: nothing is nothing");
    ok(!eas_base64_decode("Zm9vYg=", 7, bytes, &length) && length == 7,
       "base64: untouched on failure");
    ok(eas_base64_decode("Zm9v!!", 4, bytes, &length) && length == 3,
       "base64: as long as it is said to be");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(one_of(rows[i].value), rows[i].one,
               tap_row(rows[i].name, "Client-Cert"));
        is_str(chain_of(rows[i].value), rows[i].chain,
               tap_row(rows[i].name, "Client-Cert-Chain"));
    }
    test_bounds();
    test_base64();
    return done_testing();
}
