/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A proxy in front that ends TLS: who is trusted, and what that one says of
 * the client.
 *
 * A header proves nothing by itself: a certificate in it is as public as a
 * telephone number.  It is believed only from a TCP peer in
 * EASAuthTrustedProxy that shows, on this very request, a TLS client
 * certificate of its own that mod_ssl has verified, or
 * EASAuthTrustedProxySecret in the header EAS-Proxy-Secret.
 */
#ifndef MOD_EAS_PROXY_H
#define MOD_EAS_PROXY_H

#include <httpd.h>

#include "eas_cert.h"

/** What is known of the peer of a request, and what it said; made once, by
 * mod_eas_proxy_post_read. */
typedef struct mod_eas_proxied {
    const char *doubt; /**< why it is not trusted; NULL where it is */
    int says_tls;      /**< X-Forwarded-Proto: https, from who is trusted */
    const char *cert;  /**< Client-Cert and Client-Cert-Chain of who is */
    const char *chain; /**< trusted, or NULL */
} mod_eas_proxied;

/**
 * httpd's post_read_request, before any other, in every server: judge the peer
 * once for each request of a client, and remove from its headers what only who
 * is trusted may say, so that no back end sees it either: Client-Cert and
 * Client-Cert-Chain of everybody else, EAS-Proxy-Secret always, and any of the
 * three with underscores, which some back ends take for hyphens.  Nothing is
 * done where no EASAuthTrustedProxy is configured.
 * @return DECLINED
 */
int mod_eas_proxy_post_read(request_rec *r);

/** Whether the peer of a request is a trusted proxy.  @return 1 or 0 */
int mod_eas_proxy_is_trusted(request_rec *initial);

/**
 * Whether a trusted proxy states that its client came by TLS: by the header
 * X-Forwarded-Proto, which is `https` and nothing else; where it lists several
 * hops, each of them is.
 * @return 1 or 0
 */
int mod_eas_proxy_says_tls(request_rec *initial);

/**
 * What tells the certificate that a trusted proxy presents from any other, for
 * who remembers verdicts.
 * @return "" where it presents none; lives as long as the request
 */
const char *mod_eas_proxy_tag(request_rec *initial);

/**
 * The certificate that a trusted proxy presents as its client's (RFC 9440),
 * read, and verified against EASAuthClientCertCA and EASAuthClientCertCRL.
 *
 * It is read and verified anew at each call.
 *
 * @param initial the first of the requests that share it
 * @param pool lifetime of the result
 * @return never NULL; EAS_NO_CERTIFICATE with a detail that says why nobody
 *         could present one, EAS_CERT_MALFORMED, EAS_CERT_DATES,
 *         EAS_CERT_NOT_VERIFIED, EAS_MISCONFIGURED without
 *         EASAuthClientCertCA, EAS_INTERNAL_ERROR; the chain of what is
 *         verified is the verified one, up to the root
 */
const eas_presented *mod_eas_proxy_presented(request_rec *initial,
                                             apr_pool_t *pool);

#endif
