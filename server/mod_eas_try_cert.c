/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_try_cert.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "eas_cert_check.h"
#include "eas_cert_find.h"
#include "eas_clock.h"
#include "eas_reason.h"

/* A certificate in base64, and what people write around it. */
#define FILE_LENGTH_HIGH (4 * EAS_CERT_LENGTH_HIGH)

/* The certificate, and how it is mapped. */
typedef struct trial {
    mod_eas_attempt *a;
    const eas_cert *cert;
    eas_cert_map map;
} trial;

/* --- reading --- */

/* The first one of a file; what is around it may be anything. */
static const char *read_file(const char *path, apr_pool_t *pool)
{
    static const char end[] = "-----END CERTIFICATE-----";
    apr_file_t *file = NULL;
    char *text = apr_palloc(pool, FILE_LENGTH_HIGH + 1);
    apr_size_t length = 0;
    char *from;
    char *to;

    if (apr_file_open(&file, path, APR_READ, APR_OS_DEFAULT, pool)
        != APR_SUCCESS) {
        return NULL;
    }
    apr_file_read_full(file, text, FILE_LENGTH_HIGH, &length);
    apr_file_close(file);
    text[length] = '\0';
    from = strstr(text, "-----BEGIN CERTIFICATE-----");
    to = from ? strstr(from, end) : NULL;
    return to ? apr_pstrmemdup(pool, from,
                               (apr_size_t)(to - from) + strlen(end))
              : NULL;
}

static eas_reason read_certificate(trial *t, const char *path)
{
    mod_eas_attempt *a = t->a;
    const char *pem = read_file(path, a->pool);
    const char *detail = NULL;
    eas_reason reason = EAS_NO_CERTIFICATE;

    if (pem) {
        reason = eas_cert_read_pem(pem, a->pool, &t->cert, &detail);
    }
    else {
        detail = "the file cannot be read, or has no certificate in PEM";
    }
    mod_eas_attempt_step(
        a, "certificate", reason,
        mod_eas_attempt_outcome(
            a, reason,
            t->cert ? mod_eas_attempt_quote(a, t->cert->subject) : "", detail));
    return reason;
}

/* --- what it says --- */

static const char *show_list(const mod_eas_attempt *a,
                             const apr_array_header_t *texts)
{
    const char *shown = "";

    for (int i = 0; texts && i < texts->nelts; i++) {
        shown = apr_pstrcat(
            a->pool, shown, i ? ", " : "",
            mod_eas_attempt_quote(a, APR_ARRAY_IDX(texts, i, const char *)),
            NULL);
    }
    return shown;
}

static void show_field(const mod_eas_attempt *a, const char *name,
                       const eas_cert_values *field)
{
    if (field->fault) {
        mod_eas_attempt_say(
            a, name,
            apr_pstrcat(a->pool, "cannot be used: ", field->fault, NULL));
    }
    else if (field->values->nelts) {
        mod_eas_attempt_say(a, name, show_list(a, field->values));
    }
}

static const char *show_dates(const mod_eas_attempt *a, const eas_cert *cert)
{
    char *from = apr_palloc(a->pool, APR_RFC822_DATE_LEN);
    char *to = apr_palloc(a->pool, APR_RFC822_DATE_LEN);

    apr_rfc822_date(from, cert->not_before);
    apr_rfc822_date(to, cert->not_after);
    return apr_pstrcat(a->pool, from, " to ", to, NULL);
}

static void show_certificate(const mod_eas_attempt *a, const eas_cert *cert)
{
    mod_eas_attempt_say(a, "issuer", mod_eas_attempt_quote(a, cert->issuer));
    mod_eas_attempt_say(a, "serial", cert->serial);
    mod_eas_attempt_say(a, "valid", show_dates(a, cert));
    if (cert->has_eku) {
        mod_eas_attempt_say(a, "usage", show_list(a, cert->eku));
    }
    show_field(a, "sid", &cert->sid);
    show_field(a, "upn", &cert->upn);
    show_field(a, "email", &cert->email);
    show_field(a, "cn", &cert->cn);
    if (cert->issuer_ad) {
        mod_eas_attempt_say(
            a, "as AD has it",
            mod_eas_attempt_quote(a, apr_pstrcat(a->pool, "X509:<I>",
                                                 cert->issuer_ad, "<SR>",
                                                 cert->serial_reversed, NULL)));
    }
}

/* --- whose it is --- */

/* The words as EASAuthCertMap takes them. */
static int read_map(trial *t)
{
    const char *text = getenv("EAS_AUTH_MAP");
    char *state = NULL;
    char *word;

    t->map.entries =
        apr_array_make(t->a->pool, EAS_MAP_COUNT, sizeof(eas_cert_map_entry));
    for (word =
             apr_strtok(apr_pstrdup(t->a->pool, text ? text : ""), " ", &state);
         word; word = apr_strtok(NULL, " ", &state)) {
        const char *error = eas_cert_map_add(&t->map, word, t->a->pool);

        if (error) {
            mod_eas_attempt_result(t->a, "usage", error);
            return 0;
        }
    }
    return 1;
}

static const char *show_claim(const mod_eas_attempt *a, const eas_claim *claim)
{
    return apr_pstrcat(a->pool, eas_cert_kind_name(claim->kind), " ",
                       mod_eas_attempt_quote(a, claim->value), NULL);
}

/* One search of those that may be made. */
static void try_step(trial *t, const eas_cert_step *step)
{
    mod_eas_attempt *a = t->a;
    const char *shown = "";
    const char *detail = NULL;
    eas_identity *identity = NULL;
    eas_reason reason;

    for (int i = 0; i < step->count; i++) {
        mod_eas_attempt_say(a, i ? "" : "looked for",
                            show_claim(a, &step->claims[i]));
    }
    a->deadline = eas_clock_now(NULL) + a->provider->settings.total_timeout;
    reason = a->directory->find_claimed(a->directory->self, step->claims,
                                        step->count, NULL, a->deadline, a->pool,
                                        &identity, &detail);
    if (reason == EAS_REASON_NONE) {
        shown = mod_eas_attempt_quote(a, identity->dn);
    }
    else {
        shown = reason == EAS_UNKNOWN_USER ? "nobody" : eas_reason_name(reason);
    }
    mod_eas_attempt_note(
        a, "found", reason,
        apr_pstrcat(a->pool, shown, detail ? ": " : "", detail, NULL));
}

static void try_steps(trial *t)
{
    const apr_array_header_t *steps = NULL;
    const char *detail = NULL;

    if (!t->a->directory->find_claimed
        || eas_cert_map_steps(&t->map, t->cert, t->a->pool, &steps, &detail)
               != EAS_REASON_NONE) {
        return; /* finding says why */
    }
    for (int i = 0; i < steps->nelts; i++) {
        const eas_cert_step *step = &APR_ARRAY_IDX(steps, i, eas_cert_step);

        if (step->count) {
            try_step(t, step);
        }
    }
}

static eas_reason find(trial *t)
{
    mod_eas_attempt *a = t->a;
    const eas_cert_search search = {a->directory,
                                    &t->map,
                                    EAS_STRONG_AUTO,
                                    t->cert,
                                    NULL,
                                    eas_clock_now(NULL)
                                        + a->provider->settings.total_timeout,
                                    a->pool};
    const char *detail = NULL;
    eas_reason reason = eas_cert_find(&search, &a->identity, &detail);

    mod_eas_attempt_step(
        a, "entry", reason,
        mod_eas_attempt_outcome(
            a, reason,
            a->identity ? mod_eas_attempt_quote(a, a->identity->dn) : "",
            detail));
    if (reason == EAS_REASON_NONE) {
        mod_eas_attempt_say(
            a, "by",
            apr_pstrcat(a->pool, eas_cert_kind_name(a->identity->map),
                        eas_cert_kind_is_strong(a->identity->map)
                            ? ", which is strong"
                            : ", which is weak",
                        NULL));
        mod_eas_attempt_identity(a);
    }
    return reason;
}

/* What no section says otherwise; what does not do is seen with the rest. */
static eas_reason check(const trial *t)
{
    const char *detail = NULL;
    eas_reason reason = eas_cert_check(
        NULL, t->cert, NULL, eas_clock_date(NULL), t->a->pool, &detail);

    mod_eas_attempt_step(
        t->a, "check", reason,
        mod_eas_attempt_outcome(t->a, reason,
                                "valid now, and for authentication of clients",
                                detail));
    return reason;
}

static eas_reason look(trial *t)
{
    mod_eas_attempt *a = t->a;
    eas_reason checked = check(t);
    eas_reason reason;

    try_steps(t);
    reason = find(t);
    if (reason == EAS_REASON_NONE) {
        a->identity->proof = EAS_PROOF_CERTIFICATE;
        a->deadline = eas_clock_now(NULL) + a->provider->settings.total_timeout;
        reason = mod_eas_attempt_state(a);
    }
    return checked != EAS_REASON_NONE ? checked : reason;
}

int mod_eas_try_cert(mod_eas_attempt *a)
{
    trial t = {a, NULL, {NULL}};
    const char *path = getenv("EAS_AUTH_FILE");
    eas_reason reason;

    if (!path || !*path) {
        mod_eas_attempt_result(a, "usage",
                               "EAS_AUTH_FILE says which certificate");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!read_map(&t) || !mod_eas_attempt_open(a)) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    reason = read_certificate(&t, path);
    if (reason == EAS_REASON_NONE) {
        show_certificate(a, t.cert);
        reason = look(&t);
    }
    return mod_eas_attempt_conclude(a, reason);
}
