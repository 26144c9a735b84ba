/* SPDX-License-Identifier: Apache-2.0 */
/** Where a secret comes from: `file:PATH`, `exec:PROGRAM` or a literal. */
#ifndef MOD_EAS_SECRET_H
#define MOD_EAS_SECRET_H

#include <httpd.h>
#include <http_config.h>

/** A secret, read. */
typedef struct mod_eas_secret {
    const char *value; /**< never empty; wiped when its pool is cleared */
    const char *shown; /**< where it comes from, for people; not the secret */
    int is_literal;    /**< whether it stands in the configuration itself */
} mod_eas_secret;

/**
 * Read a secret.
 *
 * A file is regular, closed to others (mode & 007), at most 4096 bytes, and
 * holds the secret alone; one line end at its end is left out.  Of a program
 * the first line of its output counts; it gets no input and no environment,
 * has ten seconds, and must end with 0.
 *
 * @param pool lifetime of the result: the configuration's pool
 * @param words as httpd split them; a literal is wiped in place with the pool
 * @param secret_out untouched on failure
 * @return NULL, or what is wrong and how it is put right: a sentence for a
 *         directive's error, without the secret
 */
const char *mod_eas_secret_read(apr_pool_t *pool, int count,
                                char *const words[],
                                mod_eas_secret *secret_out);

/**
 * Whether a word is a secret itself, rather than where one comes from.
 * @return 1 or 0
 */
int mod_eas_secret_is_literal(const char *word);

/**
 * Wipe a literal from httpd's copy of the configuration, which mod_info
 * shows to whoever may see its page.
 * @param line of ap_conftree, with a secret as its words
 */
void mod_eas_secret_hide(ap_directive_t *line);

#endif
