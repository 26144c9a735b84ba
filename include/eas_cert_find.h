/* SPDX-License-Identifier: Apache-2.0 */
/** Finding the one account a certificate is of, in one directory. */
#ifndef EAS_CERT_FIND_H
#define EAS_CERT_FIND_H

#include "eas_cert_map.h"

/** What is looked for, and where. */
typedef struct eas_cert_search {
    const eas_directory *directory;
    const eas_cert_map *map;
    eas_cert_strong strong;
    const eas_cert *cert;
    const char *remote_attribute; /**< to be read with the entry; NULL */
    eas_moment deadline;
    apr_pool_t *pool; /**< lifetime of the identity and texts */
} eas_cert_search;

/**
 * Find the account.
 *
 * The first kind of the list that applies decides.  Then whatever else the
 * certificate says, of the kinds behind it in the list, is looked for as well,
 * in one search more: where any of it names somebody else, or more than one,
 * it is refused; where it names nobody (a UPN from before a renaming), it is
 * not.  A weak kind that decides is refused under EAS_STRONG_REQUIRE, whether
 * or not it would name anybody; a weak registration, where it names somebody.
 *
 * Kinds that were looked for at once name one entry, whichever it was: which,
 * is asked once it is found, one by one and in the order of the list, all but
 * the last.
 *
 * Whatever cannot be asked, at any point, is the answer.
 *
 * @param identity_out unproven, with its map; untouched on failure
 * @param detail_out for the log; untouched where there is none; with
 *        EAS_REASON_NONE under EAS_STRONG_WARN, that the mapping is weak
 * @return EAS_REASON_NONE; EAS_CERT_UNMAPPED, EAS_CERT_AMBIGUOUS,
 *         EAS_CERT_WEAK, EAS_CERT_CONFLICT, EAS_CERT_MALFORMED;
 *         EAS_MISCONFIGURED for a directory that cannot be searched; a reason
 *         of the unavailable class; EAS_INTERNAL_ERROR for what a directory
 *         must not answer
 */
eas_reason eas_cert_find(const eas_cert_search *search,
                         eas_identity **identity_out, const char **detail_out);

#endif
