/* SPDX-License-Identifier: Apache-2.0 */
/** The shield of a child process: its tables opened, its changes logged. */
#ifndef MOD_EAS_SHIELD_H
#define MOD_EAS_SHIELD_H

#include <httpd.h>

#include "eas_shield.h"

/**
 * Open it, in child_init.
 * @param pchild its lifetime
 * @param shield_out untouched on failure
 * @return APR_SUCCESS, or why not, which is logged
 */
apr_status_t mod_eas_shield_make(apr_pool_t *pchild, server_rec *s,
                                 const eas_shield **shield_out);

/**
 * Look whether an administrator wants something (EASAuthCacheFlush), and
 * report the counters once an hour: as cheap as two words of memory where
 * nothing is due.  From any thread of a child.
 */
void mod_eas_shield_look(const eas_shield *shield, eas_moment now);

/**
 * Whether something is said of a certificate for the first time in a day, by
 * whichever child.  The next one is told that it is not.
 * @return 1 or 0; 1 as well where the memory had to forget it
 */
int mod_eas_shield_is_first_today(const eas_shield *shield,
                                  const eas_cert_told *certificate);

/** When everything was flushed last; 0 for never. */
eas_moment mod_eas_shield_flushed_at(const eas_shield *shield);

/**
 * httpd's child_status: a child that died leads nobody's question any more.
 * For the parent.
 */
void mod_eas_shield_child_gone(apr_uint64_t owner);

#endif
