/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_shield_log.h"

#include <http_log.h>

#include "eas_text.h"
#include "mod_eas_config.h"

APLOG_USE_MODULE(eas_auth);

static const char *budget(const eas_shield_event *event)
{
    return event->is_familiar ? "familiar" : "unfamiliar";
}

static const char *or_none(const char *provider)
{
    return provider ? provider : "(no directory knows it)";
}

static void log_hold(server_rec *s, const eas_shield_event *event,
                     const char *user)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 "EAS0361: provider %s: account %s is held for %d s: %d wrong "
                 "passwords from %s networks, the last from %s; the directory "
                 "is not asked about it, so that it does not lock the account",
                 or_none(event->provider), user, (int)apr_time_sec(event->span),
                 event->count, budget(event), event->address);
}

static void log_would(server_rec *s, const eas_shield_event *event,
                      const char *user)
{
    ap_log_error(
        APLOG_MARK, APLOG_NOTICE, 0, s,
        "EAS0362: provider %s: account %s would be held for %d s (mode="
        "log): %d wrong passwords from %s networks, the last from %s",
        or_none(event->provider), user, (int)apr_time_sec(event->span),
        event->count, budget(event), event->address);
}

static void log_release(server_rec *s, const eas_shield_event *event,
                        const char *user)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                 "EAS0363: provider %s: account %s is no longer held: its "
                 "password was given from %s",
                 or_none(event->provider), user, event->address);
}

static void log_spraying(server_rec *s, const eas_shield_event *event)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 "EAS0364: the network of %s has tried wrong passwords at %d "
                 "accounts within %d s; where many people share it (a carrier, "
                 "a mail cloud), name it in EASAuthSharedNetworks",
                 event->address, event->count, (int)apr_time_sec(event->span));
}

static void log_objection(server_rec *s, const eas_shield_event *event)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 "EAS0365: provider %s: EASAuthLockout does not keep the "
                 "directory from locking accounts (after %d wrong passwords "
                 "within %d s): %s; attempts=auto window=auto do",
                 or_none(event->provider), event->count,
                 (int)apr_time_sec(event->span), event->detail);
}

void mod_eas_shield_log(server_rec *s, const eas_shield_event *event)
{
    apr_pool_t *pool = NULL;
    const char *user;

    apr_pool_create(&pool, NULL);
    user = eas_text_quote(event->user, pool);
    switch (event->change) {
    case EAS_SHIELD_HOLDS:
        log_hold(s, event, user);
        break;
    case EAS_SHIELD_WOULD:
        log_would(s, event, user);
        break;
    case EAS_SHIELD_RELEASES:
        log_release(s, event, user);
        break;
    case EAS_SHIELD_SPRAYING:
        log_spraying(s, event);
        break;
    case EAS_SHIELD_OBJECTION:
        log_objection(s, event);
        break;
    }
    apr_pool_destroy(pool);
}
