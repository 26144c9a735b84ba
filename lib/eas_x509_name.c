/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_x509_name.h"

#include <apr_strings.h>

#include <openssl/bio.h>

#include "eas_text.h"

const char *eas_x509_name_show(const X509_NAME *name, apr_pool_t *pool)
{
    BIO *out = BIO_new(BIO_s_mem());
    const char *shown = "-";
    char *text = NULL;
    long length;

    if (out
        && X509_NAME_print_ex(out, name, 0,
                              XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB)
               >= 0) {
        length = BIO_get_mem_data(out, &text);
        shown = eas_text_quote(
            apr_pstrmemdup(pool, text, length > 0 ? (apr_size_t)length : 0),
            pool);
    }
    BIO_free(out);
    return shown;
}
