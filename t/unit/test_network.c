/* SPDX-License-Identifier: Apache-2.0 */
/* Client networks: addresses in all their spellings, and who sprays. */
#include <apr_general.h>

#include "eas_network.h"
#include "tap.h"

#define SECONDS(n) ((apr_interval_time_t)(n)*APR_USEC_PER_SEC)

static apr_pool_t *pool;

static const struct {
    const char *name;
    const char *address;
    const char *network; /* hexadecimal; NULL: none */
} rows[] = {
    {"IPv4", "192.0.2.1", "c0000201"},
    {"the lowest", "0.0.0.0", "00000000"},
    {"the highest", "255.255.255.255", "ffffffff"},
    {"too high", "192.0.2.256", NULL},
    {"octal or decimal, who knows", "192.0.02.1", NULL},
    {"a zero too many", "192.0.2.00", NULL},
    {"three parts", "192.0.2", NULL},
    {"five parts", "192.0.2.1.5", NULL},
    {"an empty part", "192..2.1", NULL},
    {"a sign", "192.0.2.-1", NULL},
    {"a port", "192.0.2.1:80", NULL},
    {"white space", " 192.0.2.1", NULL},
    {"white space behind", "192.0.2.1 ", NULL},
    {"nothing", "", NULL},
    {"a name", "localhost", NULL},
    {"a name of hexadecimal letters", "dead.beef", NULL},
    {"IPv6, the first half", "2001:db8:1:2:3:4:5:6", "20010db800010002"},
    {"the same /64", "2001:db8:1:2::9", "20010db800010002"},
    {"in capitals", "2001:DB8:A:B::", "20010db8000a000b"},
    {"leading zeros", "2001:0db8:0001:0002:0003:0004:0005:0006",
     "20010db800010002"},
    {"loopback", "::1", "0000000000000000"},
    {"unspecified", "::", "0000000000000000"},
    {"a gap at the start", "::2:3:4:5:6:7:8", "0000000200030004"},
    {"a gap in the middle", "fe80::1:2", "fe80000000000000"},
    {"a gap of one group", "1:2:3:4::6:7:8", "0001000200030004"},
    {"a gap at the end", "1:2:3:4:5:6:7::", "0001000200030004"},
    {"a zone", "fe80::1%eth0", "fe80000000000000"},
    {"a zone of a full address", "1:2:3:4:5:6:7:8%1", "0001000200030004"},
    {"no zone after its sign", "fe80::1%", NULL},
    {"IPv4 mapped", "::ffff:192.0.2.1", "c0000201"},
    {"IPv4 mapped, in full", "0:0:0:0:0:ffff:192.0.2.1", "c0000201"},
    {"IPv4 mapped, in hexadecimal", "::ffff:c000:201", "c0000201"},
    {"IPv4 embedded otherwise", "64:ff9b::192.0.2.1", "0064ff9b00000000"},
    {"IPv4 not at the end", "::192.0.2.1:1", NULL},
    {"IPv4 after too many groups", "1:2:3:4:5:6:7:192.0.2.1", NULL},
    {"two gaps", "1::2::3", NULL},
    {"a gap of no group", "1:2:3:4::5:6:7:8", NULL},
    {"a gap after all groups", "1:2:3:4:5:6:7:8::", NULL},
    {"three colons", "1:::2", NULL},
    {"seven groups", "1:2:3:4:5:6:7", NULL},
    {"nine groups", "1:2:3:4:5:6:7:8:9", NULL},
    {"five digits", "12345::", NULL},
    {"no such digit", "g::", NULL},
    {"a colon first", ":1:2:3:4:5:6:7", NULL},
    {"a colon last", "1:2:3:4:5:6:7:", NULL},
    {"a gap and a colon", "1::2:", NULL},
    {"brackets", "[::1]", NULL},
    {"a prefix", "2001:db8::/64", NULL},
};

static const char *network_of(const char *address)
{
    static char text[2 * EAS_NETWORK_BYTES + 1];
    unsigned char bytes[EAS_NETWORK_BYTES];
    apr_size_t length = 99;

    if (eas_network_parse(address, bytes, &length) != APR_SUCCESS) {
        return length == 99 ? NULL : "touched";
    }
    for (apr_size_t i = 0; i < length; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return text;
}

static eas_networks *make(apr_size_t count)
{
    const apr_size_t size = eas_networks_size(count);
    eas_networks *networks = NULL;

    ok(eas_networks_make(apr_pcalloc(pool, size), count, pool, &networks)
           == APR_SUCCESS,
       "room for networks");
    return networks;
}

/* Guesses of one network at so many accounts.
 * @return how often it was news */
static int guess(eas_networks *networks, apr_uint64_t network, int accounts,
                 eas_moment now, int *count_out)
{
    int news = 0;

    for (int i = 0; i < accounts; i++) {
        const apr_uint64_t hash =
            ((apr_uint64_t)i + 1) * APR_UINT64_C(0x9e3779b97f4a7c15);
        const eas_key account = {{hash, hash >> 20}};

        news += eas_networks_failed(networks, network, &account, now,
                                    SECONDS(600), count_out);
    }
    return news;
}

static void test_spraying(void)
{
    eas_networks *networks = make(64);
    const eas_moment now = SECONDS(5000);
    apr_interval_time_t wait = 1;
    int count = -1;

    is_int(guess(networks, 7, 10, now, &count), 0, "ten accounts are few");
    ok(count > 8 && count <= 10, "and counted, or nearly");
    is_int(guess(networks, 7, 10, now, &count), 0, "the same ten again");
    ok(count <= 10, "are no more");
    is_int(eas_networks_is_spraying(networks, 7, now, &wait), 0, "not many");
    is_int(wait, 0, "nothing to wait for");
    is_int(guess(networks, 7, 60, now + SECONDS(9), &count), 1,
           "sixty are news, once");
    ok(count >= 50 && count <= 60, "and counted");
    is_int(guess(networks, 7, 60, now + SECONDS(9), &count), 0, "no news");
    is_int(eas_networks_is_spraying(networks, 7, now + SECONDS(100), &wait), 1,
           "many");
    is_int(wait, SECONDS(500), "for what is left of the window");
    is_int(eas_networks_is_spraying(networks, 8, now, &wait), 0,
           "not another network");
    is_int(eas_networks_is_spraying(networks, 7, now + SECONDS(600), &wait), 0,
           "a window ends, however many there were");
    is_int(guess(networks, 7, 60, now + SECONDS(600), &count), 1,
           "and the next begins");
    is_int(guess(networks, 0, 60, now, &count), 0, "a shared network never");
    is_int(count, 0, "not even counted");
    is_int(eas_networks_is_spraying(networks, 0, now, &wait), 0, "nor slowed");
}

static void test_room(void)
{
    eas_networks *networks = make(8);
    apr_interval_time_t wait;
    int count;

    for (apr_uint64_t network = 1; network <= 100; network++) {
        guess(networks, network, 30, SECONDS(10), &count);
    }
    is_int(eas_networks_is_spraying(networks, 100, SECONDS(11), &wait), 1,
           "the last has its place, however many came before");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(network_of(rows[i].address), rows[i].network, rows[i].name);
    }
    test_spraying();
    test_room();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
