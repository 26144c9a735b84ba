/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The rules of a page of the ledger once more, plainly: every guess, refusal
 * and success is an entry of a list, and every answer is found by going through
 * them.  What lib/ counts, packs and rounds is written down here.
 */
#ifndef LEDGER_MODEL_H
#define LEDGER_MODEL_H

#include "lockout.h"

enum { MODEL_ROOM = 1024 };

typedef enum { GUESS_GONE, GUESS_FLYING, GUESS_FAILED } guess_state;

typedef struct model_guess {
    int id;
    int budget;
    guess_state state;
    int round;
    int known; /* events before it was known to have failed */
    int seen;  /* events before it was reserved */
} model_guess;

typedef struct model_wrong {
    apr_uint64_t credential;
    apr_uint64_t stamp;
    eas_moment binds[2]; /* the last, the one before; 0: none */
    eas_moment looked;
    eas_moment claimed;
    int no_second;
} model_wrong;

typedef struct model_network {
    apr_uint64_t network;
    eas_moment seen;
} model_network;

typedef struct model {
    model_guess guesses[MODEL_ROOM];
    int guess_count;
    int next_id;
    int events;
    int round;
    eas_moment round_began;
    eas_moment last_reserved;
    eas_moment last_failure;
    int limited[2];
    int reported[2];
    model_wrong wrongs[EAS_LEDGER_REFUSED];
    model_network networks[EAS_LEDGER_NETWORKS];
    int network_count;
    eas_moment forbidden_at;
    apr_uint64_t missed[EAS_PAGE_MISSES];
    int missed_count;
    eas_moment missed_of;
} model;

static inline eas_moment whole_second(eas_moment moment)
{
    return (moment + SECONDS(1) - 1) / SECONDS(1) * SECONDS(1);
}

static inline int model_count(const model *m, int budget, guess_state state)
{
    int count = 0;

    for (int i = 0; i < m->guess_count; i++) {
        count += m->guesses[i].budget == budget && m->guesses[i].state == state;
    }
    return count;
}

static inline int model_spent(const model *m, int budget)
{
    return model_count(m, budget, GUESS_FLYING)
           + model_count(m, budget, GUESS_FAILED);
}

static inline eas_moment max_of(eas_moment a, eas_moment b)
{
    return a > b ? a : b;
}

static inline eas_moment model_last(const model *m)
{
    return model_count(m, 0, GUESS_FLYING) + model_count(m, 1, GUESS_FLYING)
               ? max_of(m->last_failure, m->last_reserved + SECONDS(30))
               : m->last_failure;
}

static inline void model_next_round(model *m, eas_moment now)
{
    m->round++;
    m->round_began = max_of(now, m->round_began + 1);
}

static inline void model_fail(model *m, model_guess *guess, eas_moment at)
{
    guess->state = GUESS_FAILED;
    guess->known = m->events++;
    m->last_failure = max_of(m->last_failure, at);
}

/* The lost: a round is over after 30 s, and whoever was in the one before it
 * is dead; in this one too, where nobody came for 30 s. */
static inline void model_bury(model *m, eas_moment now)
{
    const int all = now >= m->last_reserved + SECONDS(30);

    if (now < m->round_began + SECONDS(30)) {
        return;
    }
    for (int i = 0; i < m->guess_count; i++) {
        model_guess *guess = &m->guesses[i];

        if (guess->state != GUESS_FLYING) {
            continue;
        }
        if (guess->round < m->round) {
            model_fail(m, guess, m->round_began + SECONDS(30));
        }
        else if (all) {
            model_fail(m, guess, m->last_reserved + SECONDS(30));
        }
    }
    model_next_round(m, now);
}

static inline int model_left(const model *m, const eas_lockout *lockout,
                             int budget)
{
    const int own =
        (m->limited[budget] ? 1 : lockout->attempts) - model_spent(m, budget);
    const int both = lockout->ceiling - model_spent(m, 0) - model_spent(m, 1);

    return own < both ? own : both;
}

static inline void model_turn(model *m, const eas_lockout *lockout,
                              eas_moment now)
{
    model_bury(m, now);
    if ((model_spent(m, 0) || model_spent(m, 1))
        && now >= model_last(m) + lockout->window + SECONDS(5)) {
        const int spent[2] = {model_left(m, lockout, 0) <= 0,
                              model_left(m, lockout, 1) <= 0};

        m->last_failure = model_last(m);
        m->guess_count = 0;
        model_next_round(m, now);
        for (int i = 0; i < 2; i++) {
            m->limited[i] |= spent[i];
            m->reported[i] = 0;
        }
    }
    if (now >= model_last(m) + 2 * lockout->window + SECONDS(5)) {
        m->limited[0] = m->limited[1] = 0;
    }
}

static inline apr_interval_time_t model_wait(const model *m,
                                             const eas_lockout *lockout,
                                             eas_moment now)
{
    const int flying =
        model_count(m, 0, GUESS_FLYING) + model_count(m, 1, GUESS_FLYING);
    apr_interval_time_t wait =
        model_last(m) + lockout->window + SECONDS(5) - now;

    if (flying && now < m->last_reserved + SECONDS(30) && wait > SECONDS(2)) {
        wait = SECONDS(2);
    }
    return wait < SECONDS(1) ? SECONDS(1) : wait;
}

static inline int model_locked(const model *m, const eas_lockout *lockout,
                               int budget, eas_moment now,
                               apr_interval_time_t *wait_out)
{
    static model then;

    *wait_out = 0;
    if (lockout->mode != EAS_LOCKOUT_ENFORCE) {
        return 0;
    }
    then = *m;
    model_turn(&then, lockout, now);
    if (model_left(&then, lockout, budget) > 0) {
        return 0;
    }
    *wait_out = model_wait(&then, lockout, now);
    return 1;
}

static inline model_wrong *model_find(model *m, apr_uint64_t credential)
{
    for (int i = 0; i < EAS_LEDGER_REFUSED; i++) {
        if (m->wrongs[i].credential == credential) {
            return &m->wrongs[i];
        }
    }
    return NULL;
}

static inline model_network *model_network_of(model *m, apr_uint64_t network)
{
    for (int i = 0; i < m->network_count; i++) {
        if (m->networks[i].network == network) {
            return &m->networks[i];
        }
    }
    return NULL;
}

static inline int model_familiar(model *m, const eas_ledger_try *attempt,
                                 apr_interval_time_t within)
{
    const model_network *n = model_network_of(m, attempt->network);

    return n && attempt->now - n->seen < within;
}

static inline int model_has_missed(const model *m, apr_uint64_t credential)
{
    for (int i = 0; i < m->missed_count; i++) {
        if (m->missed[i] == credential && m->missed_of == m->last_failure) {
            return 1;
        }
    }
    return 0;
}

static inline void model_consult(model *m, const eas_ledger_try *attempt,
                                 const eas_lockout *lockout,
                                 eas_standing *standing_out)
{
    const model_wrong *wrong = model_find(m, attempt->credential);
    eas_standing *s = standing_out;

    s->is_familiar = model_familiar(m, attempt, HOURS(30 * 24));
    s->wants_seen = attempt->network && !model_familiar(m, attempt, HOURS(24));
    s->is_locked =
        model_locked(m, lockout, s->is_familiar, attempt->now, &s->locked_for);
    s->may_peek = !s->is_locked
                  || (s->is_familiar
                      && (m->missed_count < EAS_PAGE_MISSES
                          || m->missed_of != m->last_failure)
                      && !model_has_missed(m, attempt->credential));
    s->refused_at = wrong ? wrong->binds[0] : 0;
    s->forbidden_at = m->forbidden_at;
}

static inline eas_look model_look(model *m, const eas_ledger_try *attempt,
                                  const eas_lockout *lockout)
{
    model_wrong *wrong = model_find(m, attempt->credential);
    const eas_moment now = attempt->now;
    apr_interval_time_t wait;
    eas_look look = EAS_LOOK_NOT;

    if (!wrong || now < wrong->claimed
        || model_locked(m, lockout, model_familiar(m, attempt, HOURS(720)), now,
                        &wait)) {
        return EAS_LOOK_NOT;
    }
    if (now >= wrong->looked + lockout->refused_ttl) {
        look = lockout->is_unknown ? EAS_LOOK_BIND : EAS_LOOK_SEARCH;
    }
    if (!lockout->is_unknown && !wrong->no_second
        && now >= wrong->binds[0] + SECONDS(60)) {
        look = EAS_LOOK_BIND;
    }
    if (look != EAS_LOOK_NOT) {
        wrong->claimed = whole_second(now + SECONDS(30));
    }
    return look;
}

static inline int model_looked(model *m, const eas_ledger_try *attempt)
{
    model_wrong *wrong = model_find(m, attempt->credential);
    const eas_moment now = attempt->now;
    int due;

    if (!wrong) {
        return 0;
    }
    if (attempt->stamp && wrong->stamp) {
        due = attempt->stamp != wrong->stamp;
    }
    else {
        due = now >= wrong->binds[0] + HOURS(12)
              && (!wrong->binds[1]
                  || now > whole_second(wrong->binds[1]) + HOURS(24));
    }
    if (!due) {
        wrong->looked = whole_second(now);
        wrong->claimed = 0;
    }
    return due;
}

/** @param id_out of the guess, for model_settle; -1 where it is not counted */
static inline int model_reserve(model *m, const eas_ledger_try *attempt,
                                const eas_lockout *lockout, int is_second,
                                int *id_out, int *is_probe_out,
                                apr_interval_time_t *wait_out)
{
    const int budget = model_familiar(m, attempt, HOURS(720));
    model_wrong *wrong = model_find(m, attempt->credential);
    const eas_moment now = attempt->now;
    int is_given = 1;
    int left;

    *wait_out = 0;
    *id_out = -1;
    *is_probe_out = 0;
    if (wrong && wrong->binds[0] != attempt->refused_at) {
        return 0;
    }
    if (lockout->mode != EAS_LOCKOUT_OFF) {
        model_turn(m, lockout, now);
        left = model_left(m, lockout, budget);
        if (left <= 0 && lockout->mode == EAS_LOCKOUT_ENFORCE) {
            *wait_out = model_wait(m, lockout, now);
            is_given = 0;
        }
        else if (is_second && left < 2) {
            is_given = 0;
        }
    }
    if (is_second && wrong
        && (is_given || now >= wrong->looked + lockout->refused_ttl)) {
        wrong->no_second = 1;
        wrong->claimed = is_given ? wrong->claimed : 0;
    }
    if (is_given && lockout->mode != EAS_LOCKOUT_OFF) {
        m->last_reserved = max_of(m->last_reserved, now);
        *id_out = m->next_id;
        *is_probe_out = m->limited[budget];
        m->guesses[m->guess_count++] = (model_guess){
            m->next_id++, budget, GUESS_FLYING, m->round, 0, m->events};
    }
    return is_given;
}

/* A free place, else that of the one longest not found wrong. */
static inline model_wrong *model_place(model *m)
{
    model_wrong *place = &m->wrongs[0];

    for (int i = 0; i < EAS_LEDGER_REFUSED; i++) {
        model_wrong *other = &m->wrongs[i];

        if (!other->credential) {
            return other;
        }
        if (other->looked < place->looked
            || (other->looked == place->looked
                && other->binds[0] < place->binds[0])) {
            place = other;
        }
    }
    return place;
}

static inline void model_refuse(model *m, const eas_ledger_try *attempt)
{
    model_wrong *wrong = model_find(m, attempt->credential);

    if (!wrong) {
        wrong = model_place(m);
        memset(wrong, 0, sizeof(*wrong));
    }
    wrong->no_second = wrong->credential != 0;
    wrong->credential = attempt->credential;
    wrong->stamp = attempt->stamp;
    wrong->binds[1] = wrong->binds[0];
    wrong->binds[0] = attempt->now;
    wrong->looked = whole_second(attempt->now);
    wrong->claimed = 0;
}

static inline void model_familiarise(model *m, const eas_ledger_try *attempt)
{
    model_network *n = model_network_of(m, attempt->network);

    if (!attempt->network) {
        return;
    }
    if (!n && m->network_count < EAS_LEDGER_NETWORKS) {
        n = &m->networks[m->network_count++];
        n->seen = 0;
    }
    else if (!n) {
        n = &m->networks[0];
        for (int i = 1; i < m->network_count; i++) {
            if (m->networks[i].seen < n->seen) {
                n = &m->networks[i];
            }
        }
        n->seen = 0;
    }
    n->network = attempt->network;
    n->seen = max_of(n->seen, whole_second(attempt->now));
}

static inline void model_unlist(model *m, apr_uint64_t credential)
{
    model_wrong *wrong = model_find(m, credential);

    if (wrong) {
        memset(wrong, 0, sizeof(*wrong));
    }
}

static inline model_guess *model_guess_of(model *m, int id)
{
    for (int i = 0; i < m->guess_count; i++) {
        if (m->guesses[i].id == id && m->guesses[i].state == GUESS_FLYING) {
            return &m->guesses[i];
        }
    }
    return NULL;
}

static inline void model_prove(model *m, const model_guess *proven,
                               eas_ledger_change *change)
{
    for (int i = 0; i < m->guess_count; i++) {
        model_guess *guess = &m->guesses[i];

        if (guess->state == GUESS_FAILED && guess->known < proven->seen) {
            guess->state = GUESS_GONE;
        }
    }
    for (int i = 0; i < 2; i++) {
        change->unlocked |= m->limited[i] || m->reported[i];
        m->limited[i] = m->reported[i] = 0;
    }
    if (!model_spent(m, 0) && !model_spent(m, 1)) {
        m->last_failure = 0;
    }
}

static inline void model_count_wrong(model *m, const eas_lockout *lockout,
                                     int budget, eas_moment now,
                                     eas_ledger_change *change)
{
    static model landed;
    model_guess *guess = &m->guesses[m->guess_count++];

    *guess = (model_guess){-1, budget, GUESS_FAILED, 0, 0, 0};
    model_fail(m, guess, now);
    landed = *m;
    for (int i = 0; i < landed.guess_count; i++) {
        if (landed.guesses[i].state == GUESS_FLYING) {
            landed.guesses[i].state = GUESS_GONE;
        }
    }
    if (!m->reported[budget] && model_left(&landed, lockout, budget) <= 0) {
        m->reported[budget] = change->locked = 1;
    }
}

static inline void model_tidy(model *m)
{
    int kept = 0;

    for (int i = 0; i < m->guess_count; i++) {
        if (m->guesses[i].state != GUESS_GONE) {
            m->guesses[kept++] = m->guesses[i];
        }
    }
    m->guess_count = kept;
}

/** @param id of model_reserve, -1 for none; @a budget is the hold's */
static inline eas_ledger_change model_settle(model *m,
                                             const eas_ledger_try *attempt,
                                             const eas_lockout *lockout, int id,
                                             int budget, eas_outcome outcome)
{
    eas_ledger_change change = {0, 0, 0};
    model_guess *guess;

    if (outcome == EAS_OUTCOME_WRONG) {
        model_refuse(m, attempt);
    }
    if (outcome == EAS_OUTCOME_PROVEN || outcome == EAS_OUTCOME_FORBIDDEN) {
        model_unlist(m, attempt->credential);
    }
    if (outcome == EAS_OUTCOME_PROVEN) {
        model_familiarise(m, attempt);
    }
    if (outcome == EAS_OUTCOME_FORBIDDEN) {
        m->forbidden_at = attempt->now;
    }
    if (id < 0) {
        return change;
    }
    model_turn(m, lockout, attempt->now);
    guess = model_guess_of(m, id);
    if (outcome != EAS_OUTCOME_UNANSWERED && guess) {
        guess->state = GUESS_GONE;
    }
    if (outcome == EAS_OUTCOME_PROVEN && guess) {
        model_prove(m, guess, &change);
    }
    if (outcome == EAS_OUTCOME_WRONG) {
        model_count_wrong(m, lockout, budget, attempt->now, &change);
    }
    model_tidy(m);
    change.count = model_spent(m, budget);
    return change;
}

static inline void model_missed(model *m, const eas_ledger_try *attempt,
                                const eas_lockout *lockout)
{
    apr_interval_time_t wait;

    if (model_find(m, attempt->credential)
        || !model_locked(m, lockout, model_familiar(m, attempt, HOURS(720)),
                         attempt->now, &wait)) {
        return;
    }
    if (m->missed_of != m->last_failure) {
        m->missed_of = m->last_failure;
        m->missed_count = 0;
    }
    if (!model_has_missed(m, attempt->credential)
        && m->missed_count < EAS_PAGE_MISSES) {
        m->missed[m->missed_count++] = attempt->credential;
    }
}

static inline int model_unlock(model *m, eas_moment now)
{
    const int was = m->guess_count || m->limited[0] || m->limited[1];

    if (was) {
        m->guess_count = 0;
        m->last_failure = m->last_reserved = 0;
        m->limited[0] = m->limited[1] = 0;
        m->reported[0] = m->reported[1] = 0;
        model_next_round(m, now);
    }
    return was;
}

#endif
