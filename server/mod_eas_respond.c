/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_respond.h"

#include <string.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "eas_answer.h"
#include "eas_cert_map.h"
#include "mod_eas_log.h"
#include "mod_eas_request.h"
#include "mod_eas_runtime.h"
#include "mod_eas_shield.h"

/* What is read of a request that is refused over HTTP/2, in bytes: a command
 * of ActiveSync, not a message. */
enum { SHORT_BODY = 65536 };

/* What back ends, who know no EAS-Basic, understand as AUTH_TYPE. */
static char auth_type_password[] = "Basic";
static char auth_type_certificate[] = "EAS-Certificate";

/* From when on its end is written into the log: no phone tells its owner. */
#define CERT_ENDS_SOON apr_time_from_sec(14 * 24 * 3600)

/* Whether a table has anything of our names already. */
static int has_ours(const apr_table_t *table)
{
    const apr_array_header_t *all = apr_table_elts(table);

    for (int i = 0; i < all->nelts; i++) {
        if (!strncmp(APR_ARRAY_IDX(all, i, apr_table_entry_t).key, "EAS_", 4)) {
            return 1;
        }
    }
    return 0;
}

/* How a table takes one more value.  All our names fall into one bucket of it,
 * so that to look each up before it is set costs more than all the rest. */
typedef void (*setter)(apr_table_t *table, const char *name, const char *value);

static setter setter_of(const apr_table_t *table)
{
    return has_ours(table) ? apr_table_setn : apr_table_addn;
}

typedef struct telling {
    request_rec *r;
    setter set_note;
    setter set_env;
} telling;

static void tell(const telling *t, const char *name, const char *value,
                 int granted)
{
    if (value) {
        t->set_note(t->r->notes, name, value);
        if (granted) {
            t->set_env(t->r->subprocess_env, name, value);
        }
    }
}

/* Who the verdict is about: as the directory spells the name, else as typed.
 * mod_log_config escapes what it writes. */
static const char *user_of(const eas_verdict *verdict)
{
    const eas_identity *identity = verdict->identity;

    return identity && identity->account.user ? identity->account.user
                                              : verdict->login;
}

/* How a person is proven, or was tried to be. */
static const char *method_of(const eas_verdict *verdict)
{
    switch (verdict->identity ? verdict->identity->proof : EAS_PROOF_NONE) {
    case EAS_PROOF_PASSWORD:
        return "password";
    case EAS_PROOF_CERTIFICATE:
        return "certificate";
    case EAS_PROOF_BOTH:
        return "both";
    case EAS_PROOF_NONE:
        break;
    }
    if (verdict->certificate.serial) {
        return verdict->login ? "both" : "certificate";
    }
    return verdict->login ? "password" : NULL;
}

static int has_certificate(const eas_verdict *verdict)
{
    return verdict->reason == EAS_GRANTED
           && (verdict->identity->proof == EAS_PROOF_CERTIFICATE
               || verdict->identity->proof == EAS_PROOF_BOTH);
}

/* Seconds until the password expires, or NULL where that is not told. */
static const char *expires_in(request_rec *r, const eas_identity *identity)
{
    return identity && identity->expires_in >= 0
               ? apr_off_t_toa(r->pool, (apr_off_t)identity->expires_in)
               : NULL;
}

/* What a back end, or a Require line, may want to know of the certificate that
 * let somebody in. */
static void tell_certificate(const telling *t, const eas_verdict *verdict)
{
    const eas_cert_told *certificate = &verdict->certificate;
    const eas_cert_kind map = verdict->identity->map;
    const apr_time_t left = certificate->not_after - t->r->request_time;

    tell(t, "EAS_CERT_MAP", eas_cert_kind_name(map), 1);
    tell(t, "EAS_CERT_STRONG", eas_cert_kind_is_strong(map) ? "yes" : "no", 1);
    tell(t, "EAS_CERT_SERIAL", certificate->serial, 1);
    tell(t, "EAS_CERT_ISSUER", certificate->issuer, 1);
    tell(t, "EAS_CERT_EXPIRES_IN",
         apr_off_t_toa(t->r->pool, left > 0 ? apr_time_sec(left) : 0), 1);
}

/* Notes for LogFormat in any case; the environment, which reaches back ends,
 * holds an identity of a grant alone. */
static void tell_all(request_rec *r, const eas_verdict *verdict)
{
    const int granted = verdict->reason == EAS_GRANTED;
    const eas_identity *identity = verdict->identity;
    const telling t = {r, setter_of(r->notes), setter_of(r->subprocess_env)};

    tell(&t, "EAS_REASON", eas_reason_name(verdict->reason), 1);
    tell(&t, "EAS_SOURCE", eas_source_name(verdict->source), 1);
    tell(&t, "EAS_PROVIDER", verdict->provider, 1);
    tell(&t, "EAS_METHOD", method_of(verdict), granted);
    tell(&t, "EAS_USER", user_of(verdict), granted);
    tell(&t, "EAS_DOMAIN", identity ? identity->account.domain : NULL, granted);
    tell(&t, "EAS_EXPIRES_IN", expires_in(r, identity), granted);
    if (has_certificate(verdict)) {
        tell_certificate(&t, verdict);
    }
}

void mod_eas_respond_challenge(request_rec *r)
{
    const char *realm = ap_auth_name(r);

    apr_table_setn(
        r->err_headers_out, "WWW-Authenticate",
        apr_psprintf(r->pool, "Basic realm=\"%s\", charset=\"UTF-8\"",
                     ap_escape_quotes(r->pool, realm ? realm : "ActiveSync")));
}

/* Whatever another module has asked for: who is proven is not asked again. */
static void no_challenge(request_rec *r)
{
    apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    apr_table_unset(r->headers_out, "WWW-Authenticate");
}

static int answer(request_rec *r, const eas_verdict *verdict,
                  const eas_answer *to_send)
{
    if (verdict->reason == EAS_GRANTED) {
        r->user = apr_pstrdup(r->pool, verdict->remote_user);
        r->ap_auth_type = verdict->identity->proof == EAS_PROOF_CERTIFICATE
                              ? auth_type_certificate
                              : auth_type_password;
        return OK;
    }
    no_challenge(r);
    if (to_send->challenge
        && mod_eas_request_state(r)->type != MOD_EAS_METHOD_CERTIFICATE) {
        mod_eas_respond_challenge(r);
    }
    if (to_send->retry_after) {
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_itoa(r->pool, to_send->retry_after));
    }
    return to_send->status;
}

static eas_answer answer_of(request_rec *r, const eas_verdict *verdict)
{
    const eas_env *env = mod_eas_runtime_env();
    const eas_answers *answers = &mod_eas_request_state(r)->dir->answers;
    const eas_answer answer = eas_answer_make(verdict, answers, 0);

    /* Only a Retry-After is spread, and httpd's random numbers are dear. */
    return answer.retry_after && env
               ? eas_answer_make(verdict, answers, env->random(env->self))
               : answer;
}

/* One line for each decision: a subrequest or an error document that is
 * answered by the same one adds none. */
static int is_news(request_rec *r, const eas_verdict *verdict)
{
    mod_eas_shared *shared = mod_eas_request_state(r)->shared;

    if (verdict != &shared->verdict) {
        return 1;
    }
    return !shared->is_logged && (shared->is_logged = 1);
}

/* Once a day, whichever child and connection it comes by. */
static void warn_of_end(request_rec *r, const eas_verdict *verdict)
{
    const eas_env *env = mod_eas_runtime_env();
    const apr_time_t left = verdict->certificate.not_after - r->request_time;

    if (has_certificate(verdict) && verdict->source != EAS_SOURCE_MEMO
        && left < CERT_ENDS_SOON && env && env->shield
        && mod_eas_shield_is_first_today(env->shield, &verdict->certificate)) {
        mod_eas_log_cert_ends(r, verdict, left);
    }
}

static void note(request_rec *r, const eas_verdict *verdict,
                 const eas_answer *to_send)
{
    tell_all(r, verdict);
    if (is_news(r, verdict)) {
        mod_eas_log_verdict(r, verdict, method_of(verdict), to_send);
        warn_of_end(r, verdict);
    }
}

/* ap_discard_request_body does nothing on a stream. */
static void read_body(request_rec *r)
{
    apr_bucket_brigade *body =
        apr_brigade_create(r->pool, r->connection->bucket_alloc);
    int at_end = 0;

    while (!at_end
           && ap_get_brigade(r->input_filters, body, AP_MODE_READBYTES,
                             APR_BLOCK_READ, HUGE_STRING_LEN)
                  == APR_SUCCESS) {
        at_end = APR_BRIGADE_EMPTY(body)
                 || APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(body));
        apr_brigade_cleanup(body);
    }
}

/* Over HTTP/2 an answer that comes before the body has the stream reset, and
 * clients see an error in place of the answer.  As a wrong password that is
 * known is answered at once, what is short is taken first; what is long costs
 * the client its stream, as with any module that refuses. */
static void take_short_body(request_rec *r)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t bytes = 0;

    if (r->connection->master && !r->main && !r->prev && length
        && ap_parse_strict_length(&bytes, length) && bytes > 0
        && bytes <= SHORT_BODY) {
        read_body(r);
    }
}

int mod_eas_respond(request_rec *r, const eas_verdict *verdict)
{
    const eas_answer to_send = answer_of(r, verdict);
    int status;

    note(r, verdict, &to_send);
    status = answer(r, verdict, &to_send);
    if (status != OK) {
        take_short_body(r);
    }
    return status;
}

void mod_eas_respond_note(request_rec *r, const eas_verdict *verdict)
{
    const eas_answer to_send = answer_of(r, verdict);

    note(r, verdict, &to_send);
}
