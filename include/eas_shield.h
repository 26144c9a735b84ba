/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The shield: what stands between phones and a directory, so that a stale
 * password reaches it once, an outage is not felt, and a guess gets nowhere.
 *
 * It is made of tables in memory that all children share (names, ledgers,
 * flights, networks) and of the verdict cache.  What each of them holds is in
 * its own header; here is the order in which they are asked.
 */
#ifndef EAS_SHIELD_H
#define EAS_SHIELD_H

#include "eas_ask.h"
#include "eas_cache.h"
#include "eas_decide.h"
#include "eas_facts.h"
#include "eas_flight.h"
#include "eas_ledger.h"
#include "eas_limits.h"
#include "eas_names.h"
#include "eas_network.h"
#include "eas_seats.h"

/** What was spared, or held back; since the memory was made. */
typedef struct eas_counters {
    _Atomic apr_uint64_t cached;      /**< answered by a cached verdict */
    _Atomic apr_uint64_t known_wrong; /**< the same wrong password again */
    _Atomic apr_uint64_t held;        /**< not tried: locked, or spraying */
    _Atomic apr_uint64_t shared;      /**< answered by another's question */
    _Atomic apr_uint64_t stale;       /**< let in while the directory is down */
    _Atomic apr_uint64_t locks;       /**< accounts held before the directory
                                           would have locked them */
} eas_counters;

/** A change worth a line in the log. */
typedef enum {
    EAS_SHIELD_HOLDS,    /**< an account's guesses are used up */
    EAS_SHIELD_WOULD,    /**< the same under mode=log */
    EAS_SHIELD_RELEASES, /**< a right password has ended that */
    EAS_SHIELD_SPRAYING, /**< a network guesses at many accounts */
    EAS_SHIELD_OBJECTION /**< the directory may lock before we do */
} eas_shield_change;

/** What changed. */
typedef struct eas_shield_event {
    eas_shield_change change;
    const char *provider;     /**< NULL for a login no directory knows */
    const char *user;         /**< as the directory spells it, else as typed */
    const char *address;      /**< of the client */
    int is_familiar;          /**< the budget of familiar networks */
    int count;                /**< guesses, or accounts */
    apr_interval_time_t span; /**< how long */
    const char *detail;       /**< or NULL */
} eas_shield_event;

/** The shield of one process. */
struct eas_shield {
    const eas_key_secret *keys; /**< of what is in this machine's memory */
    eas_table *names;
    eas_cache *cache; /**< NULL for none */
    eas_facts *facts; /**< NULL for none */
    eas_sealer *sealer;
    eas_ledger *accounts;
    eas_ledger *strangers;
    eas_flights *flights;
    eas_networks *networks;
    eas_limits *limits;             /**< one for each provider */
    _Atomic eas_moment *flushed_at; /**< what is older is void */
    eas_counters *counters;
    eas_seats *followers; /**< how many may wait for others' answers */
    apr_uint64_t owner;   /**< this process, for eas_flights_abandon */
    void *self;           /**< for the functions */
    void (*pause)(void *self, apr_interval_time_t span);
    void (*changed)(void *self, const eas_shield_event *event);
};

/** A login that has been looked up. */
typedef struct eas_known {
    eas_key login; /**< its key; all zero: it has not been */
    eas_name name; /**< whom it names, where is_named */
    int is_named;  /**< found lately enough */
} eas_known;

/** One login at one provider. */
typedef struct eas_check {
    const eas_env *env;
    const eas_policy *policy;
    const eas_provider *provider;
    const eas_client *client;
    const eas_key *only; /**< the one account it may be, of any provider; NULL
                              for whichever */
    eas_known known;     /**< what eas_guard_begin has found, for whoever goes
                            on with it; all zero before */
    eas_ask ask;         /**< its identity and detail are results */
    eas_source source;   /**< a result */
    eas_moment until;    /**< a result: how long a grant holds, 0 not */
    apr_interval_time_t locked_for; /**< a result: what is left of a lock */
    const eas_basis *basis; /**< a result: what a cached grant stands on, or
                                 NULL; lives as long as the ask's pool */
} eas_check;

/**
 * Check a login and its password at one provider.
 *
 * In this order: whose login it is (remembered, else a search); the cached
 * verdict on this account and credential, which while the account is held is
 * for familiar networks alone; a password known to be wrong; whether the
 * account, or the network, is held; one question for all who ask the same at
 * once; and for it a guess is reserved, the password proven, and what came of
 * it remembered.  Where the directory is down, a verdict that was good within
 * EASAuthCacheStale.
 *
 * @param check its ask is complete but for the results
 * @return EAS_REASON_NONE with the proof in the identity; else the reason,
 *         EAS_UNKNOWN_USER of EAS_SOURCE_STALE where the directory is down and
 *         did not know a login that another did
 */
eas_reason eas_shield_check(eas_check *check);

/**
 * Whether a search has found, lately enough to be believed, whose login it is;
 * nobody is asked.
 * @return 1 or 0
 */
int eas_shield_knows(eas_check *check);

/** This provider does not know a login that another does: do not search for it
 * here again for a while. */
void eas_shield_elsewhere(eas_check *check);

#endif
