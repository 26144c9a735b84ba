/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_store_table.h"

#include <string.h>

/* What a slot holds: how long its record is, and the record. */
enum { LENGTH = sizeof(apr_uint32_t), ROOM_MOST = EAS_TABLE_ROOM - LENGTH };

typedef struct self {
    eas_table *table;
    apr_size_t room;
    eas_clock clock;
    eas_store store;
} self;

/* What is written, into the slot that is found for it. */
typedef struct edit {
    const void *data;
    apr_uint32_t length;
    eas_moment until;
} edit;

static eas_moment now(const self *s)
{
    return s->clock.now(s->clock.self);
}

static apr_status_t get(void *object, const eas_key *key, void *buffer,
                        apr_size_t room, apr_size_t *length_out,
                        apr_pool_t *pool)
{
    const self *s = object;
    unsigned char *value = apr_palloc(pool, LENGTH + s->room);
    apr_uint32_t length;

    if (!eas_table_read(s->table, key, now(s), value, NULL)) {
        return APR_NOTFOUND;
    }
    memcpy(&length, value, LENGTH);
    if (length > s->room) {
        return APR_EGENERAL;
    }
    if (length > room) {
        return APR_ENOSPC;
    }
    memcpy(buffer, value + LENGTH, length);
    *length_out = length;
    return APR_SUCCESS;
}

static int front(void *object, const eas_key *key, void *front_out)
{
    const self *s = object;
    const apr_size_t most =
        s->room < EAS_STORE_FRONT ? s->room : EAS_STORE_FRONT;
    unsigned char value[LENGTH + EAS_STORE_FRONT] = {0};

    if (!eas_table_read_front(s->table, key, now(s), LENGTH + most, value,
                              NULL)) {
        return 0;
    }
    memcpy(front_out, value + LENGTH, EAS_STORE_FRONT);
    return 1;
}

static void write_record(void *with, eas_table_entry *entry)
{
    const edit *e = with;
    unsigned char *value = entry->value;

    memcpy(value, &e->length, LENGTH);
    memcpy(value + LENGTH, e->data, e->length);
    entry->until = e->until;
    entry->is_pinned = 0;
}

static apr_status_t put(void *object, const eas_key *key, const void *data,
                        apr_size_t length, apr_interval_time_t span,
                        apr_pool_t *pool)
{
    self *s = object;
    const eas_moment present = now(s);
    edit e = {data, (apr_uint32_t)length, present + span};

    (void)pool;
    if (length > s->room) {
        return APR_ENOSPC;
    }
    if (span <= 0) {
        return APR_EINVAL;
    }
    return eas_table_edit(s->table, key, 1, present, write_record, &e);
}

static void remove_record(void *with, eas_table_entry *entry)
{
    (void)with;
    entry->until = 0;
}

static apr_status_t drop(void *object, const eas_key *key, apr_pool_t *pool)
{
    self *s = object;
    const apr_status_t rv =
        eas_table_edit(s->table, key, 0, now(s), remove_record, NULL);

    (void)pool;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_size_t eas_store_table_size(apr_size_t records, apr_size_t room)
{
    if (!room || room > ROOM_MOST) {
        return 0;
    }
    return eas_table_size(records, LENGTH + room);
}

apr_status_t eas_store_table_make(void *memory, apr_size_t records,
                                  apr_size_t room, const eas_clock *clock,
                                  apr_pool_t *pool, eas_store **store_out,
                                  eas_table **table_out)
{
    self *s = apr_pcalloc(pool, sizeof(*s));
    apr_status_t rv;

    if (!room || room > ROOM_MOST) {
        return APR_EINVAL;
    }
    rv = eas_table_make(memory, records, LENGTH + room, pool, &s->table);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    s->room = room;
    s->clock = *clock;
    s->store = (eas_store){s, get, put, drop, room, 0, front};
    *store_out = &s->store;
    if (table_out) {
        *table_out = s->table;
    }
    return APR_SUCCESS;
}
