/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_memo.h"

#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(eas_memo) == EAS_PUBLISHED_ROOM, "it fills a block");

eas_key eas_memo_key(const eas_key_secret *secret, const char *header,
                     const char *certificate)
{
    const eas_span parts[] = {eas_span_text(header),
                              eas_span_text(certificate)};

    return certificate ? eas_key_make(secret, 'x', parts, 2)
                       : eas_key_text(secret, header);
}

static int is_same_place(const eas_memo_place *a, const eas_memo_place *b)
{
    return a->server == b->server && !a->tls == !b->tls
           && a->demand == b->demand && eas_key_is(&a->policy, &b->policy);
}

/* Adds a text behind those that are there; 0 where it has no room. */
static int add(eas_memo *memo, apr_size_t *used, eas_memo_text which,
               const char *text)
{
    const apr_size_t length = text ? strlen(text) + 1 : 0;

    memo->head.from[which] = 0;
    if (length > sizeof(memo->text) - *used) {
        return 0;
    }
    if (text) {
        memo->head.from[which] = (apr_uint16_t)*used;
        memcpy(memo->text + *used, text, length);
        *used += length;
    }
    return 1;
}

/* One that would not do, and was passed over, is not told of. */
static int has_certificate(const eas_identity *identity)
{
    return identity->proof == EAS_PROOF_CERTIFICATE
           || identity->proof == EAS_PROOF_BOTH;
}

static int add_all(const eas_verdict *verdict, eas_memo *memo, apr_size_t *used)
{
    const eas_identity *identity = verdict->identity;
    const eas_cert_told *certificate = &verdict->certificate;

    return add(memo, used, EAS_MEMO_REMOTE_USER, verdict->remote_user)
           && add(memo, used, EAS_MEMO_LOGIN, verdict->login)
           && add(memo, used, EAS_MEMO_USER, identity->account.user)
           && add(memo, used, EAS_MEMO_DOMAIN, identity->account.domain)
           && add(memo, used, EAS_MEMO_ID, identity->id)
           && add(memo, used, EAS_MEMO_DN, identity->dn)
           && add(memo, used, EAS_MEMO_CERT_SERIAL,
                  has_certificate(identity) ? certificate->serial : NULL)
           && add(memo, used, EAS_MEMO_CERT_ISSUER,
                  has_certificate(identity) ? certificate->issuer : NULL);
}

static int is_kept(const eas_verdict *verdict)
{
    switch (verdict->source) {
    case EAS_SOURCE_DIRECTORY:
    case EAS_SOURCE_CACHE:
        return verdict->reason == EAS_GRANTED && verdict->identity
               && verdict->identity->proof != EAS_PROOF_NONE;
    case EAS_SOURCE_NONE:
    case EAS_SOURCE_STALE:
    case EAS_SOURCE_MEMO:
    case EAS_SOURCE_LEDGER:
        break;
    }
    return 0;
}

static void fill_head(const eas_verdict *verdict, const eas_memo_call *call,
                      eas_moment until, eas_memo_head *head)
{
    const apr_int64_t expires_in = verdict->identity->expires_in;

    head->key = call->key;
    head->place = call->place;
    /* What was flushed meanwhile may have been looked at before it was. */
    head->made_at = call->now - verdict->elapsed;
    head->until = until;
    head->expires_at = -1;
    head->proof = verdict->identity->proof;
    head->map = verdict->identity->map;
    head->not_after = verdict->certificate.not_after;
    if (expires_in >= 0 && expires_in <= apr_time_sec(until - call->now)) {
        head->until = call->now + apr_time_from_sec(expires_in);
    }
    if (expires_in >= 0 && expires_in < APR_INT64_MAX / APR_USEC_PER_SEC / 2) {
        head->expires_at = call->now + apr_time_from_sec(expires_in);
    }
}

apr_size_t eas_memo_write(const eas_verdict *verdict, int provider,
                          const eas_memo_call *call, eas_moment until,
                          eas_memo *memo_out)
{
    apr_size_t used = 1; /* 0 is no place of a text */

    if (!is_kept(verdict) || provider < 0 || call->now >= until) {
        return 0;
    }
    fill_head(verdict, call, until, &memo_out->head);
    memo_out->head.provider = provider;
    memo_out->text[0] = '\0';
    return add_all(verdict, memo_out, &used) ? offsetof(eas_memo, text) + used
                                             : 0;
}

int eas_memo_holds(const eas_memo *memo, const eas_memo_call *call)
{
    return eas_key_is(&memo->head.key, &call->key)
           && is_same_place(&memo->head.place, &call->place)
           && call->now < memo->head.until
           && memo->head.made_at > call->flushed_at;
}

const char *eas_memo_get(const eas_memo *memo, eas_memo_text which)
{
    return memo->head.from[which] ? memo->text + memo->head.from[which] : NULL;
}

eas_identity *eas_memo_identity(const eas_memo *memo, eas_moment now,
                                apr_pool_t *pool)
{
    eas_identity *identity = apr_pcalloc(pool, sizeof(*identity));

    identity->account.user = eas_memo_get(memo, EAS_MEMO_USER);
    identity->account.domain = eas_memo_get(memo, EAS_MEMO_DOMAIN);
    identity->id = eas_memo_get(memo, EAS_MEMO_ID);
    identity->dn = eas_memo_get(memo, EAS_MEMO_DN);
    identity->is_remembered = 1;
    identity->expires_in = memo->head.expires_at < 0
                               ? -1
                               : apr_time_sec(memo->head.expires_at - now);
    return identity;
}
