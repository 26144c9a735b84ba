/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The certificate of a directory server, judged for people.
 *
 * The TLS library decides whether to trust it, and says little about why not;
 * here the reason is found, once it has refused.
 */
#ifndef EAS_SERVER_CERT_H
#define EAS_SERVER_CERT_H

#include <apr_pools.h>
#include <apr_time.h>

/** A certificate and what speaks against it; all texts are fit for a
 * terminal. */
typedef struct eas_server_cert {
    const char *subject;
    const char *issuer;     /**< who signed it */
    const char *names;      /**< hosts and addresses it is for; "nobody" */
    const char *not_before; /**< such as "2031-01-31 12:00 UTC" */
    const char *not_after;
    int days_left;        /**< whole days until not_after; negative once past */
    int names_host;       /**< it is for the host (RFC 6125) */
    int is_expired;       /**< not_after has passed */
    int is_early;         /**< not_before has not come */
    int is_own_issuer;    /**< signed with its own key */
    int lacks_issuer;     /**< no certificate at hand signed it */
    const char *distrust; /**< why it leads to no trusted CA, NULL where it
                               does */
} eas_server_cert;

/**
 * Read and judge a certificate.
 * @param der the certificate (RFC 5280)
 * @param host name or address the server was asked for by
 * @param ca PEM text of the trusted certificates; what is none is passed over
 * @param now the date to judge by
 * @param pool lifetime of the texts
 * @param cert_out untouched on failure
 * @return APR_SUCCESS; APR_EINVAL for bytes that are no certificate,
 *         APR_ENOMEM
 */
apr_status_t eas_server_cert_read(const char *der, apr_size_t length,
                                  const char *host, const char *ca,
                                  apr_time_t now, apr_pool_t *pool,
                                  eas_server_cert *cert_out);

#endif
