/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an X.509 certificate says (RFC 5280), read once.
 *
 * A certificate that was verified is hostile all the same: its fields were
 * chosen by whoever asked a CA for it.  What is not exactly one well-formed
 * value of its kind is a fault of that field, and who needs the field refuses
 * the certificate.
 */
#ifndef EAS_CERT_H
#define EAS_CERT_H

#include <openssl/x509.h>

#include "eas_types.h"

/** The longest certificate that is read, in bytes of DER. */
#define EAS_CERT_LENGTH_HIGH 65536
/** The longest name of an issuer or subject, in bytes of DER. */
#define EAS_CERT_NAME_HIGH 8192
/** The longest serial number; RFC 5280 allows 20 bytes. */
#define EAS_CERT_SERIAL_HIGH 64
/** Most extensions, and most OIDs of extended key usage. */
#define EAS_CERT_EXTENSIONS_HIGH 64
/** The longest value of a field, in bytes of UTF-8; a longer one is a fault. */
#define EAS_CERT_VALUE_HIGH 1024
/** Most values of a field, and most parts of a subject; more are a fault. */
#define EAS_CERT_VALUES_HIGH 64

/** All values of a field, distinct. */
typedef struct eas_cert_values {
    apr_array_header_t *values; /**< const char *, UTF-8 without control
                                     characters, none empty; those that were
                                     well; never NULL */
    const char *fault;          /**< why the field is not to be used, a static
                                     text, or NULL */
} eas_cert_values;

/** One attribute of the subject, in the order of the encoding. */
typedef struct eas_cert_part {
    const char *name;  /**< short name, such as CN, OU, UID; else the OID */
    const char *value; /**< UTF-8; NULL where it is no text of one reading, or
                            empty, too long or has control characters */
} eas_cert_part;

/** What a certificate says. */
typedef struct eas_cert {
    X509 *x509; /**< freed with the pool */
    const unsigned char *der;
    apr_size_t der_length;
    unsigned char sha256[32]; /**< of the DER */
    apr_time_t not_before;
    apr_time_t not_after;        /**< valid up to and with this second; that of
                                      the year 9999 where there is no end (RFC
                                      5280, section 4.1.2.5) */
    const char *serial;          /**< hexadecimal, two capital digits a byte, as
                                      it is displayed, without leading zero
                                      bytes */
    const char *serial_decimal;  /**< the number (RFC 4523, section 3.1) */
    const char *serial_reversed; /**< as altSecurityIdentities has it: the
                                      bytes of serial in reverse order */
    const char *issuer;          /**< RFC 4514, never empty */
    const char *subject;         /**< RFC 4514; "" for an empty one */
    const char *issuer_ad;       /**< as Active Directory prints it, root first;
                                      NULL where that is not certain, or empty */
    const char *subject_ad;      /**< the same */
    const char *ski;             /**< subject key identifier, hexadecimal, small
                                      letters; NULL where there is none, or an
                                      empty one or one of over 64 bytes */
    const char *sha1_key;        /**< SHA-1 of the key's BIT STRING, the same */
    const char *sha1_spki;       /**< SHA-1 of the SubjectPublicKeyInfo */
    eas_cert_values sid;    /**< of the extension and of SAN URIs, "S-1-" */
    eas_cert_values upn;    /**< SAN otherName 1.3.6.1.4.1.311.20.2.3; the same
                                 in another case is the same */
    eas_cert_values email;  /**< SAN rfc822Name; the same */
    eas_cert_values cn;     /**< commonName of the subject */
    eas_cert_values device; /**< SAN URI urn:eas-device:ID */
    const apr_array_header_t *parts; /**< eas_cert_part: all of the subject, up
                                          to EAS_CERT_VALUES_HIGH */
    const char *parts_fault;         /**< why not to be used, or NULL: a part
                                          without a value, or too many */
    int has_eku;
    const apr_array_header_t *eku; /**< const char *: OIDs in dotted form */
    int has_key_usage;
    int signs; /**< keyUsage digitalSignature */
    int is_ca; /**< basicConstraints cA */
} eas_cert;

/** What came as a client's certificate. */
typedef struct eas_presented {
    eas_reason reason;    /**< EAS_REASON_NONE where it was read and is that of
                               the client, verified by TLS or by us; else
                               EAS_NO_CERTIFICATE, EAS_CERT_NOT_VERIFIED,
                               EAS_CERT_MALFORMED or one of the unavailable
                               class */
    const eas_cert *cert; /**< what could be read; or NULL */
    const apr_array_header_t *chain; /**< X509 *: what came with it; or NULL */
    const char *detail;              /**< for the log, or NULL */
} eas_presented;

/**
 * Read a certificate.
 *
 * @param der exactly one certificate, up to EAS_CERT_LENGTH_HIGH bytes
 * @param pool lifetime of the result, which has a copy of the DER
 * @param cert_out untouched on failure
 * @param detail_out what is wrong with it, static; untouched where nothing is
 * @return EAS_REASON_NONE; EAS_CERT_MALFORMED for what is none, is too long or
 *         not DER, has bytes behind it, an extension twice or that cannot be
 *         read, or critical and unknown, no issuer, a date against RFC 5280 or
 *         a negative serial number (Windows drops its sign, and would take it
 *         for another one); EAS_INTERNAL_ERROR where OpenSSL could not
 */
eas_reason eas_cert_read(const unsigned char *der, apr_size_t length,
                         apr_pool_t *pool, const eas_cert **cert_out,
                         const char **detail_out);

/**
 * The same of one certificate in PEM (RFC 7468, section 5), as mod_ssl gives
 * it, with nothing but blanks before and behind it.
 * @param pem NUL-terminated
 * @return as eas_cert_read
 */
eas_reason eas_cert_read_pem(const char *pem, apr_pool_t *pool,
                             const eas_cert **cert_out,
                             const char **detail_out);

/**
 * Whether a field holds a value.
 * @param value_out the only one; untouched unless EAS_REASON_NONE is returned
 *        and there is one
 * @param has_out whether there is any
 * @return EAS_REASON_NONE; EAS_CERT_MALFORMED for a fault; EAS_CERT_CONFLICT
 *         for more than one value
 */
eas_reason eas_cert_only(const eas_cert_values *field, const char **value_out,
                         int *has_out);

#endif
