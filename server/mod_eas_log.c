/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_log.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

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
    ap_log_rerror(APLOG_MARK, level, 0, r,
                  "EAS0300: %s:%s%s%s%s source=%s%s%s elapsed=%dms%s",
                  row->name, quoted("login", verdict->login, pool),
                  identity_fields(verdict->identity, pool),
                  field("method", verdict->login ? method : NULL, pool),
                  field("provider", verdict->provider, pool),
                  eas_source_name(verdict->source),
                  number("status", answer->status, pool),
                  number("retry", answer->retry_after, pool),
                  (int)(verdict->elapsed / 1000),
                  field("detail", verdict->detail, pool));
}
