/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The servers of a directory, found by DNS: records of type SRV (RFC 2782)
 * below the domain that the base of the directory stands for (RFC 2247), with
 * the names of Active Directory (MS-ADTS, section 6.3.2.3).
 */
#ifndef EAS_LDAP_SRV_H
#define EAS_LDAP_SRV_H

#include <apr_tables.h>

#include "eas_ldap_settings.h"
#include "eas_srv.h"

/** More records of one name are left out. */
#define EAS_LDAP_SRV_RECORDS 32

/** What became of one question. */
typedef enum {
    EAS_LDAP_SRV_FOUND,    /**< at least one record */
    EAS_LDAP_SRV_NONE,     /**< no such name, or no SRV record there */
    EAS_LDAP_SRV_FAILED,   /**< no name server can be reached or could say
                                (SERVFAIL, ...), or what one said cannot be
                                read */
    EAS_LDAP_SRV_NO_ANSWER /**< no name server answered in time */
} eas_ldap_srv_result;

/**
 * The domain of a base: the run of dc= parts at its end.
 * @param pool lifetime of the result
 * @return such as "example.com"; NULL where there is none, or where a part is
 *         no label of a host name (letters, digits, hyphens, underscores)
 */
const char *eas_ldap_srv_domain(const char *base, apr_pool_t *pool);

/**
 * Whether a text is one label of a host name: 1 to 63 letters, digits,
 * hyphens and underscores.
 * @return 1 or 0
 */
int eas_ldap_srv_is_label(const char *text);

/**
 * The names to ask for, in this order, until one has records.
 * @param settings with url.srv_domain
 * @param pool lifetime of the result
 * @return of const char *
 */
apr_array_header_t *eas_ldap_srv_names(const eas_ldap_settings *settings,
                                       apr_pool_t *pool);

/**
 * The port to connect to: where TLS is spoken from the first byte, the port
 * of a record for ldap:// is that of the same service for ldaps://.
 * @param ldaps whether the URL is one of ldaps://
 * @param name as asked for
 * @param port as in the record
 */
apr_port_t eas_ldap_srv_port(int ldaps, const char *name, apr_port_t port);

/**
 * Read an answer.  The bytes may be anybody's.
 * @param name as asked for; records of another name, to which it is no alias,
 *        are not looked at, nor are those without a port or whose target is
 *        neither a host name nor "."
 * @param pool lifetime of the outputs
 * @param records_out of eas_srv_record, as they came, at most
 *        EAS_LDAP_SRV_RECORDS; for EAS_LDAP_SRV_FOUND alone
 * @param ttl_out how long the records hold; for EAS_LDAP_SRV_FOUND alone
 * @param detail_out why there are none: "NAME: no such name"; otherwise only
 * @return any but EAS_LDAP_SRV_NO_ANSWER
 */
eas_ldap_srv_result eas_ldap_srv_parse(const unsigned char *answer,
                                       apr_size_t length, const char *name,
                                       apr_pool_t *pool,
                                       apr_array_header_t **records_out,
                                       apr_interval_time_t *ttl_out,
                                       const char **detail_out);

/**
 * Ask the name servers of resolv.conf.
 * @param deadline when to give up
 * @param pool lifetime of the outputs, which are as above; up to 200 KiB
 *        beside them
 */
eas_ldap_srv_result eas_ldap_srv_lookup(const char *name, eas_moment deadline,
                                        apr_pool_t *pool,
                                        apr_array_header_t **records_out,
                                        apr_interval_time_t *ttl_out,
                                        const char **detail_out);

#endif
