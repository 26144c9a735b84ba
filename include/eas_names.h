/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whose login it is, as a search has found: from what a phone sends to the key
 * of an account, so that neither a cached verdict nor a known-wrong password
 * costs a search.
 *
 * No name is in it: logins and accounts are keyed hashes.
 */
#ifndef EAS_NAMES_H
#define EAS_NAMES_H

#include "eas_table.h"

/** Bytes of a value in the table. */
extern const apr_size_t eas_names_room;

/** Whom a login names. */
typedef struct eas_name {
    eas_key account;     /**< all zero: nobody this provider knows */
    eas_moment found_at; /**< when a search has said so */
} eas_name;

/**
 * The key of a login at a provider, whatever its case.
 * @param provider its name
 * @param fingerprint of its configuration: under another one a login may name
 *        somebody else
 * @param pool for work
 */
eas_key eas_names_key(const eas_key_secret *secret, const char *provider,
                      const char *fingerprint, const eas_login *login,
                      apr_pool_t *pool);

/**
 * Look a login up; nothing is locked.
 * @param name_out untouched where it is not known
 * @return 1 or 0
 */
int eas_names_find(const eas_table *names, const eas_key *key, eas_moment now,
                   eas_name *name_out);

/**
 * Remember whom a login names, as of now.
 * @param account NULL for nobody
 * @param until when it is forgotten
 */
void eas_names_keep(eas_table *names, const eas_key *key,
                    const eas_key *account, eas_moment now, eas_moment until);

/** Forget whom a login names. */
void eas_names_drop(eas_table *names, const eas_key *key, eas_moment now);

#endif
