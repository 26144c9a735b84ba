/* SPDX-License-Identifier: Apache-2.0 */
/* A store that is broken, hostile or somebody else's: nothing is there, and
 * never anything wrong. */
#include "fake_store.h"

#include "eas_reason.h"
#include "tap.h"

static const char secret[] = "a secret of more than sixteen bytes";
static fake_store store;
static fake_machine here;

static void begin(void)
{
    fake_store_make(&store);
    fake_machine_make(&here, &store.store, secret, 101);
}

static int is_granted(const eas_cache_question *question)
{
    eas_cache_answer answer = {.verdict = {.reason = EAS_REASON_NONE}};

    return eas_cache_get(here.cache, question, fake_pool, &answer)
           && answer.verdict.reason == EAS_GRANTED;
}

static int knows(const char *password)
{
    const eas_cache_question question = fake_question(password);

    return is_granted(&question);
}

static void other_provider(eas_cache_question *q)
{
    q->provider = "contosp";
}
static void no_provider(eas_cache_question *q)
{
    q->provider = "";
}
static void other_print(eas_cache_question *q)
{
    q->fingerprint = "settings";
}
static void other_account(eas_cache_question *q)
{
    q->account.word[1]++;
}
/* What the other record lacks would be missing in this one's grant. */
static void other_attribute(eas_cache_question *q)
{
    q->attribute = "uid";
}
static void no_attribute(eas_cache_question *q)
{
    q->attribute = NULL;
}
static void other_password(eas_cache_question *q)
{
    q->password = "wander";
}
static void none(eas_cache_question *q)
{
    (void)q;
}
static void divided_elsewhere(eas_cache_question *q)
{
    q->provider = "contosos";
    q->fingerprint = "ettings 1";
}

static const struct {
    const char *name;
    void (*change)(eas_cache_question *question);
    int expected;
} changes[] = {
    {"the same question", none, 1},
    {"another provider", other_provider, 0},
    {"no provider", no_provider, 0},
    {"another configuration", other_print, 0},
    {"another account", other_account, 0},
    {"another attribute", other_attribute, 0},
    {"no attribute", no_attribute, 0},
    {"another password", other_password, 0},
    {"parts divided elsewhere", divided_elsewhere, 0},
};

/* Once as it is, and once where the store gives that record all the same. */
static void test_others(void)
{
    for (apr_size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        eas_cache_question question = fake_question("wonder");
        const eas_cache_question wanted = question;
        eas_identity identity = fake_identity();
        fake_slot *slot;

        begin();
        eas_cache_put(here.cache, &question, &identity, EAS_GRANTED, 0,
                      fake_pool);
        changes[i].change(&question);
        is_int(is_granted(&question), changes[i].expected, changes[i].name);
        slot = fake_only(&store);
        eas_cache_put(here.cache, &question, &identity, EAS_GRANTED, 0,
                      fake_pool);
        for (int s = 0; s < FAKE_SLOTS; s++) {
            if (store.slots[s].length && &store.slots[s] != slot) {
                memcpy(slot->bytes, store.slots[s].bytes, FAKE_ROOM);
                slot->length = store.slots[s].length;
                is_int(is_granted(&wanted), 0,
                       tap_row(changes[i].name, "in its place"));
            }
        }
    }
}

/* What is asked otherwise has a record of its own. */
static void test_beside(void)
{
    for (apr_size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        eas_cache_question question = fake_question("wonder");
        const eas_cache_question wanted = question;
        eas_identity identity = fake_identity();

        begin();
        eas_cache_put(here.cache, &question, &identity, EAS_GRANTED, 0,
                      fake_pool);
        changes[i].change(&question);
        eas_cache_put(here.cache, &question, &identity, EAS_GRANTED, 0,
                      fake_pool);
        ok(is_granted(&wanted), tap_row(changes[i].name, "beside"));
    }
}

/* Another secret, and the same again. */
static void test_secret(void)
{
    fake_machine stranger;
    fake_machine friend_;

    begin();
    fake_machine_make(&stranger, &store.store, "another secret, as long as it",
                      101);
    fake_machine_make(&friend_, &store.store, secret, 101);
    fake_say(&stranger, "wonder", EAS_GRANTED);
    is_int(knows("wonder"), 0, "sealed with another secret");
    fake_say(&friend_, "wonder", EAS_GRANTED);
    is_int(knows("wonder"), 1, "with ours");
}

static void test_forged(void)
{
    fake_slot *slot;
    apr_size_t whole;
    int opens = 0;

    begin();
    fake_say(&here, "wonder", EAS_GRANTED);
    slot = fake_only(&store);
    whole = slot->length;
    for (apr_size_t i = 0; i < whole; i++) {
        slot->bytes[i] ^= (unsigned char)(1 << i % 8);
        opens += knows("wonder");
        slot->bytes[i] ^= (unsigned char)(1 << i % 8);
    }
    is_int(opens, 0, "no byte may be another");
    for (slot->length = 1; slot->length < whole; slot->length++) {
        opens += knows("wonder");
    }
    slot->length = whole + 1;
    opens += knows("wonder");
    is_int(opens, 0, "no other length");
    slot->length = whole;
    is_int(knows("wonder"), 1, "and then it is there");
}

static void test_lengths(void)
{
    static const apr_size_t claims[] = {1,         EAS_SEAL_OVERHEAD,
                                        FAKE_ROOM, FAKE_ROOM + 1,
                                        1 << 20,   (apr_size_t)-1};

    begin();
    fake_say(&here, "wonder", EAS_GRANTED);
    for (apr_size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        store.claims = claims[i];
        is_int(knows("wonder"), 0, "a length that is claimed");
    }
    store.claims = 0;
    is_int(knows("wonder"), 1, "the right one");
}

/* Records that were ours: as good as they were, and as old. */
static void test_replay(void)
{
    const eas_cache_question question = fake_question("wonder");
    fake_slot kept;
    fake_slot *slot;

    begin();
    fake_say(&here, "wonder", EAS_GRANTED);
    slot = fake_only(&store);
    kept = *slot;
    fake_wait(&here, SECONDS(50));
    eas_cache_refuse(here.cache, &question, fake_pool);
    is_int(knows("wonder"), 0, "refused");
    *slot = kept;
    is_int(fake_ask(&here, "wonder").age, SECONDS(50), "as old as it is");
    is_int(fake_ask(&here, "wonder").at, here.now - SECONDS(50),
           "from before the refusal, by its moment");
    fake_say(&here, "other", EAS_GRANTED);
    is_int(fake_ask(&here, "wonder").age, SECONDS(50),
           "written again, it is no younger");
}

static void test_broken(void)
{
    static const apr_status_t errors[] = {APR_NOTFOUND, APR_ENOSPC, APR_TIMEUP,
                                          APR_EGENERAL, APR_ECONNREFUSED};
    const eas_cache_question question = fake_question("wonder");

    for (apr_size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        begin();
        fake_say(&here, "wonder", EAS_GRANTED);
        store.failing = errors[i];
        is_int(knows("wonder"), 0, "an error of the store is a miss");
        store.puts = 0;
        eas_cache_refuse(here.cache, &question, fake_pool);
        is_int(store.puts, 0, "nothing is written where nothing is read");
        fake_say(&here, "wonder", EAS_ACCOUNT_DISABLED);
        store.failing = APR_SUCCESS;
        is_int(knows("wonder"), 0, "what could not be replaced is dropped");
    }
}

/* What the store sees. */
static int holds(const fake_slot *slot, const char *text)
{
    const apr_size_t length = strlen(text);

    for (apr_size_t i = 0; i + length <= slot->length; i++) {
        if (!memcmp(slot->bytes + i, text, length)) {
            return 1;
        }
    }
    return 0;
}

static void test_secrecy(void)
{
    fake_slot first;
    fake_slot *slot;

    begin();
    fake_say(&here, "wonder", EAS_GRANTED);
    slot = fake_only(&store);
    first = *slot;
    ok(!holds(slot, "wonder") && !holds(slot, "alice") && !holds(slot, "Alice"),
       "neither password nor name");
    ok(!holds(slot, "contoso") && !holds(slot, "mail"), "nor anything else");
    fake_say(&here, "wonder", EAS_GRANTED);
    ok(memcmp(first.bytes + 20, slot->bytes + 20, 64) != 0,
       "the same again looks otherwise");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&fake_pool, NULL);
    test_others();
    test_beside();
    test_secret();
    test_forged();
    test_lengths();
    test_replay();
    test_broken();
    test_secrecy();
    apr_pool_destroy(fake_pool);
    apr_terminate();
    return done_testing();
}
