/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One question to the name servers, with a deadline.
 *
 * libresolv asks for as long as resolv.conf has it, and waits for ever once
 * an answer had to come by TCP.  Here it says whom to ask and writes the
 * question; the exchange itself waits on sockets that do not block.
 */
#ifndef EAS_LDAP_DNS_H
#define EAS_LDAP_DNS_H

#include <sys/socket.h>

#include <apr_pools.h>

#include "eas_types.h"

/** resolv.conf has this many name servers at most. */
#define EAS_LDAP_DNS_SERVERS 3

/** A question and whom to ask; how it is sent. */
typedef struct eas_ldap_dns_query {
    struct {
        struct sockaddr_storage address;
        socklen_t length;
    } servers[EAS_LDAP_DNS_SERVERS];
    int count;
    apr_interval_time_t patience; /**< for one server, before the next is asked
                                     as well; `timeout` of resolv.conf */
    int tcp;                      /**< `use-vc` of resolv.conf */
    unsigned char bytes[512];     /**< the question */
    apr_size_t length;
} eas_ldap_dns_query;

/**
 * Write a question of class IN and read resolv.conf.  The resolver's state of
 * the process is not touched.
 * @param name a whole name: nothing is appended to it
 * @param type such as ns_t_srv of arpa/nameser.h
 * @param query_out untouched on failure
 * @return APR_SUCCESS; APR_EINVAL where a name cannot be asked for (too long,
 *         an empty label); what the system says otherwise
 */
apr_status_t eas_ldap_dns_prepare(const char *name, int type,
                                  eas_ldap_dns_query *query_out);

/**
 * Ask.  Each server in turn, over and over, with an ear for those asked
 * before; by TCP where an answer does not fit (RFC 7766).  A server that fails
 * (SERVFAIL, REFUSED, NOTIMP, nobody listens) is asked once.  Only a packet
 * from the server's own address with the identifier and the question sent is
 * an answer, any code is.
 * @param deadline kept to within some milliseconds
 * @param pool lifetime of @a answer_out, up to 64 KiB
 * @return APR_SUCCESS; APR_TIMEUP; or why no server can be reached
 */
apr_status_t eas_ldap_dns_exchange(const eas_ldap_dns_query *query,
                                   eas_moment deadline, apr_pool_t *pool,
                                   const unsigned char **answer_out,
                                   apr_size_t *length_out);

#endif
