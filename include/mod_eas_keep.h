/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keeping the ledger in a file while httpd does not run, so that neither a
 * package upgrade nor a restart of the machine forgets who is familiar and who
 * is held.
 *
 * The file holds keyed hashes, their key, counts and dates; no password, and
 * no digest of one.  It belongs to whoever starts httpd, and to nobody else.
 */
#ifndef MOD_EAS_KEEP_H
#define MOD_EAS_KEEP_H

#include <httpd.h>

#include "mod_eas_memory.h"

/**
 * Read it into a memory that has just been made, in post_config.  A file that
 * is not there is none; one that cannot be believed is left alone, said, and
 * replaced at the next save.
 * @param path absolute
 */
void mod_eas_keep_load(const char *path, server_rec *s, apr_pool_t *ptemp);

/**
 * Write it, whole or not at all: beside it, and then in its place.
 * @return APR_SUCCESS, or why not, which is logged
 */
apr_status_t mod_eas_keep_save(const char *path, server_rec *s,
                               apr_pool_t *ptemp);

/**
 * Save at each reload and at the end, and from now on every ten minutes by
 * mod_eas_keep_monitor.
 */
void mod_eas_keep_arrange(const char *path, server_rec *s, apr_pool_t *pconf);

/** httpd's monitor, in the parent.  @return OK */
int mod_eas_keep_monitor(apr_pool_t *pool, server_rec *s);

#endif
