/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_answer.h"

#include <apr_errno.h>
#include <apr_strings.h>

#include "eas_value.h"

/* Seconds, before spreading. */
enum {
    RETRY_OVERLOADED = 20, /* a connection is free again soon */
    RETRY_OUTAGE_LOW = 60,
    RETRY_HIGH = 300 /* no phone stays away longer than this */
};

/* Statuses as a set. */
enum { NO_STATUS = 0, S401 = 1, S403 = 2, S503 = 4 };

/* What an administrator may answer, and why nothing else. */
typedef struct answer_rule {
    unsigned statuses;
    const char *because;
} answer_rule;

static const answer_rule class_rules[] = {
    [EAS_CLASS_GRANTED] = {NO_STATUS,
                           "who is let in gets the answer of the back end"},
    [EAS_CLASS_NO_CREDENTIAL] =
        {S401 | S403, "a phone is asked for the password or turned away"},
    [EAS_CLASS_MALFORMED] =
        {S401 | S403, "a phone is asked for the password or turned away"},
    [EAS_CLASS_REFUSED] =
        {S401 | S403, "a phone told to wait comes back with the same password"},
    [EAS_CLASS_FORBIDDEN] = {S403 | S503,
                             "asking for the password again cannot cure it"},
    [EAS_CLASS_LOCKED] = {S401 | S403 | S503,
                          "a phone knows no other answer to it"},
    [EAS_CLASS_UNAVAILABLE] =
        {S503, "nobody can tell whether the password is right, and a phone "
               "must not be told that it is wrong"},
};

/*
 * Forbidden, and yet asking for the password can be right: it was changed
 * elsewhere and is typed anew, or the administrator would rather have a phone
 * ask for ever than tell a disabled account's password from a wrong one.
 */
static const answer_rule ask_again_rule = {
    S401 | S403 | S503, "a phone knows no other answer to it"};

static const answer_rule *rule_of(eas_reason reason)
{
    if (reason == EAS_PASSWORD_EXPIRED || reason == EAS_MUST_CHANGE
        || reason == EAS_ACCOUNT_DISABLED || reason == EAS_ACCOUNT_EXPIRED) {
        return &ask_again_rule;
    }
    return &class_rules[eas_reason_class(reason)];
}

/* The set that holds a status alone; empty for one nobody may answer. */
static unsigned status_set(apr_int64_t status)
{
    switch (status) {
    case 401:
        return S401;
    case 403:
        return S403;
    case 503:
        return S503;
    default:
        return NO_STATUS;
    }
}

/* An override that was set past eas_answers_set must not break a promise, so
 * each is looked at again. */
static int status_of(eas_reason reason, const eas_answers *answers)
{
    const eas_reason_row *row = eas_reason_get(reason);
    unsigned statuses = rule_of(reason)->statuses;

    if (answers) {
        int by_reason = answers->by_reason[reason];
        int by_class = answers->by_class[row->in_class];

        /* The same password again is answered as it was the first time. */
        if (reason == EAS_KNOWN_WRONG && !by_reason) {
            by_reason = answers->by_reason[EAS_WRONG_PASSWORD];
        }
        if (status_set(by_reason) & statuses) {
            return by_reason;
        }
        if (status_set(by_class) & statuses) {
            return by_class;
        }
    }
    return row->status;
}

/* Evenly from three to five quarters; the bias of scaling 2^32 numbers down
 * to a hundred and fifty is below one in ten million. */
static int spread(int seconds, apr_uint32_t random)
{
    int quarter = seconds / 4;
    apr_uint64_t width = (apr_uint64_t)quarter * 2 + 1;

    return seconds - quarter + (int)(random * width >> 32);
}

/* What a 503 names, before spreading: a phone told to wait must hear for how
 * long, also where an override made the 503. */
static int retry_base(eas_reason reason, int given)
{
    int seconds = given > 0 ? given : eas_answer_retry_after(reason, 0, 0);

    return seconds > 0 && seconds < RETRY_HIGH ? seconds : RETRY_HIGH;
}

eas_answer eas_answer_make(const eas_verdict *verdict,
                           const eas_answers *answers, apr_uint32_t random)
{
    eas_answer answer = {0, 0, 0};
    eas_reason reason = verdict->reason;

    if ((unsigned)reason >= EAS_REASON_COUNT) {
        reason = EAS_INTERNAL_ERROR; /* and no index into the overrides */
    }
    answer.status = status_of(reason, answers);
    answer.challenge = answer.status == 401;
    if (answer.status == 503) {
        answer.retry_after =
            spread(retry_base(reason, verdict->retry_after), random);
    }
    return answer;
}

/* As long again as the outage has lasted, within bounds: a short one is soon
 * over, a long one is not hastened by phones that ask. */
static int outage_retry(apr_interval_time_t down_for)
{
    apr_interval_time_t seconds = apr_time_sec(down_for);

    if (seconds < RETRY_OUTAGE_LOW) {
        return RETRY_OUTAGE_LOW;
    }
    return seconds > RETRY_HIGH ? RETRY_HIGH : (int)seconds;
}

/* Not before it is over: who comes a second too early is sent away for as
 * long again. */
static int locked_retry(apr_interval_time_t locked_for)
{
    if (locked_for <= 0 || apr_time_sec(locked_for) >= RETRY_HIGH) {
        return RETRY_HIGH;
    }
    return (int)apr_time_sec(locked_for + APR_USEC_PER_SEC - 1);
}

int eas_answer_retry_after(eas_reason reason, apr_interval_time_t down_for,
                           apr_interval_time_t locked_for)
{
    switch (eas_reason_class(reason)) {
    case EAS_CLASS_UNAVAILABLE:
        /* Connections are short in an outage because they wait in vain. */
        return reason == EAS_OVERLOADED && !down_for ? RETRY_OVERLOADED
                                                     : outage_retry(down_for);
    case EAS_CLASS_LOCKED:
        return locked_retry(locked_for);
    case EAS_CLASS_GRANTED:
    case EAS_CLASS_NO_CREDENTIAL:
    case EAS_CLASS_MALFORMED:
    case EAS_CLASS_REFUSED:
    case EAS_CLASS_FORBIDDEN:
        break;
    }
    return 0;
}

/* "403 or 503"; a set of at least one. */
static const char *show_statuses(unsigned statuses)
{
    static const char *const texts[] = {
        [S401] = "401",
        [S403] = "403",
        [S503] = "503",
        [S401 | S403] = "401 or 403",
        [S401 | S503] = "401 or 503",
        [S403 | S503] = "403 or 503",
        [S401 | S403 | S503] = "401, 403 or 503",
    };

    return texts[statuses];
}

static const char *unknown_name(const char *name, apr_pool_t *pool)
{
    const char *classes = eas_class_name(EAS_CLASS_NO_CREDENTIAL);
    const char *reasons = eas_reason_name(EAS_NO_CREDENTIAL);

    for (int i = EAS_CLASS_NO_CREDENTIAL + 1; i <= EAS_CLASS_UNAVAILABLE; i++) {
        classes = apr_pstrcat(pool, classes, ", ", eas_class_name((eas_class)i),
                              NULL);
    }
    for (int i = EAS_NO_CREDENTIAL + 1; i < EAS_REASON_COUNT; i++) {
        reasons = apr_pstrcat(pool, reasons, ", ",
                              eas_reason_name((eas_reason)i), NULL);
    }
    return apr_psprintf(pool,
                        "\"%s\" is neither a class (%s) nor a reason (%s)",
                        name, classes, reasons);
}

static const char *set_status(int *place, const answer_rule *rule,
                              const char *name, const char *status,
                              apr_pool_t *pool)
{
    apr_int64_t number = 0;

    if (rule->statuses == NO_STATUS) {
        return apr_psprintf(pool, "\"%s\" takes no status: %s", name,
                            rule->because);
    }
    if (eas_value_number(status, 100, 599, pool, &number)
        || !(status_set(number) & rule->statuses)) {
        return apr_psprintf(
            pool, "\"%s\" cannot be answered \"%s\", only %s: %s", name, status,
            show_statuses(rule->statuses), rule->because);
    }
    *place = (int)number;
    return NULL;
}

const char *eas_answers_set(eas_answers *answers, const char *name,
                            const char *status, apr_pool_t *pool)
{
    eas_class class_;
    eas_reason reason;

    if (eas_class_by_name(name, &class_) == APR_SUCCESS) {
        return set_status(&answers->by_class[class_], &class_rules[class_],
                          name, status, pool);
    }
    if (eas_reason_by_name(name, &reason) == APR_SUCCESS) {
        return set_status(&answers->by_reason[reason], rule_of(reason), name,
                          status, pool);
    }
    return unknown_name(name, pool);
}

void eas_answers_merge(eas_answers *merged, const eas_answers *base,
                       const eas_answers *over)
{
    for (int i = 0; i < EAS_REASON_COUNT; i++) {
        merged->by_reason[i] =
            over->by_reason[i] ? over->by_reason[i] : base->by_reason[i];
    }
    for (int i = 0; i <= EAS_CLASS_UNAVAILABLE; i++) {
        merged->by_class[i] =
            over->by_class[i] ? over->by_class[i] : base->by_class[i];
    }
}
