/* SPDX-License-Identifier: Apache-2.0 */
/** Asking one directory about one login and its password. */
#ifndef EAS_ASK_H
#define EAS_ASK_H

#include "eas_types.h"

/** What is asked, of whom, and what is known so far. */
typedef struct eas_ask {
    const eas_clock *clock;
    const eas_directory *directory;
    const eas_login *login;
    const char *password;
    const char *remote_attribute; /**< what REMOTE_USER is taken from; NULL */
    eas_moment deadline;
    apr_pool_t *pool;       /**< lifetime of the identity and texts */
    eas_identity *identity; /**< whoever was found, or NULL */
    const char *detail;     /**< for the log, or NULL */
} eas_ask;

/**
 * Find whose login it is.
 * @param is_fresh whether what the directory's side remembers does not do
 * @return EAS_REASON_NONE with @a ask->identity, unproven; else as
 *         eas_directory.find, with no identity
 */
eas_reason eas_ask_find(eas_ask *ask, int is_fresh);

/**
 * Prove the password of who was found, and judge the account as far as a
 * directory does not at a bind.  Where the identity was remembered and is
 * refused or forbidden, the person is looked up again first; a password is
 * sent to one entry once.
 * @return EAS_REASON_NONE with the proof in @a ask->identity, and only then
 *         may it be there; a reason of the classes refused, forbidden, locked
 *         or unavailable
 */
eas_reason eas_ask_verify(eas_ask *ask);

#endif
