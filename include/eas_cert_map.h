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
    eas_cert_kind kind; /**< the first of those in @a claims */
    int decides; /**< the certificate itself names somebody: where nobody is
                      found, none of the later ones is asked */
    int count;   /**< 0 where it decides and can be nobody's name: it has a
                      blank at an end, or characters that directories compare
                      as others (eas_spelling_fold) */
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
 * Whether a kind is a name that the certificate bears, so that it decides:
 * sid, upn, email, cn, subject and template.  The others are entries somebody
 * made in the directory.
 */
int eas_cert_kind_decides(eas_cert_kind kind);

/**
 * Read one word of EASAuthCertMap: the name of a kind, or a template, which
 * has %{NAME} in it: a DN such as `uid=%{UID},ou=people,dc=example,dc=com`, or
 * a filter such as `(employeeNumber=%{SERIALNUMBER})` (eas_cert_template.h).
 * A kind stands once in a list.  The names of kinds know no case.
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
 * Behind the first step that decides are what else the certificate says, which
 * is looked at for contradictions alone: there, of a field with several values
 * all are claims, and a field with a fault says nothing.
 *
 * @param map NULL or empty for the default
 * @param pool lifetime of the result
 * @param steps_out eas_cert_step; may be empty; untouched on failure
 * @param detail_out for the log; untouched where there is none
 * @return EAS_REASON_NONE; up to the first deciding step: EAS_CERT_MALFORMED
 *         for a field with a fault, EAS_CERT_CONFLICT for one with several
 *         values
 */
eas_reason eas_cert_map_steps(const eas_cert_map *map, const eas_cert *cert,
                              apr_pool_t *pool,
                              const apr_array_header_t **steps_out,
                              const char **detail_out);

#endif
