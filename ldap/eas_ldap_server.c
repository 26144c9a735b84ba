/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_server.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_confirm.h"
#include "eas_ldap_connect.h"
#include "eas_ldap_query.h"
#include "eas_reason.h"
#include "eas_text.h"

/* A burst passes within this; what lasts longer is an overload, which the
 * phone is told instead of being kept waiting. */
#define WAIT_FOR_SLOT apr_time_from_sec(1)

/* What was used a moment ago is taken to be there; what has idled for longer,
 * this part of the time after which it is closed, is asked, which a server
 * that is well answers at once. */
#define TRIED_AFTER_PART 12
#define TRIED_FOR (500 * APR_TIME_C(1000))

apr_status_t eas_ldap_server_init(eas_ldap_server *server,
                                  const eas_ldap_settings *settings,
                                  const eas_ldap_host *host,
                                  eas_ldap_gate *gate, const eas_ldap_tls *tls,
                                  eas_health *health, apr_pool_t *pool)
{
    apr_status_t rv;

    server->settings = settings;
    server->host = host;
    server->gate = gate;
    server->tls = tls;
    server->health = health;
    rv = eas_ldap_resolver_make(host, pool, &server->resolver);
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_pool_make(settings->pool_max, settings->pool_idle, pool,
                                &server->service);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_pool_make(settings->pool_max, settings->pool_idle, pool,
                                &server->user);
    }
    return rv;
}

eas_moment eas_ldap_server_until(const eas_ldap_server *server,
                                 eas_moment deadline)
{
    return eas_clock_within(server->settings->operation_timeout, deadline);
}

/* Any answer will do: that the root of the directory may not be read is one
 * as well. */
static int answers(const eas_ldap_server *server, LDAP *ld, eas_moment deadline,
                   apr_pool_t *pool)
{
    static const eas_ldap_query root = {"",  LDAP_SCOPE_BASE, NULL, NULL, 0,
                                        NULL};
    LDAPMessage *answer = NULL;
    const char *unused = NULL;
    int code = LDAP_SUCCESS;
    int dead = 0;

    if (eas_ldap_query_run(ld, server->host->uri, &root,
                           eas_clock_within(TRIED_FOR, deadline), pool, &answer,
                           &code, &dead, &unused)
        == EAS_REASON_NONE) {
        ldap_msgfree(answer);
    }
    return !dead;
}

/* Whether a connection has to show first that it is there. */
static int is_doubtful(const eas_ldap_server *server, const eas_ldap_slot *slot)
{
    return slot->idle_since <= atomic_load(&server->doubted)
           || eas_clock_now(NULL) - slot->idle_since
                  >= server->settings->pool_idle / TRIED_AFTER_PART;
}

/* One that kept silent although it was well when it was used last: whatever
 * became of it may have become of the others. */
static void note_silence(eas_ldap_server *server, int was_warm,
                         eas_reason reason)
{
    if (was_warm && reason == EAS_DIRECTORY_TIMEOUT) {
        atomic_store(&server->doubted, eas_clock_now(NULL));
    }
}

static eas_reason take(eas_ldap_server *server, eas_ldap_pool *from,
                       eas_moment deadline, apr_pool_t *pool,
                       eas_ldap_slot **slot_out, const char **detail_out)
{
    eas_ldap_slot *slot = NULL;

    if (eas_ldap_pool_take(from, eas_clock_within(WAIT_FOR_SLOT, deadline),
                           &slot)
        != APR_SUCCESS) {
        *detail_out =
            apr_psprintf(pool,
                         "all %d connections to %s are in use "
                         "(EASAuthLDAPPool)",
                         server->settings->pool_max, server->host->uri);
        return EAS_OVERLOADED;
    }
    if (slot->ld && is_doubtful(server, slot)
        && !answers(server, slot->ld, deadline, pool)) {
        eas_ldap_pool_distrust(server->service, slot->idle_since);
        eas_ldap_pool_distrust(server->user, slot->idle_since);
        eas_ldap_slot_close(slot);
    }
    *slot_out = slot;
    return EAS_REASON_NONE;
}

static eas_reason open_slot(eas_ldap_server *server, eas_ldap_slot *slot,
                            eas_moment deadline, apr_pool_t *pool,
                            const char **detail_out)
{
    const eas_ldap_settings *settings = server->settings;

    return eas_ldap_connect(
        server->tls, server->host, server->resolver,
        eas_clock_within(settings->connect_timeout, deadline), pool, &slot->io,
        &slot->ld, detail_out);
}

static eas_reason bind_service(eas_ldap_server *server, LDAP *ld,
                               eas_moment deadline, apr_pool_t *pool,
                               const char **detail_out)
{
    eas_reason reason =
        eas_ldap_gate_enter(server->gate, deadline, pool, detail_out);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    reason = eas_ldap_bind_service(
        ld, server->host->uri, server->settings,
        eas_clock_within(server->settings->operation_timeout, deadline), pool,
        detail_out);
    eas_ldap_gate_leave(server->gate, reason);
    return reason;
}

static eas_reason open_service(eas_ldap_server *server, eas_ldap_slot *slot,
                               eas_moment deadline, apr_pool_t *pool,
                               const char **detail_out)
{
    const eas_ldap_settings *settings = server->settings;
    eas_reason reason = open_slot(server, slot, deadline, pool, detail_out);

    if (reason == EAS_REASON_NONE && settings->bind_dn) {
        reason = bind_service(server, slot->ld, deadline, pool, detail_out);
    }
    if (reason != EAS_REASON_NONE) {
        /* Never kept half made: the next search would run as nobody. */
        eas_ldap_slot_close(slot);
    }
    return reason;
}

/* What a server that cannot help says on one connection it may say on that
 * one alone; used last, it would be taken first again. */
static int is_useless(eas_reason reason)
{
    return reason != EAS_REASON_NONE
           && eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE;
}

static eas_reason ask_once(eas_ldap_server *server, eas_ldap_slot *slot,
                           eas_ldap_task task, void *with, eas_moment deadline,
                           apr_pool_t *pool, const char **detail_out)
{
    eas_reason reason = EAS_REASON_NONE;
    int dead = 0;

    if (!slot->ld) {
        reason = open_service(server, slot, deadline, pool, detail_out);
    }
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    reason = task(slot->ld, server, with, deadline, pool, &dead, detail_out);
    if (dead || is_useless(reason)) {
        eas_ldap_slot_close(slot);
    }
    return reason;
}

eas_reason eas_ldap_server_ask(eas_ldap_server *server, eas_ldap_task task,
                               void *with, eas_moment deadline,
                               apr_pool_t *pool, const char **detail_out)
{
    eas_ldap_slot *slot = NULL;
    eas_reason reason =
        take(server, server->service, deadline, pool, &slot, detail_out);
    int was_warm;

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    was_warm = slot->ld != NULL;
    reason = ask_once(server, slot, task, with, deadline, pool, detail_out);
    if (was_warm && reason == EAS_DIRECTORY_DOWN) {
        /* The server dropped it while it idled: that says nothing about the
         * server.  A search may be repeated. */
        reason = ask_once(server, slot, task, with, deadline, pool, detail_out);
    }
    note_silence(server, was_warm, reason);
    eas_ldap_pool_give(server->service, slot);
    return reason;
}

static eas_ldap_bound bind_once(eas_ldap_server *server, eas_ldap_slot *slot,
                                const eas_identity *identity,
                                const char *password, eas_moment deadline,
                                apr_pool_t *pool)
{
    const eas_ldap_settings *settings = server->settings;
    const int was_warm = slot->ld != NULL;
    eas_ldap_bound bound = {EAS_REASON_NONE, 0, 0, 0, -1, NULL};

    if (!slot->ld) {
        bound.reason = open_slot(server, slot, deadline, pool, &bound.detail);
    }
    if (bound.reason == EAS_REASON_NONE) {
        bound = eas_ldap_bind_user(
            slot->ld, server->host->uri, settings->type, identity->dn, password,
            eas_clock_within(settings->operation_timeout, deadline), pool);
    }
    if (was_warm && bound.lost && slot->io.was_reset) {
        /* Forgotten while it idled, by a firewall or the server: nobody read
         * it.  One just made was reset by somebody who was there, maybe after
         * the password was passed on.  Asked before the connection is closed,
         * which writes to it and may be reset itself. */
        bound.sent = 0;
    }
    if (bound.dead || is_useless(bound.reason)) {
        eas_ldap_slot_close(slot);
    }
    return bound;
}

static eas_ldap_bound bind_on(eas_ldap_server *server, eas_ldap_slot *slot,
                              const eas_identity *identity,
                              const char *password, eas_moment deadline,
                              apr_pool_t *pool)
{
    const int was_warm = slot->ld != NULL;
    eas_ldap_bound bound =
        bind_once(server, slot, identity, password, deadline, pool);

    if (was_warm && bound.lost && !bound.sent) {
        bound = bind_once(server, slot, identity, password, deadline, pool);
    }
    note_silence(server, was_warm, bound.reason);
    return bound;
}

eas_reason eas_ldap_server_verify(eas_ldap_server *server,
                                  eas_identity *identity, const char *password,
                                  eas_moment deadline, apr_pool_t *pool,
                                  int *sent_out, const char **detail_out)
{
    const eas_ldap_settings *settings = server->settings;
    eas_ldap_slot *slot = NULL;
    eas_ldap_bound bound;
    eas_reason reason =
        take(server, server->user, deadline, pool, &slot, detail_out);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    bound = bind_on(server, slot, identity, password, deadline, pool);
    *sent_out = bound.sent;
    identity->is_unanswered = bound.sent && bound.dead;
    reason = bound.reason;
    if (bound.detail) {
        *detail_out = bound.detail;
    }
    if (reason == EAS_REASON_NONE && settings->bind_template
        && eas_ldap_confirm_is_needed(settings, identity)) {
        reason = eas_ldap_confirm(
            slot->ld, server->host->uri, settings, identity,
            eas_clock_within(settings->operation_timeout, deadline), pool,
            detail_out);
        if (is_useless(reason)) {
            eas_ldap_slot_close(slot);
        }
    }
    eas_ldap_pool_give(server->user, slot);
    if (reason == EAS_REASON_NONE) {
        identity->expires_in = bound.expires_in;
        identity->proof = EAS_PROOF_PASSWORD;
    }
    return reason;
}
