/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert.h"

#include <apr_general.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "cert_der.h"
#include "tap.h"

#define SID "S-1-5-21-3623811015-3361044348-30300820-1013"
#define SID_FORM "!a SID extension of another form"
#define NO_SID "!what is no SID"
#define NO_UPN "!what is no principal name"
#define NO_MAIL "!what is no mail address"
#define NO_DEVICE "!what is no device"
#define UNREAD "!a text that cannot be read, or in more than one way"
#define CONTROL "!a control character"
#define EMPTY "!an empty value"
#define UNREADABLE "an extension cannot be read"
#define SERIAL "the serial number is negative or too long"

#define JANE UPN("0c'jane@example.test'")

#define EKU(oids) EXTENSION("551d25", "30{" oids "}")
#define CLIENT "06:2b06010505070302 "
#define KU(bits) CRITICAL("551d0f", bits)
#define BASIC(contents) CRITICAL("551d13", "30{" contents "}")
#define SKI(octets) EXTENSION("551d0e", octets)

static apr_pool_t *pool;

static eas_reason read_der(der_text der, const eas_cert **cert,
                           const char **detail)
{
    /* A block of that size, for the sanitizers. */
    unsigned char *bytes = malloc(der.length ? der.length : 1);
    eas_reason reason;

    memcpy(bytes, der.bytes, der.length);
    reason = eas_cert_read(bytes, der.length, pool, cert, detail);
    free(bytes);
    return reason;
}

static const char *show(const char *name, const eas_cert_values *field)
{
    if (!field->values->nelts && !field->fault) {
        return "";
    }
    return apr_pstrcat(
        pool, " ", name, "=", apr_array_pstrcat(pool, field->values, '|'),
        field->fault ? "!" : "", field->fault ? field->fault : "", NULL);
}

/* What it says, such as " upn=jane@example.test cn=jane". */
static const char *facts_of(const eas_cert *cert)
{
    return apr_pstrcat(pool, show("sid", &cert->sid), show("upn", &cert->upn),
                       show("email", &cert->email), show("cn", &cert->cn),
                       show("device", &cert->device), NULL);
}

/* The extensions of a certificate of CN=jane, and what it says beside that. */
static const struct {
    const char *name;
    const char *extensions;
    const char *facts; /* up to " cn=jane" */
    const char *device;
} rows[] = {
    {"nothing", NULL, "", ""},
    {"all kinds",
     SID_OF(SID) SAN(JANE MAIL("jane@example.test") URI("urn:eas-device:abc1")),
     " sid=" SID " upn=jane@example.test email=jane@example.test",
     " device=abc1"},
    {"a critical SAN", CRITICAL("551d11", "30{" JANE "}"),
     " upn=jane@example.test", ""},
    {"other kinds of names",
     SAN("82'example.test' 87:7f000001 88:2a03 a4{30{" CN(
         "root") "}} "
                 "a0{06:2a03 a0{0c'root@example.test'}}"),
     "", ""},
    {"an empty SAN", SAN(""), "", ""},
    /* UPN. */
    {"UPN with umlaut", SAN(UPN("0c'j\xc3\xbcrgen@example.test'")),
     " upn=j\xc3\xbcrgen@example.test", ""},
    {"UPN as BMPString", SAN(UPN("1e:006a004000fc")), " upn=j@\xc3\xbc", ""},
    {"UPN as IA5String", SAN(UPN("16'j@x'")), " upn=j@x", ""},
    {"UPN as IA5String of Latin-1", SAN(UPN("16'\xfc@x'")), " upn=" UNREAD, ""},
    {"UPN as PrintableString", SAN(UPN("13'j@x'")), " upn=j@x", ""},
    {"UPN as TeletexString", SAN(UPN("14'j@x'")),
     " upn=!a principal name that is no text", ""},
    {"UPN as octets", SAN(UPN("04'j@x'")),
     " upn=!a principal name that is no text", ""},
    {"UPN as a sequence", SAN(UPN("30{0c'j@x'}")),
     " upn=!a principal name that is no text", ""},
    {"UPN as NULL", SAN(UPN("05:")), " upn=!a principal name that is no text",
     ""},
    {"UPN as truth", SAN(UPN("01:ff")),
     " upn=!a principal name that is no text", ""},
    {"UPN with NUL", SAN(UPN("0c{*6a4078 *00 *79}")), " upn=" CONTROL, ""},
    {"UPN with NUL behind", SAN(UPN("0c{*6a4078 *00}")), " upn=" CONTROL, ""},
    {"UPN with a newline", SAN(UPN("0c'j@x\n'")), " upn=" CONTROL, ""},
    {"UPN of ill-formed UTF-8", SAN(UPN("0c'j\xfc@x'")), " upn=" UNREAD, ""},
    {"UPN of overlong UTF-8", SAN(UPN("0c'j\xc0\xaa@x'")), " upn=" UNREAD, ""},
    {"UPN of surrogates", SAN(UPN("0c'\xed\xa0\xbd@x'")), " upn=" UNREAD, ""},
    {"UPN, empty", SAN(UPN("0c''")), " upn=" EMPTY, ""},
    {"UPN without @", SAN(UPN("0c'jane'")), " upn=" NO_UPN, ""},
    {"UPN without a name", SAN(UPN("0c'@example.test'")), " upn=" NO_UPN, ""},
    {"UPN without a domain", SAN(UPN("0c'jane@'")), " upn=" NO_UPN, ""},
    {"UPN with a space behind", SAN(UPN("0c'jane@x '")), " upn=" NO_UPN, ""},
    {"UPN with a no-break space before", SAN(UPN("0c'\xc2\xa0j@x'")),
     " upn=" NO_UPN, ""},
    {"UPN of a filter", SAN(UPN("0c'*)(cn=*@x'")), " upn=*)(cn=*@x", ""},
    {"two UPNs", SAN(JANE UPN("0c'root@example.test'")),
     " upn=jane@example.test|root@example.test", ""},
    {"the same UPN twice", SAN(JANE JANE), " upn=jane@example.test", ""},
    {"the same UPN in another case", SAN(JANE UPN("0c'Jane@EXAMPLE.test'")),
     " upn=jane@example.test", ""},
    {"another UPN by a letter beyond ASCII",
     SAN(UPN("0c'\xc3\xa4@x'") UPN("0c'\xc3\x84@x'")),
     " upn=\xc3\xa4@x|\xc3\x84@x", ""},
    {"a good and a bad UPN", SAN(JANE UPN("0c''")),
     " upn=jane@example.test" EMPTY, ""},
    {"a bad and a good UPN", SAN(UPN("0c''") JANE),
     " upn=jane@example.test" EMPTY, ""},
    /* Mail. */
    {"mail", SAN(MAIL("jane@example.test")), " email=jane@example.test", ""},
    {"mail of the same in another case",
     SAN(MAIL("jane@example.test") MAIL("JANE@example.TEST")),
     " email=jane@example.test", ""},
    {"two mails", SAN(MAIL("jane@example.test") MAIL("root@example.test")),
     " email=jane@example.test|root@example.test", ""},
    {"mail with NUL", SAN("81{*6a4078 *00 *2e79}"), " email=" CONTROL, ""},
    {"mail of UTF-8", SAN(MAIL("j\xc3\xbc@x")), " email=" UNREAD, ""},
    {"mail, empty", SAN(MAIL("")), " email=" EMPTY, ""},
    {"mail without @", SAN(MAIL("jane")), " email=" NO_MAIL, ""},
    {"mail without a name", SAN(MAIL("@example.test")), " email=" NO_MAIL, ""},
    {"mail without a domain", SAN(MAIL("jane@")), " email=" NO_MAIL, ""},
    {"mail with two @", SAN(MAIL("jane@a@b")), " email=" NO_MAIL, ""},
    {"mail, quoted", SAN(MAIL("\"jane\"@b")), " email=" NO_MAIL, ""},
    {"mail with a name", SAN(MAIL("Jane <jane@b>")), " email=" NO_MAIL, ""},
    {"mail, two in one", SAN(MAIL("jane@b,root@b")), " email=" NO_MAIL, ""},
    {"mail with a space", SAN(MAIL("jane@b ")), " email=" NO_MAIL, ""},
    {"mail of the subject does not count", SAN("82'x'"), "", ""},
    /* SID. */
    {"SID", SID_OF(SID), " sid=" SID, ""},
    {"SID, critical",
     CRITICAL("2b0601040182371902", "30{" SID_NAME("04'S-1-5-7'") "}"),
     " sid=S-1-5-7", ""},
    {"SID as URI", SAN(URI(SID_TAG SID)), " sid=" SID, ""},
    {"SID in both", SID_OF(SID) SAN(URI(SID_TAG SID)), " sid=" SID, ""},
    {"another SID in each", SID_OF("S-1-5-7") SAN(URI(SID_TAG "S-1-5-8")),
     " sid=S-1-5-8|S-1-5-7", ""},
    {"two SIDs as URI", SAN(URI(SID_TAG "S-1-5-7") URI(SID_TAG "S-1-5-8")),
     " sid=S-1-5-7|S-1-5-8", ""},
    {"a bad extension and a good URI",
     SID_EXTENSION("30{}") SAN(URI(SID_TAG SID)), " sid=" SID SID_FORM, ""},
    {"a good extension and a bad URI", SID_OF(SID) SAN(URI(SID_TAG "S-1")),
     " sid=" SID NO_SID, ""},
    {"SID as URI, nothing", SAN(URI(SID_TAG)), " sid=" NO_SID, ""},
    {"SID as URI, more behind", SAN(URI(SID_TAG "S-1-5-7;x")), " sid=" NO_SID,
     ""},
    {"SID as URI, encoded", SAN(URI(SID_TAG "S%2D1-5-7")), " sid=" NO_SID, ""},
    {"SID as URI in another case",
     SAN(URI("TAG:Microsoft.com,2022-09-14:SID:S-1-5-7")),
     " sid=!the tag of a SID in another case", ""},
    {"SID as URI with NUL",
     SAN("86{*7461673a6d6963726f736f66742e636f6d2c323032"
         "322d30392d31343a7369643a532d312d352d37 *00}"),
     " sid=" CONTROL, ""},
    {"SID as a tag of another day",
     SAN(URI("tag:microsoft.com,2022-09-15:sid:S-1-5-7")), "", ""},
    {"SID as a tag of others",
     SAN(URI("tag:example.test,2022-09-14:sid:S-1-5-7")), "", ""},
    {"SID as a part of a URI", SAN(URI("x" SID_TAG "S-1-5-7")), "", ""},
    {"SID as mail", SAN(MAIL(SID_TAG "S-1-5-7")), " email=" NO_MAIL, ""},
    {"the SID's own name as a SAN", SAN(SID_NAME("04'S-1-5-7'")), "", ""},
    /* Devices. */
    {"device", SAN(URI("urn:eas-device:ApplF17K1P5BF8H4")), "",
     " device=ApplF17K1P5BF8H4"},
    {"device in capitals", SAN(URI("URN:EAS-Device:a1")), "", " device=a1"},
    {"two devices", SAN(URI("urn:eas-device:a1") URI("urn:eas-device:A1")), "",
     " device=a1|A1"},
    {"the same device twice",
     SAN(URI("urn:eas-device:a1") URI("URN:eas-device:a1")), "", " device=a1"},
    {"no device", SAN(URI("urn:eas-device:")), "", " device=" NO_DEVICE},
    {"device of more", SAN(URI("urn:eas-device:a1?x")), "",
     " device=" NO_DEVICE},
    {"device with a space", SAN(URI("urn:eas-device:a1 ")), "",
     " device=" NO_DEVICE},
    {"device, encoded", SAN(URI("urn:eas-device:a%31")), "",
     " device=" NO_DEVICE},
    {"device with NUL", SAN("86{*75726e3a6561732d6465766963653a6131 *00}"), "",
     " device=" CONTROL},
    {"device of 64",
     SAN(URI(
         "urn:eas-device:"
         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")),
     "",
     " device=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {"device of 65",
     SAN(URI(
         "urn:eas-device:"
         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefx")),
     "", " device=" NO_DEVICE},
    {"other URIs", SAN(URI("https://example.test/") "86{*00}" URI("\xff")), "",
     ""},
};

static const struct {
    const char *name;
    cert_recipe recipe;
    const char *detail;
} malformed[] = {
    {"a byte behind it", {.behind = "*00"}, "there is something behind it"},
    {"another behind it", {.behind = "30{}"}, "there is something behind it"},
    {"ill-formed UTF-8 in the subject",
     {.subject = CN("a\xff")},
     "it is no certificate"},
    {"overlong UTF-8 in the issuer",
     {.issuer = CN("a\xc0\x80")},
     "it is no certificate"},
    {"no issuer", {.issuer = ""}, "it has no issuer"},
    {"version 1 with extensions",
     {.version = "", .extensions = SAN(JANE)},
     "its version has no extensions"},
    {"version 2 with extensions",
     {.version = "a0{02:01}", .extensions = SAN(JANE)},
     "its version has no extensions"},
    {"version 4",
     {.version = "a0{02:03}", .extensions = SAN(JANE)},
     "its version has no extensions"},
    {"negative serial number", {.serial = "02:ff7f"}, SERIAL},
    {"minus one", {.serial = "02:ff"}, SERIAL},
    {"serial number of 65 bytes",
     {.serial = "02:01"
                "00000000000000000000000000000000000000000000000000000000000000"
                "00000000000000000000000000000000000000000000000000000000000000"
                "0000"},
     SERIAL},
    {"serial number with zeros in front",
     {.serial = "02:0007"},
     "it is no certificate"},
    {"no serial number", {.serial = "02:"}, "it is no certificate"},
    {"a date without seconds",
     {.from = "17'2501010000Z'"},
     "a date cannot be read"},
    {"a date of elsewhere",
     {.from = "17'250101000000+0100'"},
     "a date cannot be read"},
    {"a date with a fraction",
     {.to = "18'20350101000000.5Z'"},
     "a date cannot be read"},
    {"a date that is none",
     {.to = "18'20350230000000Z'"},
     "a date cannot be read"},
    {"an empty date", {.to = "17''"}, "a date cannot be read"},
    {"a date with NUL",
     {.to = "17{*3235303130313030303030 *00 *5a}"},
     "a date cannot be read"},
    {"an extension twice",
     {.extensions = SAN(JANE) SAN(JANE)},
     "it has an extension twice"},
    {"an unknown one twice",
     {.extensions = EXTENSION("2a03", "05:") EXTENSION("2a03", "05:")},
     "it has an extension twice"},
    {"the SID twice",
     {.extensions = SID_OF(SID) SID_OF(SID)},
     "it has an extension twice"},
    {"critical and unknown",
     {.extensions = CRITICAL("2a03", "05:")},
     "it has a critical extension nobody knows"},
    {"a proxy certificate",
     {.extensions =
          CRITICAL("2b0601050507010e", "30{30{06:2b06010505071501}}")},
     "it has a critical extension nobody knows"},
    {"bytes behind the SAN",
     {.extensions = EXTENSION("551d11", "30{" JANE "} *0500")},
     UNREADABLE},
    {"a SAN that is none",
     {.extensions = EXTENSION("551d11", JANE)},
     UNREADABLE},
    {"an empty extension", {.extensions = EXTENSION("551d11", "")}, UNREADABLE},
    {"a SAN cut short",
     {.extensions = EXTENSION("551d11", "*300a8103")},
     UNREADABLE},
    {"bytes behind the EKU",
     {.extensions = EXTENSION("551d25", "30{" CLIENT "} *00")},
     UNREADABLE},
    {"an EKU that is none", {.extensions = EKU("0c'x'")}, UNREADABLE},
    {"a key usage that is none", {.extensions = KU("04:00")}, UNREADABLE},
    {"basic constraints that are none",
     {.extensions = BASIC("0c'x'")},
     UNREADABLE},
    {"an SKI that is none", {.extensions = SKI("03:00")}, UNREADABLE},
    {"bytes behind the SKI", {.extensions = SKI("04:01 *00")}, UNREADABLE},
};

static void check_rows(void)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cert_recipe recipe = {.extensions = rows[i].extensions};
        const eas_cert *cert = NULL;
        const char *detail = NULL;

        is_int(read_der(cert_make(&recipe, pool), &cert, &detail),
               EAS_REASON_NONE, tap_row(rows[i].name, "read"));
        is_str(detail, NULL, tap_row(rows[i].name, "no detail"));
        is_str(
            cert ? facts_of(cert) : NULL,
            apr_pstrcat(pool, rows[i].facts, " cn=jane", rows[i].device, NULL),
            tap_row(rows[i].name, "facts"));
    }
}

static void check_malformed(void)
{
    size_t i;

    for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        const eas_cert *cert = NULL;
        const char *detail = NULL;

        is_int(read_der(cert_make(&malformed[i].recipe, pool), &cert, &detail),
               EAS_CERT_MALFORMED, tap_row(malformed[i].name, "refused"));
        is_str(detail, malformed[i].detail,
               tap_row(malformed[i].name, "detail"));
        ok(cert == NULL, tap_row(malformed[i].name, "nothing is touched"));
    }
    ok(!ERR_peek_error(), "no error is left behind");
}

/* The same with a length that takes a byte more than it must. */
static void check_ber(void)
{
    cert_recipe recipe = {0};
    der_text der = cert_make(&recipe, pool);
    der_text longer = {apr_palloc(pool, der.length + 1), der.length + 1};
    const eas_cert *cert = NULL;
    const char *detail = NULL;

    memcpy(longer.bytes, "\x30\x83", 3);
    memcpy(longer.bytes + 3, der.bytes + 2, der.length - 2);
    is_int(read_der(longer, &cert, &detail), EAS_CERT_MALFORMED, "BER");
    is_str(detail, "it is not DER", "BER: detail");
}

/* The certificate of a recipe that is well. */
static const eas_cert *cert_of(cert_recipe recipe, const char *name)
{
    const eas_cert *cert = NULL;
    const char *detail = NULL;

    is_int(read_der(cert_make(&recipe, pool), &cert, &detail), EAS_REASON_NONE,
           name);
    if (!cert) {
        printf("Bail out! %s\n", detail ? detail : "?");
        exit(1);
    }
    return cert;
}

static void check_serials(void)
{
    static const struct {
        const char *notation;
        const char *serial;
        const char *reversed;
        const char *decimal;
    } serials[] = {
        /* Microsoft's sample, and that of Axiad. */
        {"02:2b0000000011ac0000000012", "2B0000000011AC0000000012",
         "1200000000AC11000000002B", "13307855422322812145769644050"},
        {"02:3d0000000000a3", "3D0000000000A3", "A300000000003D",
         "17169973579350179"},
        {"02:01", "01", "01", "1"},
        {"02:7f", "7F", "7F", "127"},
        {"02:0080", "80", "80", "128"},
        {"02:00ff01", "FF01", "01FF", "65281"},
        {"02:0100", "0100", "0001", "256"},
        {"02:00", "00", "00", "0"},
        {"02:00ffffffffffffffffffffffffffffffffffffffff",
         "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
         "1461501637330902918203684832716283019655932542975"},
        {"02:0102030405060708090a0b0c0d0e0f101112131415",
         "0102030405060708090A0B0C0D0E0F101112131415",
         "1514131211100F0E0D0C0B0A090807060504030201",
         "1472986871266713627795412367503180683985716188181"},
    };
    size_t i;

    for (i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
        const eas_cert *cert =
            cert_of((cert_recipe){.serial = serials[i].notation},
                    tap_row(serials[i].serial, "read"));

        is_str(cert->serial, serials[i].serial,
               tap_row(serials[i].serial, "serial number"));
        is_str(cert->serial_reversed, serials[i].reversed,
               tap_row(serials[i].serial, "reversed"));
        is_str(cert->serial_decimal, serials[i].decimal,
               tap_row(serials[i].serial, "decimal"));
    }
}

static void check_dates(void)
{
    static const struct {
        const char *notation;
        apr_time_t seconds;
    } dates[] = {
        {"17'700101000000Z'", 0},
        {"17'240229120000Z'", 1709208000},
        {"17'491231235959Z'", 2524607999},
        {"17'500101000000Z'", -631152000},
        {"18'20380119031408Z'", 2147483648},
        {"18'20500101000000Z'", 2524608000},
        {"18'99991231235959Z'", 253402300799},
        {"18'00000101000000Z'", -62167219200},
    };
    size_t i;

    for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        const char *date = dates[i].notation;
        const eas_cert *cert =
            cert_of((cert_recipe){.from = date, .to = date}, date);

        is_int(cert->not_before, apr_time_from_sec(dates[i].seconds), date);
        is_int(cert->not_after, apr_time_from_sec(dates[i].seconds), date);
    }
}

static void check_usages(void)
{
    static const struct {
        const char *name;
        const char *extensions;
        const char *usages; /* eku:OIDs ku signs ca */
    } usages[] = {
        {"none", NULL, ""},
        {"clientAuth", EKU(CLIENT), " eku:1.3.6.1.5.5.7.3.2"},
        {"clientAuth and smartcardLogon", EKU(CLIENT "06:2b060104018237140202"),
         " eku:1.3.6.1.5.5.7.3.2,1.3.6.1.4.1.311.20.2.2"},
        {"any", EKU("06:551d2500"), " eku:2.5.29.37.0"},
        {"an empty EKU", EKU(""), " eku:"},
        {"an OID nobody could write",
         EKU("06:2b03030303030303030303030303030303030303030303030303030303030"
             "3030303030303030303030303030303030303030303030303030303030303030"
             "303030303 " CLIENT),
         " eku:1.3.6.1.5.5.7.3.2"},
        {"digitalSignature", KU("03:0780"), " ku signs"},
        {"digitalSignature and keyEncipherment", KU("03:05a0"), " ku signs"},
        {"keyEncipherment", KU("03:0520"), " ku"},
        {"no usage at all", KU("03:00"), " ku"},
        {"a CA", BASIC("01:ff") KU("03:0106"), " ku ca"},
        {"a CA with a path length", BASIC("01:ff 02:00"), " ca"},
        {"no CA", BASIC(""), ""},
        {"no CA, written out", BASIC("01:00"), ""},
    };
    size_t i;

    for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
        const eas_cert *cert =
            cert_of((cert_recipe){.extensions = usages[i].extensions},
                    tap_row(usages[i].name, "read"));
        is_str(apr_pstrcat(
                   pool, cert->has_eku ? " eku:" : "",
                   cert->has_eku ? apr_array_pstrcat(pool, cert->eku, ',') : "",
                   cert->has_key_usage ? " ku" : "",
                   cert->signs ? " signs" : "", cert->is_ca ? " ca" : "", NULL),
               usages[i].usages, tap_row(usages[i].name, "usages"));
    }
}

static void check_keys(void)
{
    static const char octets[] = "ddde2ca4b86db8a908b95c6cbcc8bb1ac7a09a41";
    const eas_cert *cert = cert_of(
        (cert_recipe){.extensions =
                          SKI("04:ddde2ca4b86db8a908b95c6cbcc8bb1ac7a09a41")},
        "with an SKI");

    is_str(cert->ski, octets, "SKI of MS-PKCA");
    is_str(cert->sha1_key, "b467a3999eb5efa671de0032f08a9c9e5efda0e1",
           "SHA-1 of the key");
    is_str(cert->sha1_spki, "dba4cd68fd2ec53aaacb454c84da9cd90499e654",
           "SHA-1 of its SubjectPublicKeyInfo");
    is_str(cert->issuer_ad, "DC=com,DC=contoso,CN=CONTOSO-DC-CA",
           "issuer of MS-PKCA");
    is_str(cert->issuer, "CN=CONTOSO-DC-CA,DC=contoso,DC=com", "issuer");
    is_str(cert->subject, "CN=jane", "subject");
    is_str(cert->subject_ad, "CN=jane", "subject in Active Directory");
    cert = cert_of((cert_recipe){.extensions = SKI("04:")}, "an empty SKI");
    is_str(cert->ski, NULL, "an empty SKI is none");
    cert = cert_of((cert_recipe){.version = "", .subject = ""}, "version 1");
    is_str(cert->ski, NULL, "no SKI");
    is_str(cert->subject, "", "no subject");
    is_str(cert->subject_ad, NULL, "no subject in Active Directory");
    is_str(facts_of(cert), "", "no facts");
    is_int(cert->parts->nelts, 0, "no parts");
    is_int(cert->eku->nelts, 0, "no usages");
}

/* So many of them, of so many bytes each. */
static const char *names(int count, int size, int differ)
{
    apr_array_header_t *all = apr_array_make(pool, count, sizeof(char *));
    char *x = apr_palloc(pool, (apr_size_t)size + 1);
    int i;

    memset(x, 'x', (size_t)size);
    x[size] = '\0';
    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(all, char *) =
            apr_psprintf(pool, UPN("0c'%s%d@x'"), x, differ ? i : 0);
    }
    return apr_array_pstrcat(pool, all, '\0');
}

static const eas_cert *cert_with(const char *san, const char *name)
{
    return cert_of(
        (cert_recipe){.extensions = apr_pstrcat(pool, "30{06:551d11 04{30{",
                                                san, "}}}", NULL)},
        name);
}

static void check_bounds(void)
{
    static const char long_value[] = "a value that is too long";
    static const char many[] = "too many values";
    const eas_cert *cert = cert_with(names(1, 1021, 0), "a long UPN");
    cert_recipe recipe = {0};
    const char *detail = NULL;

    is_str(cert->upn.fault, NULL, "a UPN of 1024 bytes");
    cert = cert_with(names(1, 1022, 0), "a longer UPN");
    is_str(cert->upn.fault, long_value, "a UPN of 1025 bytes");
    cert = cert_with(names(1, 60000, 0), "a gigantic UPN");
    is_str(cert->upn.fault, long_value, "a UPN of 60000 bytes");
    cert = cert_with(names(64, 1, 1), "64 UPNs");
    is_str(cert->upn.fault, NULL, "64 UPNs");
    cert = cert_with(names(65, 1, 1), "65 UPNs");
    is_str(cert->upn.fault, many, "65 UPNs");
    is_int(cert->upn.values->nelts, 64, "no more than 64 are kept");
    cert = cert_with(names(2300, 1, 1), "2300 UPNs");
    is_str(cert->upn.fault, many, "2300 UPNs");
    cert = cert_with(names(2300, 1, 0), "2300 times the same UPN");
    is_str(cert->upn.fault, NULL, "2300 times the same UPN");
    is_int(cert->upn.values->nelts, 1, "are one");
    recipe.extensions =
        apr_psprintf(pool, "30{06:551d11 04{30{%s}}}", names(3000, 1, 1));
    is_int(read_der(cert_make(&recipe, pool), &cert, &detail),
           EAS_CERT_MALFORMED, "a certificate of over 64 KB");
    is_str(detail, "it is empty or too long", "says so");
}

static void check_names_and_extensions(void)
{
    const eas_cert *cert = NULL;
    const char *many = "";
    const char *detail = NULL;
    cert_recipe recipe = {0};
    int i;

    for (i = 0; i < 64; i++) {
        many = apr_psprintf(pool, "%s30{06:2a03%02x 04{05:}}", many, i);
    }
    cert_of((cert_recipe){.extensions = many}, "64 extensions");
    recipe.extensions = apr_pstrcat(pool, many, "30{06:2a04 04{05:}}", NULL);
    is_int(read_der(cert_make(&recipe, pool), &cert, &detail),
           EAS_CERT_MALFORMED, "65 extensions");
    is_str(detail, "it has too many extensions", "65 extensions: detail");
    for (i = 0, many = ""; i < 65; i++) {
        many = apr_pstrcat(pool, many, CLIENT, NULL);
    }
    recipe.extensions = apr_psprintf(pool, "30{06:551d25 04{30{%s}}}", many);
    is_int(read_der(cert_make(&recipe, pool), &cert, &detail),
           EAS_CERT_MALFORMED, "65 usages");
    is_str(detail, "it has too many extended key usages", "65 usages: detail");
    for (i = 0, many = ""; i < 700; i++) {
        many = apr_pstrcat(pool, many, DC("x"), NULL);
    }
    recipe = (cert_recipe){.issuer = many};
    is_int(read_der(cert_make(&recipe, pool), &cert, &detail),
           EAS_CERT_MALFORMED, "an issuer of over 8 KB");
    is_str(detail, "a name is too long", "an issuer of over 8 KB: detail");
}

/* Signed by a key, written as mod_ssl does. */
static const char *pem_make(unsigned char *sha256)
{
    static const unsigned char name[] = "jane";
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    X509_NAME *subject = X509_get_subject_name(x509);
    BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;
    const char *pem;
    long length;

    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 7);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0);
    X509_set_issuer_name(x509, subject);
    X509_set_pubkey(x509, key);
    X509_sign(x509, key, EVP_sha256());
    X509_digest(x509, EVP_sha256(), sha256, NULL);
    PEM_write_bio_X509(out, x509);
    length = BIO_get_mem_data(out, &text);
    pem = apr_pstrmemdup(pool, text, (apr_size_t)length);
    X509_free(x509);
    EVP_PKEY_free(key);
    BIO_free(out);
    return pem;
}

static void check_pem(void)
{
    unsigned char sha256[32];
    const char *pem = pem_make(sha256);
    const eas_cert *cert = NULL;
    const char *detail = NULL;

    is_int(eas_cert_read_pem(pem, pool, &cert, &detail), EAS_REASON_NONE,
           "PEM");
    ok(cert && !memcmp(cert->sha256, sha256, 32), "PEM: its SHA-256");
    is_str(cert ? facts_of(cert) : NULL, " cn=jane", "PEM: facts");
    is_str(cert ? cert->serial : NULL, "07", "PEM: serial number");
}

/* Texts around and in the PEM of a certificate: P is all of it, B what is
 * between the markers, H and E are these. */
static const struct {
    const char *name;
    const char *text;
    int good;
} pems[] = {
    {"blanks around", " \r\nP\t\n", 1},
    {"lines of Windows", "H\r\nB\r\nE\r\n", 1},
    {"markers and one line", "HBE", 1},
    {"empty", "", 0},
    {"text in front", "x\nP", 0},
    {"text behind", "Px\n", 0},
    {"two", "PP", 0},
    {"without an end", "H\nB", 0},
    {"without a beginning", "BE\n", 0},
    {"without markers", "B", 0},
    {"nothing inside", "H\nE\n", 0},
    {"a header", "H\nx: 4\n\nBE\n", 0},
    {"a comment inside", "H\n# x\nBE\n", 0},
    {"a marker inside", "H\nH\nBE\n", 0},
    {"padding in front", "H\nxxx=BE\n", 0},
    {"padding alone", "H\n====\nE\n", 0},
    {"three of padding", "H\nx===\nE\n", 0},
    {"a digit too many", "H\nxBE\n", 0},
    {"something else", "H\nxxxx\nE\n", 0},
    {"twice inside", "H\nBBE\n", 0},
};

static const char *pem_expand(const char *text, const char *pem)
{
    const char *body = strchr(pem, '\n') + 1;
    const char *end = strstr(pem, "-----END");
    const char *expanded = "";

    for (; *text; text++) {
        const char *part =
            *text == 'P' ? pem
            : *text == 'B'
                ? apr_pstrmemdup(pool, body, (apr_size_t)(end - body))
            : *text == 'H' ? "-----BEGIN CERTIFICATE-----"
            : *text == 'E' ? "-----END CERTIFICATE-----"
                           : apr_pstrmemdup(pool, text, 1);

        expanded = apr_pstrcat(pool, expanded, part, NULL);
    }
    return expanded;
}

static void check_pem_texts(void)
{
    unsigned char sha256[32];
    const char *pem = pem_make(sha256);
    size_t i;

    for (i = 0; i < sizeof(pems) / sizeof(pems[0]); i++) {
        const eas_cert *cert = NULL;
        const char *detail = NULL;

        is_int(eas_cert_read_pem(pem_expand(pems[i].text, pem), pool, &cert,
                                 &detail),
               pems[i].good ? EAS_REASON_NONE : EAS_CERT_MALFORMED,
               tap_row(pems[i].name, "PEM"));
        ok(pems[i].good == (cert != NULL) && pems[i].good == (detail == NULL),
           tap_row(pems[i].name, "a certificate or a detail"));
    }
}

/* Another type of PEM, with the same inside. */
static void check_pem_type(void)
{
    static const char *const types[] = {"TRUSTED CERTIFICATE",
                                        "X509 CERTIFICATE", "CERTIFICATE ",
                                        "certificate", "PKCS7"};
    unsigned char sha256[32];
    const char *body = pem_expand("B", pem_make(sha256));
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const eas_cert *cert = NULL;
        const char *detail = NULL;

        is_int(eas_cert_read_pem(apr_pstrcat(pool, "-----BEGIN ", types[i],
                                             "-----\n", body, "-----END ",
                                             types[i], "-----\n", NULL),
                                 pool, &cert, &detail),
               EAS_CERT_MALFORMED, types[i]);
        is_str(detail, "it is not one certificate in PEM", types[i]);
    }
}

/* Cut short and with each byte changed: no crash, and what is read is well
 * formed. */
static void check_changes(void)
{
    cert_recipe recipe = {.extensions = SID_OF(SID) SAN(JANE MAIL(
                              "jane@example.test") URI("urn:eas-device:abc1"))
                              EKU(CLIENT) KU("03:0780")};
    der_text der = cert_make(&recipe, pool);
    int wrong = 0;
    int odd = 0;
    size_t i;

    for (i = 0; i < der.length; i++) {
        der_text less = {der.bytes, i};
        const eas_cert *cert = NULL;
        const char *detail = NULL;

        wrong += read_der(less, &cert, &detail) != EAS_CERT_MALFORMED;
        wrong += cert != NULL || detail == NULL;
    }
    is_int(wrong, 0, "cut short");
    for (i = 0; i < 8 * der.length; i++) {
        const eas_cert *cert = NULL;
        const char *detail = NULL;
        eas_reason reason;

        der.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        reason = read_der(der, &cert, &detail);
        der.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        odd += reason != EAS_REASON_NONE && reason != EAS_CERT_MALFORMED;
        wrong += (reason == EAS_REASON_NONE) != (cert != NULL);
        wrong += (reason == EAS_CERT_MALFORMED) != (detail != NULL);
    }
    is_int(wrong + odd, 0, "one bit changed");
}

static void check_only(void)
{
    static const struct {
        const char *name;
        const char *san;
        eas_reason reason;
        int has;
        const char *value;
    } onlys[] = {
        {"none", "82'x'", EAS_REASON_NONE, 0, "untouched"},
        {"one", JANE, EAS_REASON_NONE, 1, "jane@example.test"},
        {"one twice", JANE JANE, EAS_REASON_NONE, 1, "jane@example.test"},
        {"two", JANE UPN("0c'a@b'"), EAS_CERT_CONFLICT, -1, "untouched"},
        {"a fault", UPN("0c''"), EAS_CERT_MALFORMED, -1, "untouched"},
        {"one and a fault", JANE UPN("0c''"), EAS_CERT_MALFORMED, -1,
         "untouched"},
        {"two and a fault", JANE UPN("0c''") UPN("0c'a@b'"), EAS_CERT_MALFORMED,
         -1, "untouched"},
    };
    size_t i;

    for (i = 0; i < sizeof(onlys) / sizeof(onlys[0]); i++) {
        const eas_cert *cert = cert_with(onlys[i].san, onlys[i].name);
        const char *value = "untouched";
        int has = -1;

        is_int(eas_cert_only(&cert->upn, &value, &has), onlys[i].reason,
               tap_row(onlys[i].name, "only"));
        is_int(has, onlys[i].has, tap_row(onlys[i].name, "has"));
        is_str(value, onlys[i].value, tap_row(onlys[i].name, "value"));
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    check_rows();
    check_malformed();
    check_ber();
    check_serials();
    check_dates();
    check_usages();
    check_keys();
    check_bounds();
    check_names_and_extensions();
    check_pem();
    check_pem_texts();
    check_pem_type();
    check_changes();
    check_only();
    ok(!ERR_peek_error(), "no error of OpenSSL is left");
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
