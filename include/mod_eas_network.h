/* SPDX-License-Identifier: Apache-2.0 */
/** Addresses and networks as directives list them. */
#ifndef MOD_EAS_NETWORK_H
#define MOD_EAS_NETWORK_H

#include <httpd.h>
#include <apr_tables.h>

/**
 * Read words of the form ADDRESS or NETWORK/BITS, of IPv4 or IPv6.
 * @param pool lifetime of the results
 * @param networks_out of apr_ipsubnet_t *; untouched on failure
 * @param shown_out the words, for people; untouched on failure
 * @return NULL, or what is wrong: a sentence for a directive's error
 */
const char *mod_eas_networks_read(apr_pool_t *pool, int count,
                                  char *const words[],
                                  const apr_array_header_t **networks_out,
                                  const char **shown_out);

/**
 * Whether an address is in one of them; an IPv4 address within IPv6
 * (::ffff:a.b.c.d) is looked up as the IPv4 address it is.
 * @param networks NULL for none
 * @return 1 or 0
 */
int mod_eas_networks_have(const apr_array_header_t *networks,
                          apr_sockaddr_t *address);

#endif
