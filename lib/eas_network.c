/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_network.h"

#include <string.h>

#include <apr_lib.h>

/* One bit for each account, by its hash: at 20 accounts, one in fifty shares
 * its bit with another, and 20 bits are never less than 20 accounts. */
enum { WORDS = 8, BITS = 64 * WORDS };

typedef struct failures {
    apr_uint64_t accounts[WORDS];
    eas_moment over;
    apr_uint32_t count;
    apr_uint32_t is_many;
} failures;

struct eas_networks {
    eas_table *table;
};

/* Four numbers up to 255.  @return where they end, or NULL */
static const char *parse_dotted(const char *text, unsigned char *bytes)
{
    for (int i = 0; i < 4; i++) {
        int number = 0;
        int digits = 0;

        if (i && *text++ != '.') {
            return NULL;
        }
        for (; apr_isdigit(*text) && digits < 3; digits++) {
            number = number * 10 + (*text++ - '0');
        }
        if (!digits || number > 255 || (digits > 1 && text[-digits] == '0')) {
            return NULL;
        }
        bytes[i] = (unsigned char)number;
    }
    return text;
}

static int hex(char c)
{
    return apr_isdigit(c)         ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Up to four digits.  @return where they end, or NULL for none */
static const char *parse_group(const char *text, unsigned char *bytes)
{
    int number = 0;
    int digits = 0;

    for (; hex(*text) >= 0 && digits < 4; digits++) {
        number = number * 16 + hex(*text++);
    }
    bytes[0] = (unsigned char)(number >> 8);
    bytes[1] = (unsigned char)number;
    return digits && hex(*text) < 0 ? text : NULL;
}

/* Groups up to the end or to "::".
 * @param used_out bytes of them
 * @return where they end, or NULL */
static const char *parse_groups(const char *text, unsigned char *bytes,
                                int room, int *used_out)
{
    int used = 0;

    while (used < room) {
        const char *next =
            used + 4 <= room ? parse_dotted(text, bytes + used) : NULL;

        if (next) {
            used += 4;
            text = next;
            break;
        }
        text = parse_group(text, bytes + used);
        if (!text) {
            return NULL;
        }
        used += 2;
        if (text[0] != ':' || text[1] == ':' || used == room) {
            break;
        }
        text++;
    }
    *used_out = used;
    return text;
}

static int is_end(const char *text)
{
    return *text == '\0' || (text[0] == '%' && text[1] != '\0');
}

static int parse_six(const char *text, unsigned char bytes[16])
{
    unsigned char tail[16];
    int used = 0;
    int more = 0;

    memset(bytes, 0, 16);
    if (strncmp(text, "::", 2) != 0) {
        text = parse_groups(text, bytes, 16, &used);
    }
    if (text && used < 16 && strncmp(text, "::", 2) == 0) {
        text += 2;
        if (is_end(text)) {
            return 1;
        }
        text = parse_groups(text, tail, 14 - used, &more);
        if (text) {
            memcpy(bytes + 16 - more, tail, (apr_size_t)more);
        }
        return text && is_end(text);
    }
    return text && used == 16 && is_end(text);
}

apr_status_t eas_network_parse(const char *address,
                               unsigned char bytes_out[EAS_NETWORK_BYTES],
                               apr_size_t *length_out)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0,    0,
                                             0, 0, 0, 0, 0xff, 0xff};
    unsigned char bytes[16];
    const char *end = parse_dotted(address, bytes);

    if (end && *end == '\0') {
        *length_out = 4;
        memcpy(bytes_out, bytes, 4);
        return APR_SUCCESS;
    }
    if (!parse_six(address, bytes)) {
        return APR_EINVAL;
    }
    if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
        *length_out = 4;
        memcpy(bytes_out, bytes + sizeof(mapped), 4);
        return APR_SUCCESS;
    }
    *length_out = EAS_NETWORK_BYTES;
    memcpy(bytes_out, bytes, EAS_NETWORK_BYTES);
    return APR_SUCCESS;
}

apr_size_t eas_networks_size(apr_size_t count)
{
    return eas_table_size(count, sizeof(failures));
}

apr_status_t eas_networks_make(void *memory, apr_size_t count, apr_pool_t *pool,
                               eas_networks **networks_out)
{
    eas_networks *networks = apr_pcalloc(pool, sizeof(*networks));
    apr_status_t rv =
        eas_table_make(memory, count, sizeof(failures), pool, &networks->table);

    if (rv == APR_SUCCESS) {
        *networks_out = networks;
    }
    return rv;
}

/* It is a hash already. */
static eas_key key_of(apr_uint64_t network)
{
    const eas_key key = {{network, ~network}};

    return key;
}

typedef struct failure {
    const eas_key *account;
    eas_moment over;
    int count;
    int is_news;
} failure;

static void add(void *with, eas_table_entry *entry)
{
    failure *f = with;
    failures *all = entry->value;
    const unsigned bit = (unsigned)(f->account->word[1] % BITS);
    const apr_uint64_t mask = (apr_uint64_t)1 << (bit % 64);

    if (entry->is_new) {
        all->over = f->over;
    }
    if (!(all->accounts[bit / 64] & mask)) {
        all->accounts[bit / 64] |= mask;
        all->count++;
    }
    f->count = (int)all->count;
    f->is_news = !all->is_many && all->count >= EAS_NETWORK_ACCOUNTS;
    all->is_many |= (apr_uint32_t)f->is_news;
    entry->until = all->over;
    entry->is_pinned = 0;
}

int eas_networks_failed(eas_networks *networks, apr_uint64_t network,
                        const eas_key *account, eas_moment now,
                        apr_interval_time_t window, int *count_out)
{
    const eas_key key = key_of(network);
    failure f = {account, now + window, 0, 0};

    if (network) {
        eas_table_edit(networks->table, &key, 1, now, add, &f);
    }
    *count_out = f.count;
    return f.is_news;
}

int eas_networks_is_spraying(eas_networks *networks, apr_uint64_t network,
                             eas_moment now, apr_interval_time_t *wait_out)
{
    const eas_key key = key_of(network);
    failures all;

    *wait_out = 0;
    if (!network || !eas_table_read(networks->table, &key, now, &all, NULL)
        || !all.is_many || all.over <= now) {
        return 0;
    }
    *wait_out = all.over - now;
    return 1;
}
