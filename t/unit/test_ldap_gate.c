/* SPDX-License-Identifier: Apache-2.0 */
/* The gate before service binds: one at a time until one succeeds, none for a
 * while after a refusal. */
#include <apr_general.h>

#include "eas_clock.h"
#include "eas_ldap_gate.h"
#include "tap.h"

static apr_pool_t *pool;

static eas_reason enter(eas_ldap_gate *gate)
{
    const char *detail = NULL;
    eas_reason reason = eas_ldap_gate_enter(
        gate, eas_clock_now(NULL) + apr_time_from_msec(20), pool, &detail);

    ok((reason == EAS_REASON_NONE) == (detail == NULL),
       "a detail where there is something to say");
    return reason;
}

static eas_ldap_gate *made(void)
{
    eas_ldap_gate *gate = NULL;
    eas_board *board = apr_pcalloc(pool, sizeof(*board));

    is_int(eas_ldap_gate_make(board, pool, &gate), APR_SUCCESS, "made");
    return gate;
}

static void test_opens(void)
{
    eas_ldap_gate *gate = made();

    is_int(enter(gate), EAS_REASON_NONE, "the first tries");
    is_int(enter(gate), EAS_DIRECTORY_TIMEOUT, "the second waits in vain");
    eas_ldap_gate_leave(gate, EAS_REASON_NONE);
    is_int(enter(gate), EAS_REASON_NONE, "accepted: open");
    is_int(enter(gate), EAS_REASON_NONE, "to several at once");
}

static void test_closes(void)
{
    eas_ldap_gate *gate = made();

    is_int(enter(gate), EAS_REASON_NONE, "one tries");
    eas_ldap_gate_leave(gate, EAS_SERVICE_REFUSED);
    is_int(enter(gate), EAS_SERVICE_REFUSED, "refused: closed");
    is_int(enter(gate), EAS_SERVICE_REFUSED, "and stays so");
}

static void test_closes_again(void)
{
    eas_ldap_gate *gate = made();

    enter(gate);
    eas_ldap_gate_leave(gate, EAS_REASON_NONE);
    is_int(enter(gate), EAS_REASON_NONE, "open");
    eas_ldap_gate_leave(gate, EAS_SERVICE_REFUSED);
    is_int(enter(gate), EAS_SERVICE_REFUSED, "closed by a later refusal");
}

static void test_outage(void)
{
    eas_ldap_gate *gate = made();

    is_int(enter(gate), EAS_REASON_NONE, "one tries");
    eas_ldap_gate_leave(gate, EAS_DIRECTORY_DOWN);
    is_int(enter(gate), EAS_REASON_NONE, "an outage closes nothing");
    is_int(enter(gate), EAS_DIRECTORY_TIMEOUT, "nor opens it");
    eas_ldap_gate_leave(gate, EAS_REASON_NONE);
    is_int(enter(gate), EAS_REASON_NONE, "accepted: open");
    eas_ldap_gate_leave(gate, EAS_DIRECTORY_DOWN);
    is_int(enter(gate), EAS_REASON_NONE, "an outage leaves it open");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_opens();
    test_closes();
    test_closes_again();
    test_outage();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
