/* SPDX-License-Identifier: Apache-2.0 */
/** The order in which the servers of DNS SRV records are used (RFC 2782). */
#ifndef EAS_SRV_H
#define EAS_SRV_H

#include <apr_tables.h>

/** One SRV record. */
typedef struct eas_srv_record {
    apr_uint16_t priority; /**< the lowest is used first */
    apr_uint16_t weight;   /**< share within a priority */
    apr_uint16_t port;
    const char *target; /**< host name; "." where there is no such service */
} eas_srv_record;

/**
 * Put records into the order in which they are to be tried: by priority, and
 * within one by the weighted random selection of RFC 2782, where a record of
 * weight 0 comes first only in a very small share of cases while others have
 * a weight.  Records whose target is "." are dropped: the service is decidedly
 * not available there.
 * @param records of eas_srv_record; sorted in place, maybe shortened
 * @param random a number from 0 to 0xffffffff, each as likely as the next
 * @param self for @a random
 */
void eas_srv_sort(apr_array_header_t *records, apr_uint32_t (*random)(void *),
                  void *self);

#endif
