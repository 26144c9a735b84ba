/* SPDX-License-Identifier: Apache-2.0 */
/** What is kept with a request: its credential and its verdict. */
#ifndef MOD_EAS_REQUEST_H
#define MOD_EAS_REQUEST_H

#include <httpd.h>

#include "eas_decide.h"
#include "mod_eas_method.h"
#include "mod_eas_ready.h"

/**
 * What a client's request and all that httpd derives of it share: internal
 * redirects, error documents and subrequests.  Taken from the first of them,
 * whose headers nobody has written into yet.
 */
typedef struct mod_eas_shared {
    request_rec *initial;
    eas_client client;
    const eas_attempt *attempt; /**< NULL until a mechanism has looked */
    int source;                 /**< EASAuthCertSource it looked at */
    int has_issuers;            /**< whether an EASAuthCertIssuer was there,
                                   which wants the CAs above as well */
    const eas_attempt *decided; /**< what the verdict was reached for; NULL
                                   where the memo had it */
    const mod_eas_ready *under; /**< and under which policy and AuthType;
                                   NULL: none yet */
    eas_verdict verdict;        /**< meaningful where under is set */
    int is_logged;              /**< the verdict has its log line */
} mod_eas_shared;

/** What is kept with one request. */
typedef struct mod_eas_state {
    mod_eas_shared *shared;
    struct mod_eas_proxied *proxied; /**< what a proxy in front may say
                                          (mod_eas_proxy.h); NULL: none */
    const char *authorization;       /**< as the client sent it, or NULL */
    const void *per_dir;        /**< httpd's record these were read from: */
    const mod_eas_dir *dir;     /**< the directives in effect */
    mod_eas_method type;        /**< and the AuthType */
    eas_demand demand;          /**< what the AuthType demands; set with: */
    const mod_eas_ready *ready; /**< what was made of both; NULL: not yet, see
                                    mod_eas_request_ready */
    eas_key presented; /**< of what the memo goes by; zero until it is wanted */
    const char *certificate; /**< what tells the client's certificate from
                                    any other of this connection; NULL where
                                    none is looked at */
    const char *whole;       /**< and from any at all, once it is wanted; NULL:
                            nothing does */
    int is_proven;           /**< check_user_id let it through */
    int in_access_checker;   /**< our access_checker_ex runs the others */
    int in_auth_checker;     /**< our auth_checker runs the others */
    int guard_status;        /**< what the guard answered, 0 while unasked */
    const char *unclear;     /**< why a Require line of ours could not be
                                    decided, or NULL */
    apr_interval_time_t unclear_for; /**< how long its directory is away */
} mod_eas_state;

/** The first of the requests that share a credential. */
request_rec *mod_eas_request_initial(request_rec *r);

/**
 * What is kept with a request, made at the first call; before httpd has walked
 * the sections nothing is in it but what was put there.
 * @return never NULL; lives as long as the request
 */
mod_eas_state *mod_eas_request_bare(request_rec *r);

/**
 * What is kept with a request, made at the first call; its directives are
 * those in effect at each call.
 * @return never NULL; lives as long as the request
 */
mod_eas_state *mod_eas_request_state(request_rec *r);

/**
 * The same for a request that an AuthType of ours guards.
 * @return NULL for another's, and then nothing is made
 */
mod_eas_state *mod_eas_request_ours(request_rec *r);

/**
 * httpd's post_read_request, before any other: keep the Authorization header
 * a client sent, which other modules may write into later.
 * @return DECLINED
 */
int mod_eas_request_capture(request_rec *r);

/** The Authorization header the client sent, or NULL. */
const char *mod_eas_request_authorization(request_rec *r);

/**
 * What was made of the directives and the AuthType in effect.
 * @return lives as long as the first request at least
 */
const mod_eas_ready *mod_eas_request_ready(mod_eas_state *state);

/** What reads the credentials an AuthType wants out of a client's request. */
typedef eas_attempt (*mod_eas_reader)(request_rec *initial,
                                      const mod_eas_state *state);

/**
 * What the mechanisms make of a client's request, read from the first of the
 * requests that share it, and once where these have the same AuthType.
 * @param read makes an attempt whose credential lives as long as its request
 * @return lives as long as the first request
 */
const eas_attempt *mod_eas_request_attempt(request_rec *r, mod_eas_reader read);

/** What tells a client's certificate from any other (auth_cert_whole). */
typedef const char *(*mod_eas_teller)(request_rec *initial,
                                      const mod_eas_dir *dir);

/**
 * What was granted before on the same connection to the same header and the
 * same certificate (state->certificate), under the directives in effect; else
 * what this process has lately found of these on another one.  Nothing of
 * either is read for it.
 * @param tell asked once no memo of the connection is the answer, where a
 *        certificate is looked at
 * @return lives as long as the first request; NULL: there is none, or another
 *         verdict has been reached
 */
const eas_verdict *mod_eas_request_recall(request_rec *r, mod_eas_teller tell);

/**
 * The verdict on an attempt under the directives in effect: reached once for
 * all requests that share a credential and a policy, so that an error
 * document or a subrequest never repeats a guess.
 * @param attempt lives as long as the first request
 * @return lives as long as the first request
 */
const eas_verdict *mod_eas_request_verdict(request_rec *r,
                                           const eas_attempt *attempt);

#endif
