/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_page.h"

#include <string.h>

#define DAY apr_time_from_sec(24 * 3600)

_Static_assert(sizeof(eas_page) == 568, "no byte of a page is padding");

void eas_page_start(eas_page *page, eas_moment now)
{
    eas_guesses_start(&page->guesses, now);
}

static void name(eas_page *page, const eas_ledger_try *attempt)
{
    if (attempt->name) {
        page->name = attempt->name;
    }
}

static int is_familiar(const eas_page *page, const eas_ledger_try *attempt)
{
    return eas_familiar_is(&page->familiar, attempt->network, attempt->now);
}

static eas_moment refused_at(const eas_page *page,
                             const eas_ledger_try *attempt)
{
    const eas_wrong *wrong = eas_wrong_find(&page->wrongs, attempt->credential);

    return wrong ? wrong->refused_at : 0;
}

/* What of a credential is kept to tell it from others that missed. */
static apr_uint16_t mark_of(apr_uint64_t credential)
{
    const apr_uint16_t mark = (apr_uint16_t)(credential >> 24);

    return mark ? mark : 1;
}

/* Where it is, or would be; -1 where there is no room left. */
static int miss_place(const eas_page *page, apr_uint64_t credential,
                      int *is_there_out)
{
    const apr_uint16_t mark = mark_of(credential);

    *is_there_out = 0;
    if (page->missed_of != page->guesses.last_failure) {
        return 0;
    }
    for (int i = 0; i < EAS_PAGE_MISSES; i++) {
        if (page->missed[i] == mark) {
            *is_there_out = 1;
            return i;
        }
        if (!page->missed[i]) {
            return i;
        }
    }
    return -1;
}

void eas_page_consult(const eas_page *page, const eas_ledger_try *attempt,
                      const eas_lockout *lockout, eas_standing *standing_out)
{
    int is_there;

    standing_out->is_familiar = is_familiar(page, attempt);
    standing_out->wants_seen =
        eas_familiar_wants(&page->familiar, attempt->network, attempt->now);
    standing_out->is_locked = eas_guesses_is_locked(
        &page->guesses, lockout, standing_out->is_familiar, attempt->now,
        &standing_out->locked_for);
    standing_out->may_peek =
        !standing_out->is_locked
        || (standing_out->is_familiar
            && miss_place(page, attempt->credential, &is_there) >= 0
            && !is_there);
    standing_out->refused_at = refused_at(page, attempt);
    standing_out->forbidden_at = page->forbidden_at;
}

eas_look eas_page_look(eas_page *page, const eas_ledger_try *attempt,
                       const eas_lockout *lockout)
{
    apr_interval_time_t left;

    if (eas_guesses_is_locked(&page->guesses, lockout,
                              is_familiar(page, attempt), attempt->now,
                              &left)) {
        return EAS_LOOK_NOT;
    }
    return eas_wrong_look(&page->wrongs, attempt->credential, lockout,
                          attempt->now);
}

int eas_page_looked(eas_page *page, const eas_ledger_try *attempt)
{
    return eas_wrong_looked(&page->wrongs, attempt->credential, attempt->stamp,
                            attempt->now);
}

int eas_page_reserve(eas_page *page, const eas_ledger_try *attempt,
                     const eas_lockout *lockout, int is_second_look,
                     eas_hold *hold_out, apr_interval_time_t *wait_out)
{
    int is_reserved;

    *wait_out = 0;
    name(page, attempt);
    if (refused_at(page, attempt)
        && refused_at(page, attempt) != attempt->refused_at) {
        return 0;
    }
    is_reserved =
        eas_guesses_reserve(&page->guesses, lockout, is_familiar(page, attempt),
                            is_second_look, attempt->now, hold_out, wait_out);
    if (is_second_look) {
        eas_wrong_second(&page->wrongs, attempt->credential, is_reserved,
                         lockout, attempt->now);
    }
    return is_reserved;
}

eas_ledger_change eas_page_settle(eas_page *page, const eas_ledger_try *attempt,
                                  const eas_lockout *lockout,
                                  const eas_hold *hold, eas_outcome outcome)
{
    name(page, attempt);
    switch (outcome) {
    case EAS_OUTCOME_PROVEN:
        eas_wrong_remove(&page->wrongs, attempt->credential);
        eas_familiar_add(&page->familiar, attempt->network, attempt->now);
        break;
    case EAS_OUTCOME_FORBIDDEN:
        eas_wrong_remove(&page->wrongs, attempt->credential);
        page->forbidden_at = attempt->now;
        break;
    case EAS_OUTCOME_WRONG:
        eas_wrong_add(&page->wrongs, attempt->credential, attempt->stamp,
                      attempt->now);
        break;
    case EAS_OUTCOME_VOID:
    case EAS_OUTCOME_UNANSWERED:
        break;
    }
    return eas_guesses_settle(&page->guesses, lockout, hold, outcome,
                              attempt->now);
}

void eas_page_seen(eas_page *page, const eas_ledger_try *attempt)
{
    name(page, attempt);
    eas_familiar_add(&page->familiar, attempt->network, attempt->now);
}

void eas_page_missed(eas_page *page, const eas_ledger_try *attempt,
                     const eas_lockout *lockout)
{
    apr_interval_time_t left;
    int is_there;
    int place;

    if (refused_at(page, attempt)
        || !eas_guesses_is_locked(&page->guesses, lockout,
                                  is_familiar(page, attempt), attempt->now,
                                  &left)) {
        return;
    }
    place = miss_place(page, attempt->credential, &is_there);
    if (page->missed_of != page->guesses.last_failure) {
        page->missed_of = page->guesses.last_failure;
        memset(page->missed, 0, sizeof(page->missed));
    }
    if (place >= 0) {
        page->missed[place] = mark_of(attempt->credential);
    }
}

static eas_moment later(eas_moment a, eas_moment b)
{
    return !a || (b && b > a) ? b : a;
}

eas_moment eas_page_until(const eas_page *page, const eas_lockout *lockout,
                          eas_moment now, int *is_pinned_out)
{
    eas_moment until = later(eas_familiar_until(&page->familiar),
                             eas_wrong_until(&page->wrongs));
    eas_moment whole;

    *is_pinned_out = 0;
    if (page->forbidden_at) {
        until = later(until, page->forbidden_at + DAY);
    }
    if (!eas_guesses_is_whole(&page->guesses, lockout, now, &whole)) {
        until = later(until, whole);
        *is_pinned_out = 1;
    }
    return until > now ? until : 0;
}
