/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ledger_file.h"

#include <string.h>

#include "eas_second.h"

/* A record: version, limited budgets (a bit each), number of networks, 5 zero
 * bytes; then numbers of 8 bytes, least significant first.  Dates are
 * microseconds since 1970, 0 for none. */
enum {
    VERSION = 1,
    AT_KEY = 8,
    AT_NAME = 24,
    AT_FAILURE = 32,   /* date of the last */
    AT_FAILED = 40,    /* unfamiliar in the lower half, familiar in the upper */
    AT_FORBIDDEN = 48, /* date */
    AT_ZERO = 56,
    AT_NETWORKS = 64, /* a network and a date, each */
    NETWORK = 16
};

_Static_assert(AT_NETWORKS + EAS_LEDGER_NETWORKS * NETWORK == EAS_LEDGER_RECORD,
               "a record has room for all networks");

/* More is no count but an invention. */
#define MOST_FAILED 1000000

static void put(unsigned char *at, apr_uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        at[i] = (unsigned char)(number >> (8 * i));
    }
}

static apr_uint64_t get(const unsigned char *at)
{
    apr_uint64_t number = 0;

    for (int i = 7; i >= 0; i--) {
        number = number << 8 | at[i];
    }
    return number;
}

/* What moments are as dates. */
typedef struct calendar {
    eas_moment now;
    apr_time_t date;
} calendar;

static void put_date(unsigned char *at, const calendar *when, eas_moment moment)
{
    const apr_time_t date = when->date - (when->now - moment);

    put(at, moment && date > 0 ? (apr_uint64_t)date : 0);
}

/* @return 0 for none; what is later than now is now */
static eas_moment get_date(const unsigned char *at, const calendar *when)
{
    const apr_uint64_t date = get(at);
    eas_moment moment;

    if (!date) {
        return 0;
    }
    moment = date > (apr_uint64_t)when->date
                 ? when->now
                 : when->now - (when->date - (apr_time_t)date);
    return moment ? moment : 1;
}

static void write_networks(unsigned char *record, const calendar *when,
                           const eas_familiar *familiar)
{
    int count = 0;

    for (int i = 0; i < EAS_LEDGER_NETWORKS; i++) {
        unsigned char *at = record + AT_NETWORKS + count * NETWORK;

        if (eas_familiar_is(familiar, familiar->network[i], when->now)) {
            put(at, familiar->network[i]);
            put_date(at + 8, when, eas_second_moment(familiar->seen[i]));
            count++;
        }
    }
    record[2] = (unsigned char)count;
}

static void write_record(unsigned char *record, const calendar *when,
                         const eas_key *key, const eas_page *page)
{
    eas_guesses guesses = page->guesses;
    apr_uint64_t failed[2];

    eas_guesses_land(&guesses);
    for (int i = 0; i < 2; i++) {
        failed[i] = guesses.budget[i].told - guesses.budget[i].forgotten;
        failed[i] = failed[i] < MOST_FAILED ? failed[i] : MOST_FAILED;
        record[1] |= (unsigned char)(!!guesses.budget[i].is_limited << i);
    }
    record[0] = VERSION;
    put(record + AT_KEY, key->word[0]);
    put(record + AT_KEY + 8, key->word[1]);
    put(record + AT_NAME, page->name);
    put_date(record + AT_FAILURE, when, guesses.last_failure);
    put(record + AT_FAILED, failed[1] << 32 | failed[0]);
    put_date(record + AT_FORBIDDEN, when, page->forbidden_at);
    write_networks(record, when, &page->familiar);
}

typedef struct saving {
    calendar when;
    eas_ledger_write_fn write;
    void *with;
    apr_status_t rv;
} saving;

static int is_worth_it(const eas_page *page, const calendar *when)
{
    eas_page kept = *page;
    int is_pinned;

    memset(&kept.wrongs, 0, sizeof(kept.wrongs));
    return eas_page_until(&kept, NULL, when->now, &is_pinned) != 0;
}

static void save(void *with, const eas_key *key, eas_table_entry *entry)
{
    saving *s = with;
    unsigned char record[EAS_LEDGER_RECORD] = {0};

    if (s->rv == APR_SUCCESS && is_worth_it(entry->value, &s->when)) {
        write_record(record, &s->when, key, entry->value);
        s->rv = s->write(s->with, record, sizeof(record));
    }
}

apr_status_t eas_ledger_save(eas_ledger *ledger, eas_moment now,
                             apr_time_t date, eas_ledger_write_fn write,
                             void *with)
{
    saving s = {{now, date}, write, with, APR_SUCCESS};
    const apr_status_t rv =
        eas_table_each(eas_ledger_table(ledger), now, save, &s);

    return s.rv != APR_SUCCESS ? s.rv : rv;
}

/* What is read of a record: a page, as yet nobody's. */
typedef struct arrival {
    calendar when;
    eas_key key;
    eas_page page;
    int is_taken;
} arrival;

static int read_networks(arrival *a, const unsigned char *record)
{
    for (int i = 0; i < EAS_LEDGER_NETWORKS; i++) {
        const unsigned char *at = record + AT_NETWORKS + i * NETWORK;
        const apr_uint64_t network = get(at);
        const eas_moment seen = get_date(at + 8, &a->when);

        if ((i < record[2]) != (network != 0) || !network != !seen) {
            return 0;
        }
        if (network && a->when.now - seen < EAS_FAMILIAR_FOR) {
            eas_familiar_add(&a->page.familiar, network, seen);
        }
    }
    return 1;
}

static int read_guesses(arrival *a, const unsigned char *record)
{
    eas_guesses *guesses = &a->page.guesses;

    guesses->last_failure = get_date(record + AT_FAILURE, &a->when);
    for (int i = 0; i < 2; i++) {
        const apr_uint64_t failed =
            get(record + AT_FAILED) >> (32 * i) & 0xffffffff;

        guesses->budget[i].told = (apr_uint32_t)failed;
        guesses->budget[i].is_limited = record[1] >> i & 1;
        if (failed > MOST_FAILED || (failed && !guesses->last_failure)) {
            return 0;
        }
    }
    return guesses->last_failure || !record[1];
}

static int is_zero(const unsigned char *at, int count)
{
    int bits = 0;

    for (int i = 0; i < count; i++) {
        bits |= at[i];
    }
    return !bits;
}

static int read_record(arrival *a, const unsigned char *record)
{
    memset(&a->page, 0, sizeof(a->page));
    eas_page_start(&a->page, a->when.now);
    a->key.word[0] = get(record + AT_KEY);
    a->key.word[1] = get(record + AT_KEY + 8);
    a->page.name = get(record + AT_NAME);
    a->page.forbidden_at = get_date(record + AT_FORBIDDEN, &a->when);
    return record[0] == VERSION && record[1] <= 3
           && record[2] <= EAS_LEDGER_NETWORKS && is_zero(record + 3, 5)
           && is_zero(record + AT_ZERO, 8) && !is_zero(record + AT_KEY, 16)
           && read_guesses(a, record) && read_networks(a, record);
}

static void take(void *with, eas_table_entry *entry)
{
    arrival *a = with;

    if (entry->is_new) {
        memcpy(entry->value, &a->page, sizeof(a->page));
        entry->until =
            eas_page_until(&a->page, NULL, a->when.now, &entry->is_pinned);
        a->is_taken = entry->until != 0;
    }
}

static apr_status_t load(eas_ledger *ledger, arrival *a,
                         const unsigned char *record,
                         eas_ledger_loaded *loaded_out)
{
    apr_status_t rv;

    a->is_taken = 0;
    if (!read_record(a, record)) {
        loaded_out->refused++;
        return APR_SUCCESS;
    }
    rv = eas_table_edit(eas_ledger_table(ledger), &a->key, 1, a->when.now, take,
                        a);
    loaded_out->refused += rv != APR_SUCCESS;
    loaded_out->taken += a->is_taken;
    loaded_out->passed += rv == APR_SUCCESS && !a->is_taken;
    return APR_STATUS_IS_ENOSPC(rv) ? APR_SUCCESS : rv;
}

apr_status_t eas_ledger_load(eas_ledger *ledger, eas_moment now,
                             apr_time_t date, const void *records,
                             apr_size_t length, eas_ledger_loaded *loaded_out)
{
    arrival a = {.when = {now, date < 0 ? 0 : date}};
    const unsigned char *record = records;
    apr_status_t first = APR_SUCCESS;

    for (; length >= EAS_LEDGER_RECORD; length -= EAS_LEDGER_RECORD) {
        const apr_status_t rv = load(ledger, &a, record, loaded_out);

        first = first != APR_SUCCESS ? first : rv;
        record += EAS_LEDGER_RECORD;
    }
    loaded_out->refused += length != 0;
    return first;
}
