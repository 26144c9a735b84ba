/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_client_cert.h"

#include <string.h>

#include "eas_base64.h"
#include "eas_cert.h"

#define BASE64_HIGH ((EAS_CERT_LENGTH_HIGH + 2) / 3 * 4)

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " ");
}

/* Optional whitespace (RFC 9110, section 5.6.3) stands around a comma; before
 * the first and behind the last member are spaces alone. */
static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* One Byte Sequence at the beginning of a text.  @a rest_out is what is behind
 * it. */
static const char *take(const char *text, apr_pool_t *pool, eas_der *der_out,
                        const char **rest_out)
{
    apr_size_t length;
    apr_size_t used = 0;
    char *bytes;

    if (*text != ':') {
        return "it does not begin with a colon, as :BASE64: does";
    }
    text++;
    length = strcspn(text, ":");
    if (text[length] != ':') {
        return "it does not end with a colon, as :BASE64: does";
    }
    if (length == 0) {
        return "there is nothing between its colons";
    }
    if (length > BASE64_HIGH) {
        return "it is too long for a certificate";
    }
    bytes = apr_palloc(pool, EAS_BASE64_ROOM(length));
    if (!eas_base64_decode(text, length, bytes, &used)) {
        return "what is between its colons is not base64";
    }
    if (used > EAS_CERT_LENGTH_HIGH) {
        return "it is too long for a certificate";
    }
    der_out->bytes = (const unsigned char *)bytes;
    der_out->length = used;
    *rest_out = text + length + 1;
    return NULL;
}

const char *eas_client_cert_parse(const char *value, apr_pool_t *pool,
                                  eas_der *der_out)
{
    eas_der der = {NULL, 0};
    const char *rest = "";
    const char *error = take(skip_spaces(value), pool, &der, &rest);

    if (error) {
        return error;
    }
    rest = skip_spaces(rest);
    if (*skip_blanks(rest) == ',') {
        return "there is more than one certificate in it";
    }
    if (*rest != '\0') {
        return "there is something behind its last colon";
    }
    *der_out = der;
    return NULL;
}

/* The comma between two members.  @a text_out is the next member, or the
 * end. */
static const char *take_comma(const char *text, const char **text_out)
{
    const char *comma = skip_blanks(text);

    if (*skip_spaces(text) == '\0') {
        *text_out = "";
        return NULL;
    }
    if (*comma != ',') {
        return "there is something other than a comma between two certificates";
    }
    *text_out = skip_blanks(comma + 1);
    return **text_out == '\0' ? "it ends with a comma" : NULL;
}

const char *eas_client_cert_chain_parse(const char *value, apr_pool_t *pool,
                                        const apr_array_header_t **ders_out)
{
    apr_array_header_t *ders = apr_array_make(pool, 4, sizeof(eas_der));
    const char *text = skip_spaces(value);

    do {
        eas_der der = {NULL, 0};
        const char *error;

        if (ders->nelts == EAS_CLIENT_CERT_CHAIN_HIGH) {
            return "there are more certificates in it than any chain has";
        }
        error = take(text, pool, &der, &text);
        if (!error) {
            APR_ARRAY_PUSH(ders, eas_der) = der;
            error = take_comma(text, &text);
        }
        if (error) {
            return error;
        }
    } while (*text != '\0');
    *ders_out = ders;
    return NULL;
}
