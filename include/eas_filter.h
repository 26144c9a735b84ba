/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Search filters (RFC 4515).  Here, and nowhere else, text from outside is
 * joined into a filter or a DN.
 */
#ifndef EAS_FILTER_H
#define EAS_FILTER_H

#include "eas_login.h"

/** Which attributes each login form is looked up in (EASAuthLDAPLogin). */
typedef struct eas_login_attributes {
    apr_array_header_t *user; /**< const char *: bare names */
    apr_array_header_t *upn;  /**< const char *: user@domain */
    apr_array_header_t *mail; /**< const char *: addresses; proxyAddresses is
                                   matched with its `smtp:` prefix */
} eas_login_attributes;

/**
 * Escape an assertion value: `*`, `(`, `)`, `\`, NUL and every byte that is
 * not printable ASCII, as \HH (RFC 4515, section 3).
 * @param pool lifetime of the result
 */
char *eas_filter_escape(const char *value, apr_size_t length, apr_pool_t *pool);

/**
 * Escape an attribute value for a DN (RFC 4514, section 2.4).
 * @param pool lifetime of the result
 */
char *eas_filter_escape_dn(const char *value, apr_pool_t *pool);

/**
 * The filter that finds whoever a login names:
 * (&BASE(|(attribute=value)...)).
 *
 * A bare name and `DOMAIN\user` match the user attributes; `user@domain`
 * matches the upn and mail attributes with the whole text and, where the
 * domain is one of @a domains, the user attributes with the part before the
 * @.
 *
 * @param attributes which attributes each form is looked up in
 * @param domains of the provider
 * @param base filter of the URL, parenthesised, trusted; NULL for none
 * @param pool lifetime of the result
 * @return the filter, or NULL where no attribute serves this form
 */
char *eas_filter_login(const eas_login_attributes *attributes,
                       const eas_domains *domains, const char *base,
                       const eas_login *login, apr_pool_t *pool);

/**
 * Whether a word is an attribute description: a name of letters, digits and
 * hyphens that begins with a letter, or a dotted OID (RFC 4512, section
 * 1.4), without options.
 * @return 1 or 0
 */
int eas_filter_is_attribute(const char *word);

/**
 * Read one word of EASAuthLDAPLogin: `user=ATTR`, `upn=ATTR`, `mail=ATTR`;
 * a further word without `=` goes on with the form before it.
 * @param form_in_out the form words belong to, "" at the first
 * @param pool lifetime of the copies kept in @a attributes
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *eas_login_attributes_add(eas_login_attributes *attributes,
                                     const char **form_in_out, const char *word,
                                     apr_pool_t *pool);

#endif
