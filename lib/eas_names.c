/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_names.h"

#include <string.h>

#include "eas_text.h"

const apr_size_t eas_names_room = sizeof(eas_name);

eas_key eas_names_key(const eas_key_secret *secret, const char *provider,
                      const char *fingerprint, const eas_login *login,
                      apr_pool_t *pool)
{
    const unsigned char form = (unsigned char)login->form;
    const eas_span parts[] = {
        eas_span_text(provider),
        eas_span_text(fingerprint),
        {&form, 1},
        eas_span_text(eas_text_lower(login->user, pool)),
        eas_span_text(login->domain ? eas_text_lower(login->domain, pool)
                                    : NULL),
    };

    return eas_key_make(secret, 'n', parts, 5);
}

int eas_names_find(const eas_table *names, const eas_key *key, eas_moment now,
                   eas_name *name_out)
{
    return eas_table_read(names, key, now, name_out, NULL);
}

/* What is written into a slot. */
typedef struct keeping {
    eas_name name;
    eas_moment until;
} keeping;

static void write_name(void *with, eas_table_entry *entry)
{
    const keeping *k = with;

    memcpy(entry->value, &k->name, sizeof(k->name));
    entry->until = k->until;
    entry->is_pinned = 0;
}

void eas_names_keep(eas_table *names, const eas_key *key,
                    const eas_key *account, eas_moment now, eas_moment until)
{
    keeping k = {{{{0, 0}}, now}, until};

    if (account) {
        k.name.account = *account;
    }
    /* Without a place, or a lock, the next one searches again. */
    (void)eas_table_edit(names, key, 1, now, write_name, &k);
}

static void remove_name(void *with, eas_table_entry *entry)
{
    (void)with;
    entry->until = 0;
}

void eas_names_drop(eas_table *names, const eas_key *key, eas_moment now)
{
    (void)eas_table_edit(names, key, 0, now, remove_name, NULL);
}
