/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A grant as a connection keeps it, so that the same credential again costs
 * neither a lock nor a look into what processes share.
 *
 * It holds no password: it is bound to a keyed hash of the credential and of
 * all the grant depends on.  eas_decide_repeat alone makes a grant of it again.
 */
#ifndef EAS_MEMO_H
#define EAS_MEMO_H

#include "eas_key.h"
#include "eas_published.h"
#include "eas_types.h"

/** The texts of a grant. */
typedef enum {
    EAS_MEMO_REMOTE_USER,
    EAS_MEMO_LOGIN,
    EAS_MEMO_USER,
    EAS_MEMO_DOMAIN,
    EAS_MEMO_ID,
    EAS_MEMO_DN,
    EAS_MEMO_CERT_SERIAL,
    EAS_MEMO_CERT_ISSUER,
    EAS_MEMO_TEXTS
} eas_memo_text;

/** Where a credential was presented: with it, all a grant depends on. */
typedef struct eas_memo_place {
    const void *server; /**< one pointer for each virtual host */
    eas_key policy;     /**< of what of the directives is of consequence */
    int tls;
    eas_demand demand;
} eas_memo_place;

/** What stands before the texts. */
typedef struct eas_memo_head {
    eas_key key;          /**< of what was presented */
    eas_memo_place place; /**< and where */
    eas_moment made_at;   /**< when its decision began */
    eas_moment until;
    eas_moment expires_at; /**< when the password does; -1 not told */
    apr_time_t not_after;  /**< of the certificate, where there is one */
    int provider;          /**< which of the policy's, from 0 */
    eas_proof proof;
    eas_cert_kind map;
    apr_uint16_t from[EAS_MEMO_TEXTS]; /**< where in text; 0: NULL */
} eas_memo_head;

/** A grant, flat: it can be copied anywhere. */
typedef struct eas_memo {
    eas_memo_head head;
    char text[EAS_PUBLISHED_ROOM - sizeof(eas_memo_head)];
} eas_memo;

/** Who asks for it. */
typedef struct eas_memo_call {
    eas_key key;
    eas_memo_place place;
    eas_moment now;
    eas_moment flushed_at; /**< what was made by then is void; 0: never */
} eas_memo_call;

/**
 * The key of what was presented.
 * @param secret of memos alone
 * @param header the whole value of Authorization, or NULL
 * @param certificate what tells the client's certificate from any other on
 *        this connection; NULL where none is looked at
 */
eas_key eas_memo_key(const eas_key_secret *secret, const char *header,
                     const char *certificate);

/**
 * Write a grant down.
 * @param verdict of a decision just made.  One that came from a memo or out of
 *        stale memory is not kept: neither may last by being repeated
 * @param provider which of the policy's it names, from 0
 * @param until when it is over; it ends with the password in any case
 * @return bytes of @a memo_out; 0 where it is no grant, is over already, or
 *         its texts are too long (then @a memo_out is half written)
 */
apr_size_t eas_memo_write(const eas_verdict *verdict, int provider,
                          const eas_memo_call *call, eas_moment until,
                          eas_memo *memo_out);

/** Whether it is the answer to a call: 1 or 0. */
int eas_memo_holds(const eas_memo *memo, const eas_memo_call *call);

/** A text of it, or NULL; lives as long as the memo. */
const char *eas_memo_get(const eas_memo *memo, eas_memo_text which);

/**
 * Whom it is of, unproven, without attributes.
 * @param pool lifetime of the result, whose texts are the memo's
 */
eas_identity *eas_memo_identity(const eas_memo *memo, eas_moment now,
                                apr_pool_t *pool);

#endif
