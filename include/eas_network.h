/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Client networks (an IPv4 address, an IPv6 /64) and those that guess at many
 * accounts ("spraying").
 */
#ifndef EAS_NETWORK_H
#define EAS_NETWORK_H

#include "eas_table.h"

/** Bytes of the longest network. */
#define EAS_NETWORK_BYTES 8

/** Distinct accounts in a window that are many. */
#define EAS_NETWORK_ACCOUNTS 20

/**
 * The network of a textual address.  Nothing is asked and nothing guessed:
 * dotted decimal with four parts and no needless zero, or IPv6 as of RFC 4291,
 * section 2.2.
 * @param address as httpd's useragent_ip; a zone (`%eth0`) is ignored
 * @param bytes_out the 4 bytes of IPv4 (also of ::ffff:a.b.c.d, RFC 4291,
 *        section 2.5.5.2), the first 8 of IPv6; untouched on failure
 * @param length_out 4 or 8
 * @return APR_SUCCESS; APR_EINVAL
 */
apr_status_t eas_network_parse(const char *address,
                               unsigned char bytes_out[EAS_NETWORK_BYTES],
                               apr_size_t *length_out);

/** Those that failed of late; any may be forgotten for want of room. */
typedef struct eas_networks eas_networks;

/** Bytes of memory for so many networks; 0 where that is too many. */
apr_size_t eas_networks_size(apr_size_t count);

/** Take a memory, as eas_table_make does; @return as it. */
apr_status_t eas_networks_make(void *memory, apr_size_t count, apr_pool_t *pool,
                               eas_networks **networks_out);

/**
 * A guess at an account failed.  A window begins with the first failure and
 * ends as long after it.
 * @param network keyed hash; 0 for a shared one, of which nothing is kept
 * @param account counted once a window
 * @param window in microseconds
 * @param count_out how many accounts so far, or a few less; at most 512
 * @return 1 once a window, when they become EAS_NETWORK_ACCOUNTS; else 0
 */
int eas_networks_failed(eas_networks *networks, apr_uint64_t network,
                        const eas_key *account, eas_moment now,
                        apr_interval_time_t window, int *count_out);

/**
 * Whether a network has failed at many accounts in this window; without a lock.
 * @param wait_out what is left of it, in microseconds; 0 where it is not
 */
int eas_networks_is_spraying(eas_networks *networks, apr_uint64_t network,
                             eas_moment now, apr_interval_time_t *wait_out);

#endif
