/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_log.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "eas_cert_map.h"
#include "eas_text.h"

APLOG_USE_MODULE(eas_auth);

static int httpd_level(eas_log_level level)
{
    switch (level) {
    case EAS_LOG_DEBUG:
        return APLOG_DEBUG;
    case EAS_LOG_INFO:
        return APLOG_INFO;
    case EAS_LOG_NOTICE:
        return APLOG_NOTICE;
    case EAS_LOG_WARNING:
        return APLOG_WARNING;
    case EAS_LOG_ERROR:
        break;
    }
    return APLOG_ERR;
}

static const char *field(const char *name, const char *value, apr_pool_t *pool)
{
    return value ? apr_pstrcat(pool, " ", name, "=", value, NULL) : "";
}

static const char *quoted(const char *name, const char *value, apr_pool_t *pool)
{
    return value ? field(name, eas_text_quote(value, pool), pool) : "";
}

static const char *number(const char *name, int value, apr_pool_t *pool)
{
    return value ? field(name, apr_itoa(pool, value), pool) : "";
}

static const char *identity_fields(const eas_identity *identity,
                                   apr_pool_t *pool)
{
    if (!identity) {
        return "";
    }
    return apr_pstrcat(pool, quoted("user", identity->account.user, pool),
                       quoted("id", identity->id, pool), NULL);
}

static const char *certificate_fields(const eas_verdict *verdict,
                                      apr_pool_t *pool)
{
    const eas_cert_told *certificate = &verdict->certificate;
    const eas_cert_kind map =
        verdict->identity ? verdict->identity->map : EAS_MAP_NONE;

    if (!certificate->serial) {
        return "";
    }
    return apr_pstrcat(pool,
                       field("map", map ? eas_cert_kind_name(map) : NULL, pool),
                       field("serial", certificate->serial, pool),
                       quoted("issuer", certificate->issuer, pool),
                       quoted("subject", certificate->subject, pool), NULL);
}

void mod_eas_log_cert_ends(request_rec *r, const eas_verdict *verdict,
                           apr_interval_time_t left)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "EAS0390: the certificate of user %s ends in %d days, and "
                  "their phone does not tell them: serial %s, issuer %s (said "
                  "once a day)",
                  eas_text_quote(verdict->identity->account.user, r->pool),
                  (int)(apr_time_sec(left) / (24 * 3600)),
                  verdict->certificate.serial,
                  eas_text_quote(verdict->certificate.issuer, r->pool));
}

void mod_eas_log_verdict(request_rec *r, const eas_verdict *verdict,
                         const char *method, const eas_answer *answer)
{
    const eas_reason_row *row = eas_reason_get(verdict->reason);
    const int level = httpd_level(row->level);
    apr_pool_t *pool = r->pool;

    if (!APLOG_R_IS_LEVEL(r, level)) {
        return;
    }
    /* httpd puts the client's address in front. */
    ap_log_rerror(
        APLOG_MARK, level, 0, r,
        "EAS0300: %s:%s%s%s%s%s source=%s%s%s elapsed=%dms%s", row->name,
        quoted("login", verdict->login, pool),
        identity_fields(verdict->identity, pool), field("method", method, pool),
        certificate_fields(verdict, pool),
        field("provider", verdict->provider, pool),
        eas_source_name(verdict->source),
        number("status", answer->status, pool),
        number("retry", answer->retry_after, pool),
        (int)(verdict->elapsed / 1000), field("detail", verdict->detail, pool));
}
