/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_find.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_reason.h"

/* The search, and what is known so far. */
typedef struct finding {
    const eas_cert_search *search;
    const apr_array_header_t *steps; /* eas_cert_step */
    eas_identity *identity;
    const char *detail;
} finding;

static eas_cert_strong strong_of(const eas_cert_search *search)
{
    if (search->strong != EAS_STRONG_AUTO) {
        return search->strong;
    }
    return search->directory->type == EAS_LDAP_ACTIVE_DIRECTORY
               ? EAS_STRONG_REQUIRE
               : EAS_STRONG_OFF;
}

/* What a directory may answer, and nothing else. */
static eas_reason answer_check(eas_reason reason, const eas_identity *identity)
{
    if (reason == EAS_REASON_NONE) {
        return identity && identity->id ? reason : EAS_INTERNAL_ERROR;
    }
    if (reason == EAS_UNKNOWN_USER || reason == EAS_AMBIGUOUS_USER
        || eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE) {
        return reason;
    }
    return EAS_INTERNAL_ERROR;
}

/* @return as find_claimed; EAS_UNKNOWN_USER for no claims */
static eas_reason ask(finding *f, const eas_claim *claims, int count,
                      const char *attribute, eas_identity **identity_out)
{
    const eas_cert_search *search = f->search;
    const eas_directory *directory = search->directory;
    const char *attributes[] = {attribute, NULL};
    eas_identity *identity = NULL;
    eas_reason reason = EAS_UNKNOWN_USER;

    if (count > 0) {
        reason = directory->find_claimed(
            directory->self, claims, count, attribute ? attributes : NULL,
            search->deadline, search->pool, &identity, &f->detail);
        reason = answer_check(reason, identity);
    }
    if (reason == EAS_REASON_NONE) {
        *identity_out = identity;
    }
    return reason;
}

/* Whether claims name who was found.  @return EAS_REASON_NONE;
 * EAS_UNKNOWN_USER where they name nobody; EAS_CERT_CONFLICT for anybody
 * else; a reason of the unavailable class */
static eas_reason compare(finding *f, const eas_claim *claims, int count)
{
    eas_identity *other = NULL;
    const eas_reason reason = ask(f, claims, count, NULL, &other);

    if (reason == EAS_AMBIGUOUS_USER
        || (reason == EAS_REASON_NONE
            && strcmp(other->id, f->identity->id) != 0)) {
        return EAS_CERT_CONFLICT;
    }
    return reason;
}

/* What a certificate says besides, all of it at once. */
static eas_reason contradict(finding *f, int decided)
{
    const apr_array_header_t *steps = f->steps;
    apr_array_header_t *rest =
        apr_array_make(f->search->pool, 8, sizeof(eas_claim));
    eas_reason reason;

    for (int i = decided + 1; i < steps->nelts; i++) {
        const eas_cert_step *step = &APR_ARRAY_IDX(steps, i, eas_cert_step);

        for (int k = 0; k < step->count; k++) {
            APR_ARRAY_PUSH(rest, eas_claim) = step->claims[k];
        }
    }
    reason = compare(f, (const eas_claim *)rest->elts, rest->nelts);
    if (reason == EAS_CERT_CONFLICT) {
        f->detail = apr_psprintf(
            f->search->pool,
            "by %s it names one entry, by what else it says another",
            eas_cert_kind_name(
                APR_ARRAY_IDX(steps, decided, eas_cert_step).kind));
    }
    return reason == EAS_UNKNOWN_USER ? EAS_REASON_NONE : reason;
}

/* The claims of one kind follow each other.  @return how many */
static int count_same(const eas_claim *claims, int count)
{
    int same = 1;

    while (same < count && claims[same].kind == claims[0].kind) {
        same++;
    }
    return same;
}

/* By which of the kinds of a step it was found: where it was by none of the
 * others, by the last. */
static eas_reason tell_kind(finding *f, const eas_cert_step *step)
{
    const eas_claim *claims = step->claims;
    int left = step->count;
    eas_reason reason = EAS_UNKNOWN_USER;

    for (;;) {
        const int same = count_same(claims, left);

        if (same < left) {
            reason = compare(f, claims, same);
        }
        if (same == left || reason == EAS_REASON_NONE) {
            f->identity->map = claims->kind;
            return EAS_REASON_NONE;
        }
        if (reason != EAS_UNKNOWN_USER) {
            return reason;
        }
        claims += same;
        left -= same;
    }
}

static eas_reason refuse_weak(finding *f, eas_cert_kind kind)
{
    f->detail = apr_psprintf(f->search->pool,
                             "a mapping by %s is weak (EASAuthCertStrong)",
                             eas_cert_kind_name(kind));
    return EAS_CERT_WEAK;
}

/* Somebody was found: may it be them? */
static eas_reason settle(finding *f, int decided)
{
    const eas_cert_step *step =
        &APR_ARRAY_IDX(f->steps, decided, eas_cert_step);
    const int is_weak = !eas_cert_kind_is_strong(step->kind);
    const eas_cert_strong strong = strong_of(f->search);
    eas_reason reason;

    if (is_weak && strong == EAS_STRONG_REQUIRE) {
        return refuse_weak(f, step->kind);
    }
    f->identity->proof = EAS_PROOF_NONE; /* finding proves nothing */
    reason = contradict(f, decided);
    if (reason == EAS_REASON_NONE) {
        reason = tell_kind(f, step);
    }
    if (reason == EAS_REASON_NONE) {
        f->detail =
            is_weak && strong == EAS_STRONG_WARN
                ? apr_pstrcat(f->search->pool, "weak mapping by ",
                              eas_cert_kind_name(f->identity->map), NULL)
                : NULL;
    }
    return reason;
}

/* One step of the list.  @return EAS_UNKNOWN_USER to go on */
static eas_reason try_step(finding *f, int at)
{
    const eas_cert_step *step = &APR_ARRAY_IDX(f->steps, at, eas_cert_step);
    eas_reason reason;

    if (step->decides && !eas_cert_kind_is_strong(step->kind)
        && strong_of(f->search) == EAS_STRONG_REQUIRE) {
        return refuse_weak(f, step->kind);
    }
    reason = ask(f, step->claims, step->count, f->search->remote_attribute,
                 &f->identity);
    if (reason == EAS_REASON_NONE) {
        return settle(f, at);
    }
    if (reason == EAS_AMBIGUOUS_USER) {
        return EAS_CERT_AMBIGUOUS;
    }
    return reason == EAS_UNKNOWN_USER && step->decides ? EAS_CERT_UNMAPPED
                                                       : reason;
}

static eas_reason try_steps(finding *f)
{
    eas_reason reason = EAS_UNKNOWN_USER;

    for (int i = 0; i < f->steps->nelts && reason == EAS_UNKNOWN_USER; i++) {
        reason = try_step(f, i);
    }
    return reason == EAS_UNKNOWN_USER ? EAS_CERT_UNMAPPED : reason;
}

eas_reason eas_cert_find(const eas_cert_search *search,
                         eas_identity **identity_out, const char **detail_out)
{
    finding f = {search, NULL, NULL, NULL};
    eas_reason reason;

    if (!search->directory->find_claimed) {
        *detail_out = "logins are bound here as they are typed, and nobody can "
                      "be looked for";
        return EAS_MISCONFIGURED;
    }
    reason = eas_cert_map_steps(search->map, search->cert, search->pool,
                                &f.steps, &f.detail);
    if (reason == EAS_REASON_NONE) {
        reason = try_steps(&f);
    }
    if (f.detail) {
        *detail_out = f.detail;
    }
    if (reason == EAS_REASON_NONE) {
        *identity_out = f.identity;
    }
    return reason;
}
