/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Mapping (EASAuthCertMap): by which contents of a certificate, in which
 * order, its account is looked for.
 */
#ifndef EAS_CERT_MAP_H
#define EAS_CERT_MAP_H

#include "eas_cert.h"

/** EASAuthCertStrong: what becomes of a weak mapping. */
typedef enum {
    EAS_STRONG_AUTO = 0, /**< require on Active Directory, off elsewhere */
    EAS_STRONG_OFF,
    EAS_STRONG_WARN,
    EAS_STRONG_REQUIRE
} eas_cert_strong;

/** One kind of an ordered list. */
typedef struct eas_cert_map_entry {
    eas_cert_kind kind;
    const char *text; /**< of EAS_MAP_TEMPLATE, else NULL */
} eas_cert_map_entry;

/** An ordered list; NULL or empty stands for the default. */
typedef struct eas_cert_map {
    apr_array_header_t *entries; /**< eas_cert_map_entry */
} eas_cert_map;

/** One search on the way to an account. */
typedef struct eas_cert_step {
    int decides; /**< the certificate itself names somebody: where nobody is
                      found, none of the later ones is asked */
    int count;
    const eas_claim *claims; /**< of kinds that follow each other in the list,
                                  do not decide and are as strong: looked for
                                  at once */
} eas_cert_step;

/** The name of a kind as EASAuthCertMap and EAS_CERT_MAP have it: sid,
 * issuer-serial, ski, sha1-pukey, issuer-sid, der, upn, email,
 * issuer-subject, subject-only, rfc822, cn, subject, template; static, never
 * NULL. */
const char *eas_cert_kind_name(eas_cert_kind kind);

/**
 * Whether a mapping of this kind is strong: made by the directory's
 * administrator or the CA, not chosen by who asks for the certificate
 * (KB5014754).  Strong are sid, issuer-serial, ski, sha1-pukey, issuer-sid and
 * der.
 */
int eas_cert_kind_is_strong(eas_cert_kind kind);

/**
 * Read one word of EASAuthCertMap: the name of a kind, or a template, which
 * has %{NAME} in it: a DN such as `uid=%{UID},ou=people,dc=example,dc=com`, or
 * a filter such as `(employeeNumber=%{SERIALNUMBER})`.  A kind stands once in
 * a list.
 * @param pool lifetime of what is kept in @a map
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *eas_cert_map_add(eas_cert_map *map, const char *word,
                             apr_pool_t *pool);

/** The list by default: sid issuer-serial ski sha1-pukey der upn email cn
 * subject; static. */
const eas_cert_map *eas_cert_map_default(void);

/**
 * The searches a certificate is looked for with, in order.
 *
 * sid, upn, email, cn, subject and template are names that the certificate
 * bears: where it bears one, that decides.  The others are entries somebody
 * made in the directory: where there is none, the next kind is asked.
 *
 * @param pool lifetime of the result
 * @param steps_out eas_cert_step; may be empty; untouched on failure
 * @param detail_out for the log; untouched where there is none
 * @return EAS_REASON_NONE; EAS_CERT_MALFORMED for a field with a fault that
 *         comes before the first deciding step; EAS_CERT_CONFLICT for one with
 *         several values
 */
eas_reason eas_cert_map_steps(const eas_cert_map *map, const eas_cert *cert,
                              apr_pool_t *pool,
                              const apr_array_header_t **steps_out,
                              const char **detail_out);

#endif
