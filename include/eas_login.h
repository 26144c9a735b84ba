/* SPDX-License-Identifier: Apache-2.0 */
/** Login forms: what a person may type, and which domains are ours. */
#ifndef EAS_LOGIN_H
#define EAS_LOGIN_H

#include "eas_types.h"

/** The domains of a provider (EASAuthDomain). */
typedef struct eas_domains {
    apr_array_header_t *names; /**< of const char *; the first is the default */
    int any;                   /**< `*`: whatever domain is stated is ours */
} eas_domains;

/**
 * Take a login apart: `user`, `DOMAIN\user` (split at the last backslash),
 * `user@domain` (split at the last @, where no domain is stated before a
 * backslash).  An empty domain is none, so `\user` is `user` and
 * `\user@domain` is `user@domain`: old Androids put the backslash there.
 *
 * @param text well-formed UTF-8 without control characters
 * @param pool lifetime of the result
 * @param login_out untouched unless EAS_REASON_NONE is returned
 * @return EAS_REASON_NONE; EAS_BAD_LOGIN for an empty user or domain part, or
 *         one that begins or ends with a blank (eas_text_has_blank_edge)
 */
eas_reason eas_login_parse(const char *text, apr_pool_t *pool,
                           eas_login *login_out);

/**
 * Whether a domain is one of these, without regard to the case of ASCII
 * letters.
 * @param domains NULL is an empty set
 * @param domain NULL, no domain, is never one of these
 * @return 1 or 0
 */
int eas_domains_has(const eas_domains *domains, const char *domain);

/** As eas_domains_has, but `*` names none: the domain is written down. */
int eas_domains_lists(const eas_domains *domains, const char *domain);

/** The first domain, or NULL where none is configured. */
const char *eas_domains_default(const eas_domains *domains);

/**
 * Read one word of EASAuthDomain.
 * @param pool lifetime of the copy kept in @a domains
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *eas_domains_add(eas_domains *domains, const char *word,
                            apr_pool_t *pool);

#endif
