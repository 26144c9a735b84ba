/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_sid.h"

#include <apr_general.h>

#include "cert_der.h"
#include "eas_cert_text.h"
#include "tap.h"

#define S "S-1-5-21-3623811015-3361044348-30300820-1013"
#define NONE "what is no SID"
#define FORM "a SID extension of another form"
#define ONE(text) "30{" SID_NAME("04'" text "'") "}"

static apr_pool_t *pool;

static const struct {
    const char *name;
    const char *contents;
    const char *sid;
    const char *fault;
} forms[] = {
    {"as Microsoft's CA writes it", ONE(S), S, NULL},
    {"its bytes, written out",
     "*303ea03c060a2b060104018237190201a02e042c532d312d352d32312d333632"
     "333831313031352d333336313034343334382d33303330303832302d31303133",
     S, NULL},
    {"nothing", "", NULL, FORM},
    {"an empty sequence", "30{}", NULL, FORM},
    {"two SIDs", "30{" SID_NAME("04'" S "'") SID_NAME("04'S-1-5-32'") "}", NULL,
     FORM},
    {"the same twice", "30{" SID_NAME("04'" S "'") SID_NAME("04'" S "'") "}",
     NULL, FORM},
    {"something beside it", "30{" SID_NAME("04'" S "'") "81'a@b'}", NULL, FORM},
    {"bytes behind it", ONE(S) "*00", NULL, FORM},
    {"an element behind it", ONE(S) "05:", NULL, FORM},
    {"bytes behind the octets", "30{" SID_NAME("04'" S "' 05:") "}", NULL,
     FORM},
    {"cut short", "*30", NULL, FORM},
    {"another length than there is", "*3010a000", NULL, FORM},
    {"a set", "31{" SID_NAME("04'" S "'") "}", NULL, FORM},
    {"another type", "30{a0{06:2b060104018237190202 a0{04'" S "'}}}", NULL,
     FORM},
    {"the type of the extension", "30{a0{06:2b0601040182371902 a0{04'" S "'}}}",
     NULL, FORM},
    {"a UPN in it", "30{" UPN("0c'" S "'") "}", NULL, FORM},
    {"not explicit", "30{a0{06:2b060104018237190201 80'" S "'}}", NULL, FORM},
    {"no value", "30{a0{06:2b060104018237190201}}", NULL, FORM},
    {"UTF8String", "30{" SID_NAME("0c'" S "'") "}", NULL, FORM},
    {"PrintableString", "30{" SID_NAME("13'" S "'") "}", NULL, FORM},
    {"constructed octets", "30{" SID_NAME("24{04'S-1-5' 04'-21-7'}") "}", NULL,
     FORM},
    {"a longer length than needed", "*30813e " SID_NAME("04'" S "'"), NULL,
     FORM},
    {"an indefinite length", "*3080 " SID_NAME("04'" S "'") "*0000", NULL, FORM},
    {"empty octets", ONE(""), NULL, NONE},
    {"NUL behind it", "30{" SID_NAME("04{*532d312d352d37 *00}") "}", NULL,
     NONE},
    {"NUL in it", "30{" SID_NAME("04{*532d312d352d37 *00 *2d38}") "}", NULL,
     NONE},
    {"NUL alone", "30{" SID_NAME("04:00") "}", NULL, NONE},
    {"binary", "30{" SID_NAME("04:010100000000000512000000") "}", NULL, NONE},
    {"a line end", "30{" SID_NAME("04{*532d312d352d37 *0a}") "}", NULL, NONE},
};

static const struct {
    const char *text;
    int good;
} texts[] = {
    {S, 1},
    {"S-1-5-18", 1},
    {"S-1-0-0", 1},
    {"S-1-12-1-1111111111-2222222222-3333333333-444444444", 1},
    {"S-1-5-4294967295", 1},
    {"S-1-4294967295-1", 1},
    {"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15", 1},
    {"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", 0},
    {"S-1-5-4294967296", 0},
    {"S-1-4294967296-1", 0},
    {"S-1-5-18446744073709551617", 0},
    {"S-1-5-99999999999999999999999999999999999999999999", 0},
    {"", 0},
    {"S", 0},
    {"S-1", 0},
    {"S-1-", 0},
    {"S-1-5", 0},
    {"S-1-5-", 0},
    {"S-1--5", 0},
    {"S-1-5--7", 0},
    {"S-1-5-7-", 0},
    {"S-1-5-07", 0},
    {"S-1-05-7", 0},
    {"S-1-5-00", 0},
    {"s-1-5-7", 0},
    {"S-2-5-7", 0},
    {"S-01-5-7", 0},
    {"S-1-0x5-7", 0},
    {"S-1-5-0x7", 0},
    {"S-1-5-+7", 0},
    {"S-1-5--7", 0},
    {"S-1-5- 7", 0},
    {" S-1-5-7", 0},
    {"S-1-5-7 ", 0},
    {"S-1-5-7)(cn=*", 0},
    {"S-1-5-7*", 0},
    {"S-1-5-7\\2a", 0},
    {"S-1-5-7,S-1-5-8", 0},
    {"S-1-5-\xd9\xa7", 0},
};

static const char *only(const eas_cert_values *field)
{
    return field->values->nelts == 1
               ? APR_ARRAY_IDX(field->values, 0, const char *)
               : NULL;
}

static void check_forms(void)
{
    size_t i;

    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        der_text contents = der_make(forms[i].contents, pool);
        eas_cert_values field;

        eas_cert_values_init(&field, pool);
        eas_cert_sid_read(contents.bytes, contents.length, pool, &field);
        is_str(only(&field), forms[i].sid, tap_row(forms[i].name, "SID"));
        is_str(field.fault, forms[i].fault, tap_row(forms[i].name, "fault"));
    }
}

static void check_texts(void)
{
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        eas_cert_values field;

        eas_cert_values_init(&field, pool);
        eas_cert_sid_add(&field, texts[i].text);
        is_str(only(&field), texts[i].good ? texts[i].text : NULL,
               tap_row(texts[i].text, "SID"));
        is_str(field.fault, texts[i].good ? NULL : NONE,
               tap_row(texts[i].text, "fault"));
    }
}

/* Each byte of a good one changed or left out: a SID or a fault, never both,
 * and no other number of digits taken for the same. */
static void check_changes(void)
{
    der_text good = der_make(ONE(S), pool);
    int misread = 0;
    size_t i;
    int bit;

    for (i = 0; i < good.length; i++) {
        for (bit = 0; bit < 8; bit++) {
            eas_cert_values field;

            eas_cert_values_init(&field, pool);
            good.bytes[i] ^= (unsigned char)(1 << bit);
            eas_cert_sid_read(good.bytes, good.length, pool, &field);
            good.bytes[i] ^= (unsigned char)(1 << bit);
            misread += (only(&field) != NULL) == (field.fault != NULL)
                       || (only(&field) && !strcmp(only(&field), S));
        }
    }
    is_int(misread, 0, "one bit changed");
    for (i = 0; i < good.length; i++) {
        eas_cert_values field;

        eas_cert_values_init(&field, pool);
        eas_cert_sid_read(good.bytes, i, pool, &field);
        misread += field.fault == NULL || only(&field) != NULL;
    }
    is_int(misread, 0, "cut short");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    check_forms();
    check_texts();
    check_changes();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
