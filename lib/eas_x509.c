/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>

static apr_status_t free_cert(void *cert)
{
    X509_free(cert);
    return APR_SUCCESS;
}

void eas_x509_keep(X509 *cert, apr_pool_t *pool)
{
    apr_pool_cleanup_register(pool, cert, free_cert, apr_pool_cleanup_null);
}

int eas_x509_is_end(void)
{
    const unsigned long last = ERR_peek_last_error();

    return ERR_GET_LIB(last) == ERR_LIB_PEM
           && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}
