/* SPDX-License-Identifier: Apache-2.0 */
/** What the children share: memory that is there before they are. */
#ifndef MOD_EAS_SHARED_H
#define MOD_EAS_SHARED_H

#include <httpd.h>

#include "eas_health.h"

/**
 * Make it, once per configuration, before children fork.
 * @param pconf its lifetime
 * @return APR_SUCCESS; where there is none, each child is on its own
 */
apr_status_t mod_eas_shared_make(apr_pool_t *pconf);

/**
 * What is known of a provider's servers.
 * @param index of the provider in mod_eas_providers
 * @return the board; NULL where there is no shared memory
 */
eas_board *mod_eas_shared_board(int index);

/**
 * How many requests may wait for the directory of a provider at once:
 * EASAuthLDAPMaxWait, or else a quarter of the threads of a child (of all
 * children, where each has one), and with several providers no more than half
 * of them for all together; at least 1.
 */
int mod_eas_shared_seat_count(int index);

/**
 * The seats of a provider that all children share, which they do where each
 * has one thread (prefork).
 * @return mod_eas_shared_seat_count of them; NULL where a child counts alone
 */
eas_lease *mod_eas_shared_seats(int index);

/**
 * Whether this is the first call since the server was started or reloaded, in
 * whichever child: for what is worth saying once.
 * @return 1 or 0
 */
int mod_eas_shared_is_first(void);

#endif
