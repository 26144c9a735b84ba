/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Known-wrong credentials of one account: what is answered without asking, and
 * when it is asked about again.
 *
 * In any 24 hours a credential has at most two binds (the first, and either a
 * second look or one 12 hours later), unless the account's password is seen to
 * have changed.
 */
#ifndef EAS_WRONG_H
#define EAS_WRONG_H

#include "eas_guesses.h"

#define EAS_LEDGER_REFUSED 8 /**< wrong credentials remembered per account */

/** Whether a known-wrong credential is to be looked at again, and how. */
typedef enum {
    EAS_LOOK_NOT,    /**< answer what is known */
    EAS_LOOK_SEARCH, /**< read the stamp, then eas_ledger_looked */
    EAS_LOOK_BIND    /**< let it through once, within the budget; of a login
                          nobody knows: ask the directory once */
} eas_look;

/** One credential found wrong; credential 0 for none. */
typedef struct eas_wrong {
    apr_uint64_t credential; /**< keyed digest */
    apr_uint64_t stamp;    /**< of the password it was held against; 0: none */
    eas_moment refused_at; /**< by the last bind */
    apr_uint32_t before;   /**< the bind before that, as eas_second */
    apr_uint32_t looked;   /**< the last time it was found still wrong */
    apr_uint32_t claimed;  /**< until when somebody looks */
    apr_uint32_t looks;    /**< 0 until the second look has been taken or is out
                             of the question */
} eas_wrong;

typedef struct eas_wrongs {
    eas_wrong entry[EAS_LEDGER_REFUSED];
} eas_wrongs;

/** @return what is known of a credential, or NULL */
const eas_wrong *eas_wrong_find(const eas_wrongs *wrongs,
                                apr_uint64_t credential);

/** Remember that a bind found a credential wrong; of too many, the one last
 * found so goes. */
void eas_wrong_add(eas_wrongs *wrongs, apr_uint64_t credential,
                   apr_uint64_t stamp, eas_moment now);

/** Forget a credential: it is right. */
void eas_wrong_remove(eas_wrongs *wrongs, apr_uint64_t credential);

/**
 * Whether a look is due, and if so claim it for 30 s.
 * @return EAS_LOOK_NOT for what is not known wrong
 */
eas_look eas_wrong_look(eas_wrongs *wrongs, apr_uint64_t credential,
                        const eas_lockout *lockout, eas_moment now);

/**
 * A second look has been reserved, or was refused: there will be no other, or
 * only until refused_ttl has passed.  From then on searches are what helps;
 * where the budget is one guess, a second look is never free.
 */
void eas_wrong_second(eas_wrongs *wrongs, apr_uint64_t credential,
                      int is_reserved, const eas_lockout *lockout,
                      eas_moment now);

/**
 * The stamp has been read.
 * @return 1 for one bind; 0 where the credential is still wrong, which is
 *         renewed, or not known
 */
int eas_wrong_looked(eas_wrongs *wrongs, apr_uint64_t credential,
                     apr_uint64_t stamp, eas_moment now);

/** @return the last moment at which any of them is of use; 0 for none */
eas_moment eas_wrong_until(const eas_wrongs *wrongs);

#endif
