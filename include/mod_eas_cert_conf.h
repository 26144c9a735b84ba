/* SPDX-License-Identifier: Apache-2.0 */
/** The directives of certificates: whom one stands for, and which will do. */
#ifndef MOD_EAS_CERT_CONF_H
#define MOD_EAS_CERT_CONF_H

#include "mod_eas_config.h"

/**
 * Take a line of EASAuthCertMap, EASAuthCertStrong, EASAuthCertEKU,
 * EASAuthCertIssuer or EASAuthCertSource.
 * @param name which of them
 * @param pool lifetime of what is kept, and of the sentence
 * @return NULL, or a sentence that says what is wrong with the words
 */
const char *mod_eas_cert_set(mod_eas_dir *dir, const char *name,
                             apr_pool_t *pool, int count, char *const words[]);

/** Mark what a section says of certificates as not written. */
void mod_eas_cert_unset(mod_eas_dir *dir);

/** Take over from @a below what @a merged does not say: each directive is one
 * whole, so that a list replaces the list around it. */
void mod_eas_cert_merge(mod_eas_dir *merged, const mod_eas_dir *below);

/**
 * Fill in a policy's certificates, with the defaults where nothing is written:
 * the kinds of eas_cert_map_default, EAS_STRONG_AUTO, clientAuth, whoever TLS
 * trusts, no fallback.
 * @param pool lifetime of certificates.shown; the rest lives as long as @a dir
 */
void mod_eas_cert_policy(const mod_eas_dir *dir, eas_policy *policy,
                         apr_pool_t *pool);

/** The list of kinds in effect; never NULL. */
const eas_cert_map *mod_eas_cert_map(const mod_eas_dir *dir);

/** Where the certificate comes from: MOD_EAS_SOURCE_TLS unless it is said
 * otherwise. */
mod_eas_cert_source mod_eas_cert_source_of(const mod_eas_dir *dir);

/**
 * What becomes of a weak mapping in a directory of this type.
 * @return EAS_STRONG_OFF, EAS_STRONG_WARN or EAS_STRONG_REQUIRE
 */
eas_cert_strong mod_eas_cert_strong_on(const mod_eas_dir *dir,
                                       eas_ldap_type type);

/** EASAuthCertMap as it is written, one text for each list; a template in
 * quotes.  @a pool: lifetime of the result. */
const char *mod_eas_cert_show_map(const eas_cert_map *map, apr_pool_t *pool);

/** EASAuthCertStrong as it is written; static. */
const char *mod_eas_cert_show_strong(eas_cert_strong strong);

/** EASAuthCertEKU as it is written, one text for each list. */
const char *mod_eas_cert_show_eku(const mod_eas_dir *dir, apr_pool_t *pool);

/** EASAuthCertIssuer as it is written, each in quotes; "any" for none. */
const char *mod_eas_cert_show_issuers(const mod_eas_dir *dir, apr_pool_t *pool);

/** EASAuthCertSource as it is written; static. */
const char *mod_eas_cert_show_source(const mod_eas_dir *dir);

#endif
