/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ledger.h"

#include <string.h>

/* What who cannot be counted is told to wait. */
#define NO_PLACE apr_time_from_sec(60)

struct eas_ledger {
    eas_table *table;
};

apr_size_t eas_ledger_size(apr_size_t accounts)
{
    return eas_table_size(accounts, sizeof(eas_page));
}

apr_status_t eas_ledger_make(void *memory, apr_size_t accounts,
                             apr_pool_t *pool, eas_ledger **ledger_out)
{
    eas_ledger *ledger = apr_pcalloc(pool, sizeof(*ledger));
    apr_status_t rv = eas_table_make(memory, accounts, sizeof(eas_page), pool,
                                     &ledger->table);

    if (rv == APR_SUCCESS) {
        *ledger_out = ledger;
    }
    return rv;
}

eas_table *eas_ledger_table(eas_ledger *ledger)
{
    return ledger->table;
}

/* What an edit of a page is about, and what came of it. */
typedef struct job {
    int (*work)(struct job *job, eas_page *page);
    const eas_ledger_try *attempt;
    const eas_lockout *lockout; /* NULL where it is not at hand */
    int is_second_look;
    const eas_hold *settled;
    eas_outcome outcome;
    eas_hold *hold;
    apr_interval_time_t wait;
    eas_ledger_change change;
    int answer;
} job;

static void edit(void *with, eas_table_entry *entry)
{
    job *j = with;
    eas_page *page = entry->value;
    const eas_moment now = j->attempt->now;

    if (entry->is_new) {
        eas_page_start(page, now);
    }
    j->answer = j->work(j, page);
    entry->until = eas_page_until(page, j->lockout, now, &entry->is_pinned);
    if (j->lockout && j->lockout->is_unknown) {
        /* Anybody can invent logins, as many as there are places. */
        entry->is_pinned = 0;
    }
}

static apr_status_t run(eas_ledger *ledger, int create, job *j)
{
    return eas_table_edit(ledger->table, &j->attempt->account, create,
                          j->attempt->now, edit, j);
}

/* An account never seen has a page with nothing on it. */
static int read_page(eas_ledger *ledger, const eas_ledger_try *attempt,
                     eas_page *page_out)
{
    if (eas_table_read(ledger->table, &attempt->account, attempt->now, page_out,
                       NULL)) {
        return 1;
    }
    memset(page_out, 0, sizeof(*page_out));
    eas_page_start(page_out, attempt->now);
    return 0;
}

void eas_ledger_consult(eas_ledger *ledger, const eas_ledger_try *attempt,
                        const eas_lockout *lockout, eas_standing *standing_out)
{
    eas_page page;

    read_page(ledger, attempt, &page);
    eas_page_consult(&page, attempt, lockout, standing_out);
}

static int look(job *j, eas_page *page)
{
    return (int)eas_page_look(page, j->attempt, j->lockout);
}

eas_look eas_ledger_look(eas_ledger *ledger, const eas_ledger_try *attempt,
                         const eas_lockout *lockout)
{
    job j = {.work = look, .attempt = attempt, .lockout = lockout};
    eas_page page;

    if (!read_page(ledger, attempt, &page)
        || eas_page_look(&page, attempt, lockout) == EAS_LOOK_NOT
        || run(ledger, 0, &j) != APR_SUCCESS) {
        return EAS_LOOK_NOT;
    }
    return (eas_look)j.answer;
}

static int looked(job *j, eas_page *page)
{
    return eas_page_looked(page, j->attempt);
}

int eas_ledger_looked(eas_ledger *ledger, const eas_ledger_try *attempt,
                      const eas_lockout *lockout)
{
    job j = {.work = looked, .attempt = attempt, .lockout = lockout};

    return run(ledger, 0, &j) == APR_SUCCESS && j.answer;
}

static int reserve(job *j, eas_page *page)
{
    return eas_page_reserve(page, j->attempt, j->lockout, j->is_second_look,
                            j->hold, &j->wait);
}

int eas_ledger_reserve(eas_ledger *ledger, const eas_ledger_try *attempt,
                       const eas_lockout *lockout, int is_second_look,
                       eas_hold *hold_out, apr_interval_time_t *wait_out)
{
    job j = {.work = reserve,
             .attempt = attempt,
             .lockout = lockout,
             .is_second_look = is_second_look,
             .hold = hold_out};
    const int create = lockout->mode != EAS_LOCKOUT_OFF;
    const apr_status_t rv = run(ledger, create, &j);

    if (rv == APR_SUCCESS) {
        *wait_out = j.wait;
        return j.answer;
    }
    memset(hold_out, 0, sizeof(*hold_out));
    *wait_out = lockout->mode == EAS_LOCKOUT_ENFORCE ? NO_PLACE : 0;
    return lockout->mode != EAS_LOCKOUT_ENFORCE;
}

static int settle(job *j, eas_page *page)
{
    j->change =
        eas_page_settle(page, j->attempt, j->lockout, j->settled, j->outcome);
    return 1;
}

eas_ledger_change eas_ledger_settle(eas_ledger *ledger,
                                    const eas_ledger_try *attempt,
                                    const eas_lockout *lockout,
                                    const eas_hold *hold, eas_outcome outcome)
{
    job j = {.work = settle,
             .attempt = attempt,
             .lockout = lockout,
             .settled = hold,
             .outcome = outcome};
    const int create =
        outcome != EAS_OUTCOME_VOID && outcome != EAS_OUTCOME_UNANSWERED;

    run(ledger, create, &j);
    return j.change;
}

static int seen(job *j, eas_page *page)
{
    eas_page_seen(page, j->attempt);
    return 1;
}

void eas_ledger_seen(eas_ledger *ledger, const eas_ledger_try *attempt)
{
    job j = {.work = seen, .attempt = attempt};

    if (attempt->network) {
        run(ledger, 1, &j);
    }
}

static int missed(job *j, eas_page *page)
{
    eas_page_missed(page, j->attempt, j->lockout);
    return 1;
}

void eas_ledger_missed(eas_ledger *ledger, const eas_ledger_try *attempt,
                       const eas_lockout *lockout)
{
    job j = {.work = missed, .attempt = attempt, .lockout = lockout};

    run(ledger, 0, &j);
}

typedef struct pardon {
    apr_uint64_t name;
    eas_moment now;
    int count;
} pardon;

static void forget(void *with, const eas_key *key, eas_table_entry *entry)
{
    pardon *p = with;
    eas_page *page = entry->value;

    (void)key;
    if (page->name == p->name && eas_guesses_forget(&page->guesses, p->now)) {
        entry->until = eas_page_until(page, NULL, p->now, &entry->is_pinned);
        p->count++;
    }
}

int eas_ledger_unlock(eas_ledger *ledger, apr_uint64_t name, eas_moment now)
{
    pardon p = {name, now, 0};

    if (name) {
        eas_table_each(ledger->table, now, forget, &p);
    }
    return p.count;
}
