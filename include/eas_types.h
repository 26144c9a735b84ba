/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The vocabulary: what every layer of mod_eas_auth talks about.
 *
 * Nothing here depends on httpd or libldap.  All strings are NUL-terminated
 * UTF-8 and live as long as the pool named by the function that made them.
 */
#ifndef EAS_TYPES_H
#define EAS_TYPES_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "eas_key.h"

/** What a decision amounts to; what a phone is told follows from it. */
typedef enum {
    EAS_CLASS_GRANTED,
    EAS_CLASS_NO_CREDENTIAL,
    EAS_CLASS_MALFORMED,
    EAS_CLASS_REFUSED,
    EAS_CLASS_FORBIDDEN,
    EAS_CLASS_LOCKED,
    EAS_CLASS_UNAVAILABLE
} eas_class;

/**
 * Every way in which a decision can end.  lib/eas_reason.c holds the table of
 * their properties.  Switches over this type have no default, so that the
 * compiler points at each place a new reason has to be thought about.
 *
 * Zero is no answer at all, so that forgotten or zeroed memory never reads as
 * a grant: it is answered like an internal error.
 */
typedef enum {
    EAS_REASON_NONE = 0,

    EAS_GRANTED,

    EAS_NO_CREDENTIAL, /**< no Authorization header */
    EAS_OTHER_SCHEME,  /**< Authorization of another scheme */

    EAS_BAD_BASE64,        /**< not base64 (RFC 4648) */
    EAS_NO_COLON,          /**< no colon after the login (RFC 7617) */
    EAS_CONTROL_CHARACTER, /**< NUL or another control character */
    EAS_TOO_LONG,          /**< longer than any real login or password */
    EAS_BAD_ENCODING,      /**< neither UTF-8 nor printable Latin-1 */
    EAS_EMPTY_LOGIN,       /**< nothing before the colon */

    EAS_WRONG_PASSWORD,    /**< the directory says so: a guess */
    EAS_KNOWN_WRONG,       /**< refused before, and not asked again: no guess */
    EAS_UNKNOWN_USER,      /**< no entry, or a domain that is not ours */
    EAS_AMBIGUOUS_USER,    /**< more than one entry: nobody is bound */
    EAS_BAD_LOGIN,         /**< a login no directory can hold */
    EAS_EMPTY_PASSWORD,    /**< LDAP would call it success (RFC 4513 5.1.2) */
    EAS_REFUSED_OTHERWISE, /**< refused with a code we do not know */

    EAS_NO_TLS, /**< plain HTTP where TLS is required */
    EAS_ACCOUNT_DISABLED,
    EAS_ACCOUNT_EXPIRED,
    EAS_ACCOUNT_RESTRICTED, /**< AD 52f: account restriction */
    EAS_PASSWORD_EXPIRED,
    EAS_MUST_CHANGE, /**< password must be changed first */
    EAS_LOGON_HOURS,
    EAS_LOGON_WORKSTATION,
    EAS_LOGON_TYPE,     /**< AD 569: logon type not granted */
    EAS_NO_REMOTE_USER, /**< the entry lacks what EASAuthRemoteUser names */
    EAS_NOT_AUTHORIZED, /**< a proven person no Require line lets in */

    EAS_NO_CERTIFICATE, /**< none was presented, and one is needed */
    /* From here to EAS_CERT_CONFLICT it is the certificate that will not do. */
    EAS_CERT_NOT_VERIFIED, /**< its chain was not verified */
    EAS_CERT_MALFORMED,    /**< it cannot be read, or what it is to be mapped
                                by cannot be */
    EAS_CERT_DATES,        /**< not valid yet, or not any more (RFC 5280) */
    EAS_CERT_USAGE,        /**< not for client authentication */
    EAS_CERT_ISSUER,       /**< of an issuer this section does not let in */
    EAS_CERT_UNMAPPED,     /**< it names nobody */
    EAS_CERT_AMBIGUOUS,    /**< it names more than one */
    EAS_CERT_WEAK,         /**< it names somebody by what its owner may have
                                chosen (EASAuthCertStrong) */
    EAS_CERT_CONFLICT,     /**< what it says names different people */
    EAS_ACCOUNTS_DIFFER,   /**< certificate and password are of two accounts */

    EAS_DIRECTORY_LOCKED, /**< the directory has locked the account */
    EAS_SHIELD_LOCKED,    /**< we hold the account, before the directory does */
    EAS_NETWORK_HELD,     /**< the client's network guesses at many accounts */

    EAS_DIRECTORY_DOWN,     /**< no server reached, or the connection lost */
    EAS_DIRECTORY_TIMEOUT,  /**< no answer within the deadline */
    EAS_DIRECTORY_BUSY,     /**< the directory says busy or unavailable */
    EAS_DIRECTORY_ERROR,    /**< an LDAP answer that decides nothing */
    EAS_DIRECTORY_NAME,     /**< the server's name could not be resolved */
    EAS_DIRECTORY_TLS,      /**< TLS to the directory failed or was refused */
    EAS_DIRECTORY_REFERRAL, /**< a referral, which is never followed */
    EAS_SERVICE_REFUSED,    /**< the service account was refused */
    EAS_NO_LOGON_SERVER,    /**< AD 51f, 6fb-6fd: no logon server, no trust */
    EAS_SIGNING_DEMANDED,   /**< the directory wants a protected bind */
    EAS_OVERLOADED,         /**< every connection we may open is in use */
    EAS_AUTHZ_UNAVAILABLE,  /**< a Require line could not be decided */
    EAS_MISCONFIGURED,      /**< the configuration cannot work */
    EAS_INTERNAL_ERROR,

    EAS_REASON_COUNT
} eas_reason;

/** A moment on the monotonic clock, in microseconds; not a date. */
typedef apr_time_t eas_moment;

/** How a login was written. */
typedef enum {
    EAS_LOGIN_USER,       /**< `user` or `\user` */
    EAS_LOGIN_DOMAIN,     /**< `DOMAIN\user` */
    EAS_LOGIN_UPN,        /**< `user@domain` */
    EAS_LOGIN_CERTIFICATE /**< none was typed: it stands for a certificate */
} eas_login_form;

/** A login as a person typed it, taken apart. */
typedef struct eas_login {
    eas_login_form form;
    const char *text;   /**< the whole, as typed */
    const char *user;   /**< the part that names a person in a domain */
    const char *domain; /**< as typed, or NULL where none was stated */
} eas_login;

/** What was presented. */
typedef struct eas_credential {
    const char *login;    /**< never empty */
    const char *password; /**< may be empty; wiped with its pool */
} eas_credential;

/** The canonical name of a person. */
typedef struct eas_account {
    const char *user;   /**< the login name as the directory spells it */
    const char *domain; /**< first of EASAuthDomain, or NULL */
} eas_account;

/** EASAuthLDAPType: how attributes and refusals are read. */
typedef enum {
    EAS_LDAP_GENERIC,
    EAS_LDAP_OPENLDAP,
    EAS_LDAP_ACTIVE_DIRECTORY,
    EAS_LDAP_FREEIPA
} eas_ldap_type;

/** AuthType: what a client has to show. */
typedef enum {
    EAS_BY_PASSWORD = 0, /**< EAS-Basic */
    EAS_BY_EITHER,       /**< EAS-Either: a certificate, else a password */
    EAS_BY_BOTH,         /**< EAS-Both: of one account */
    EAS_BY_CERTIFICATE   /**< EAS-Certificate */
} eas_demand;

/** How an identity was proven. */
typedef enum {
    EAS_PROOF_NONE = 0,
    EAS_PROOF_PASSWORD,
    EAS_PROOF_CERTIFICATE,
    EAS_PROOF_BOTH /**< a password and a certificate of one account */
} eas_proof;

/** By which of its contents a certificate is mapped to an account
 * (EASAuthCertMap; MS-PKCA 3.1.5.2.1.5). */
typedef enum {
    EAS_MAP_NONE = 0,
    EAS_MAP_SID,            /**< the SID extension or SAN URI: objectSid */
    EAS_MAP_ISSUER_SERIAL,  /**< altSecurityIdentities X509:<I><SR> */
    EAS_MAP_SKI,            /**< X509:<SKI> */
    EAS_MAP_SHA1_PUKEY,     /**< X509:<SHA1-PUKEY> */
    EAS_MAP_ISSUER_SID,     /**< X509:<I><SID> */
    EAS_MAP_DER,            /**< userCertificate holds this very certificate */
    EAS_MAP_UPN,            /**< SAN otherName userPrincipalName */
    EAS_MAP_EMAIL,          /**< SAN rfc822Name */
    EAS_MAP_ISSUER_SUBJECT, /**< X509:<I><S> */
    EAS_MAP_SUBJECT_ONLY,   /**< X509:<S> */
    EAS_MAP_RFC822,         /**< X509:<RFC822> */
    EAS_MAP_CN,             /**< the subject's commonName: a login name */
    EAS_MAP_SUBJECT,        /**< the subject is the entry's name */
    EAS_MAP_TEMPLATE,       /**< a name or filter made of the subject's parts */
    EAS_MAP_COUNT
} eas_cert_kind;

/** What one certificate says of who holds it: one thing to look for. */
typedef struct eas_claim {
    eas_cert_kind kind;
    const char *value; /**< the SID; the whole altSecurityIdentities value;
                            the UPN, address or name; the entry's DN (RFC
                            4514) or, in parentheses, a filter whose values
                            are escaped; for EAS_MAP_DER the GSER assertion of
                            certificateExactMatch (RFC 4523) */
    const unsigned char *der; /**< the certificate, for EAS_MAP_DER; NULL */
    apr_size_t der_length;
} eas_claim;

/** One entry of one directory. */
typedef struct eas_identity {
    const char *id; /**< objectGUID, entryUUID, else the normalised DN */
    const char *dn; /**< what is bound as: a DN, or the expanded template */
    eas_account account;
    apr_table_t *attributes; /**< the attributes asked for and those of the
                                  account's state, every value */
    const char *stamp;       /**< changes whenever the password does
                                  (eas_state_stamp); NULL where none can be
                                  read, as in a Global Catalog and where the
                                  login is bound as it is */
    eas_proof proof;         /**< set by eas_directory.verify alone, and by
                                  lib/ for a proof remembered, and for a
                                  certificate that names the entry */
    eas_cert_kind map;       /**< by what a certificate names it */
    int is_remembered;       /**< found some time ago, not just now */
    int is_unanswered;       /**< set by eas_directory.verify: the password was
                                  sent, and no answer came; it may have been
                                  counted as wrong */
    apr_int64_t expires_in;  /**< seconds to password expiry, -1 not told */
} eas_identity;

/** After what a directory itself locks an account. */
typedef struct eas_lockout_limits {
    int threshold;              /**< wrong passwords; 0: it never does */
    apr_interval_time_t window; /**< they have to fall into, in microseconds;
                                     a day where they count until the right
                                     one comes */
} eas_lockout_limits;

/** Who is at the other end. */
typedef struct eas_client {
    const char *address; /**< textual IP address, for logs */
    int tls;             /**< whether the request came over TLS */
    int is_shared;       /**< whether many people share the address
                              (EASAuthSharedNetworks) */
} eas_client;

/** EASAuthLockout mode=: what the shield does at the limit. */
typedef enum {
    EAS_LOCKOUT_OFF = 0, /**< nothing is counted or held */
    EAS_LOCKOUT_LOG,     /**< counted, held in words only */
    EAS_LOCKOUT_ENFORCE
} eas_lockout_mode;

/** EASAuthLockout spray=: what becomes of a network that guesses at many. */
typedef enum {
    EAS_SPRAY_OFF = 0, /**< it is not looked for */
    EAS_SPRAY_LOG,     /**< the log says so */
    EAS_SPRAY_ENFORCE  /**< and it is held */
} eas_spray_mode;

/** EASAuthLockout as it is in effect in a section. */
typedef struct eas_shield_settings {
    eas_lockout_mode mode;
    int attempts; /**< wrong passwords all servers together let through to the
                       directory; 0: auto, half of its own threshold */
    apr_interval_time_t window; /**< 0: auto, at least the directory's own */
    eas_spray_mode spray;
    int servers; /**< how many of us share the budget; at least 1 */
} eas_shield_settings;

/** Where a verdict came from. */
typedef enum {
    EAS_SOURCE_NONE, /**< decided without asking anyone */
    EAS_SOURCE_DIRECTORY,
    EAS_SOURCE_CACHE, /**< what the directory said a while ago */
    EAS_SOURCE_STALE, /**< the same, longer ago: it cannot be asked now */
    EAS_SOURCE_MEMO,  /**< what was said on this very connection */
    EAS_SOURCE_LEDGER /**< the record of wrong passwords */
} eas_source;

/** What of a certificate is told to logs and back ends. */
typedef struct eas_cert_told {
    const char *serial;   /**< hexadecimal; NULL where no certificate was
                               looked at */
    const char *issuer;   /**< RFC 4514 */
    const char *subject;  /**< the same; NULL where it is not remembered */
    apr_time_t not_after; /**< when it ends */
} eas_cert_told;

/** What a grant out of the cache stands on (eas_basis.h). */
typedef struct eas_basis eas_basis;

/** The only thing that travels back up. */
typedef struct eas_verdict {
    eas_reason reason;
    eas_source source;
    const eas_identity *identity; /**< whoever was found, or NULL; proven
                                       only where reason is EAS_GRANTED */
    const char *remote_user;      /**< what REMOTE_USER holds, where granted */
    const char *login;            /**< as typed, or NULL */
    eas_cert_told certificate;
    const char *provider; /**< name of the provider that decided, or NULL */
    const char *detail;   /**< for the log alone, or NULL */
    int retry_after;      /**< seconds, 0 where there is none to give */
    apr_interval_time_t locked_for; /**< what is left of a lock, where it is
                                         known; else 0 */
    eas_moment until; /**< how long a grant holds on its connection; 0: it is
                           not to be repeated */
    apr_interval_time_t elapsed; /**< time the decision took */
    eas_moment deadline;         /**< until when its directory may be asked
                                      further, about groups */
    const eas_basis *basis; /**< what a cached grant stands on; NULL where that
                                 cannot be looked at again, or where another
                                 provider was asked before, which may know the
                                 login the next time */
} eas_verdict;

/** Time, so that no test has to wait for it. */
typedef struct eas_clock {
    void *self;
    /** The present moment on a clock that never goes back. */
    eas_moment (*now)(void *self);
    /** The present date, for comparing with dates of a directory. */
    apr_time_t (*date)(void *self);
} eas_clock;

/**
 * A directory of people.  A call may be made from any thread.
 *
 * All functions but down_for and is_down answer EAS_REASON_NONE where there is no
 * objection, else a reason of the classes refused, forbidden, locked or
 * unavailable, and may leave a text for the log in @a detail_out.  Results
 * live in @a pool.
 */
typedef struct eas_directory {
    void *self;
    eas_ldap_type type;
    /**
     * Find the one entry a login names.
     * @param attributes names to read, NULL-terminated; NULL for none
     * @param is_fresh whether what is remembered does not do
     * @return EAS_REASON_NONE and @a identity_out, unproven
     */
    eas_reason (*find)(void *self, const eas_login *login,
                       const char *const *attributes, int is_fresh,
                       eas_moment deadline, apr_pool_t *pool,
                       eas_identity **identity_out, const char **detail_out);
    /**
     * Prove a password.  Never called with an empty one.
     * @return EAS_REASON_NONE with identity->proof set, and only then
     */
    eas_reason (*verify)(void *self, eas_identity *identity,
                         const char *password, eas_moment deadline,
                         apr_pool_t *pool, const char **detail_out);
    /**
     * Read the state of an account from its entry, for who presents no
     * password.  Where the identity is proven by a certificate, the state of
     * the password does not count.
     * @return what eas_state_judge says, with identity->expires_in set where
     *         it is told; a reason of the unavailable class
     */
    eas_reason (*state)(void *self, eas_identity *identity, eas_moment deadline,
                        apr_pool_t *pool, const char **detail_out);
    /**
     * Whether somebody is a member of a group, directly or by way of others.
     * @param group a DN, or the name (cn) of one group
     * @return EAS_REASON_NONE for a member, EAS_NOT_AUTHORIZED for none, a
     *         reason of the unavailable class where it cannot be told
     */
    eas_reason (*member)(void *self, const eas_identity *identity,
                         const char *group, eas_moment deadline,
                         apr_pool_t *pool, const char **detail_out);
    /**
     * Whether the entry of somebody matches a filter.
     * @return as member
     */
    eas_reason (*matches)(void *self, const eas_identity *identity,
                          const char *filter, eas_moment deadline,
                          apr_pool_t *pool, const char **detail_out);
    /** How long the directory has been unavailable; 0 while it answers. */
    apr_interval_time_t (*down_for)(void *self);
    /**
     * Whether every server of the directory is down, as those who tried have
     * found: each failed twice in a row, in whatever child.  Nothing is asked.
     * No full queue, no exhausted pool, no single failure and no silent name
     * server makes it so.
     * @return 1; 0 otherwise, and as soon as any server answers
     */
    int (*is_down)(void *self);
    /**
     * After what the directory itself locks somebody: by a policy of their own
     * where their entry names one, else by everybody's.  It is remembered, so
     * that nothing is asked most of the time.
     * @param identity as find told it
     * @return EAS_REASON_NONE with @a limits_out, and only then;
     *         EAS_MISCONFIGURED where the policy cannot be read; another
     *         reason of the unavailable class
     */
    eas_reason (*lockout)(void *self, const eas_identity *identity,
                          eas_moment deadline, apr_pool_t *pool,
                          eas_lockout_limits *limits_out);
    /**
     * Find the one entry that any of some claims of a certificate names.  It
     * is looked for each time.  NULL where the directory cannot be searched.
     * @param claims one or more, of a certificate that was verified
     * @param attributes names to read, NULL-terminated; NULL for none
     * @return EAS_REASON_NONE and @a identity_out, unproven, without a map;
     *         EAS_UNKNOWN_USER for nobody, EAS_AMBIGUOUS_USER for more than
     *         one; a reason of the unavailable class
     */
    eas_reason (*find_claimed)(void *self, const eas_claim *claims, int count,
                               const char *const *attributes,
                               eas_moment deadline, apr_pool_t *pool,
                               eas_identity **identity_out,
                               const char **detail_out);
} eas_directory;

/** As many bytes of a sealed record tell it from all others. */
#define EAS_STORE_FRONT 32

/**
 * Where sealed records are kept: our own table, or a cache server that others
 * can read and write.  It may forget anything at any time, and whatever it
 * gives back is hostile.  A call may be made from any thread.
 */
typedef struct eas_store {
    void *self;
    /**
     * Get what is kept under a key.
     * @param buffer @a room bytes
     * @return APR_SUCCESS with its length; APR_NOTFOUND; APR_ENOSPC where it
     *         is longer than room; an error of the store, which is not to be
     *         told apart from APR_NOTFOUND by who asks
     */
    apr_status_t (*get)(void *self, const eas_key *key, void *buffer,
                        apr_size_t room, apr_size_t *length_out,
                        apr_pool_t *pool);
    /**
     * Keep something under a key, in place of what was there.
     * @param span after which it may be forgotten, in microseconds from now
     * @return APR_SUCCESS; APR_ENOSPC where it is too long; an error
     */
    apr_status_t (*put)(void *self, const eas_key *key, const void *data,
                        apr_size_t length, apr_interval_time_t span,
                        apr_pool_t *pool);
    /** Forget what is kept under a key. */
    apr_status_t (*drop)(void *self, const eas_key *key, apr_pool_t *pool);
    apr_size_t room; /**< the longest it keeps, in bytes */
    int is_shared;   /**< whether other machines write into it */
    /**
     * The first EAS_STORE_FRONT bytes of what is kept under a key; NULL where
     * that costs no less than a get.
     * @param front_out padded with zeros where less is kept
     * @return 1; 0 where nothing is there
     */
    int (*front)(void *self, const eas_key *key, void *front_out);
} eas_store;

/** What spares the directories (eas_shield.h). */
typedef struct eas_shield eas_shield;

/** What the decision reaches outside itself; fakes in unit tests. */
typedef struct eas_env {
    eas_clock clock;
    /** The directory of a provider, NULL where it could not be made. */
    const eas_directory *(*directory)(void *self, const char *provider);
    /** A number from 0 to 0xffffffff, to spread Retry-After. */
    apr_uint32_t (*random)(void *self);
    void *self;               /**< for directory and random */
    const eas_shield *shield; /**< NULL for none: each login is verified */
} eas_env;

#endif
