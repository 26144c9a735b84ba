/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_record.h"

#include <string.h>

#include "eas_reason.h"

enum {
    FORMAT = 2,
    NO_TEXT = 0xffff /* the length of a text that is not there */
};

/* Letters stay what they are when the list of reasons grows: machines of
 * other versions read them. */
static const struct {
    eas_reason reason;
    unsigned char letter;
} letters[] = {
    {EAS_GRANTED, 'g'},          {EAS_ACCOUNT_DISABLED, 'd'},
    {EAS_ACCOUNT_EXPIRED, 'x'},  {EAS_ACCOUNT_RESTRICTED, 'r'},
    {EAS_PASSWORD_EXPIRED, 'p'}, {EAS_MUST_CHANGE, 'c'},
    {EAS_LOGON_HOURS, 'h'},      {EAS_LOGON_WORKSTATION, 'w'},
    {EAS_LOGON_TYPE, 't'},       {EAS_NO_REMOTE_USER, 'n'},
    {EAS_DIRECTORY_LOCKED, 'l'},
};

enum { LETTERS = sizeof(letters) / sizeof(letters[0]) };

/* 0 for a reason that no record holds. */
static unsigned char letter_of(eas_reason reason)
{
    const eas_remember remember = eas_reason_get(reason)->remember;

    if (remember != EAS_REMEMBER_GRANTED && remember != EAS_REMEMBER_STATE) {
        return 0;
    }
    for (int i = 0; i < LETTERS; i++) {
        if (letters[i].reason == reason) {
            return letters[i].letter;
        }
    }
    return 0;
}

static eas_reason reason_of(unsigned letter)
{
    for (int i = 0; i < LETTERS; i++) {
        if (letters[i].letter == letter) {
            return letters[i].reason;
        }
    }
    return EAS_REASON_NONE;
}

int eas_record_keeps(eas_reason reason)
{
    return letter_of(reason) != 0;
}

/* --- writing ------------------------------------------------------------- */

/* What is written, as long as there is room for it. */
typedef struct writer {
    unsigned char *next;
    apr_size_t left;
    int is_full;
    int is_odd; /* something that no record can hold */
} writer;

static unsigned char *claim(writer *w, apr_size_t length)
{
    unsigned char *place = w->next;

    if (w->is_full || length > w->left) {
        w->is_full = 1;
        return NULL;
    }
    w->next += length;
    w->left -= length;
    return place;
}

static void put_bytes(writer *w, const void *bytes, apr_size_t length)
{
    unsigned char *place = claim(w, length);

    if (place) {
        memcpy(place, bytes, length);
    }
}

static void put_number(writer *w, apr_uint64_t number, int length)
{
    unsigned char *place = claim(w, (apr_size_t)length);

    for (int i = length; place && i > 0; i--) {
        place[i - 1] = (unsigned char)(number & 0xff);
        number >>= 8;
    }
}

static void put_signed(writer *w, apr_int64_t number, apr_int64_t least)
{
    w->is_odd |= number < least;
    put_number(w, (apr_uint64_t)number, 8);
}

static void put_text(writer *w, const char *text)
{
    const apr_size_t length = text ? strlen(text) : NO_TEXT;

    if (text && length >= NO_TEXT) {
        w->is_full = 1;
        return;
    }
    put_number(w, length, 2);
    if (text) {
        put_bytes(w, text, length + 1);
    }
}

/* One that is never missing. */
static void put_name(writer *w, const char *name)
{
    w->is_odd |= !name || !*name;
    put_text(w, name);
}

static int put_value(void *self, const char *name, const char *value)
{
    writer *w = self;

    put_name(w, name);
    w->is_odd |= !value;
    put_text(w, value);
    return 1;
}

static void put_values(writer *w, const apr_table_t *values)
{
    const int count = values ? apr_table_elts(values)->nelts : 0;

    w->is_odd |= count > EAS_RECORD_VALUES;
    put_number(w, (apr_uint64_t)count, 1);
    if (count && !w->is_odd) {
        apr_table_do(put_value, w, values, NULL);
    }
}

static void put_credential(writer *w, const eas_record_credential *credential)
{
    const unsigned char letter = letter_of(credential->reason);

    w->is_odd |= !letter;
    put_bytes(w, credential->digest.bytes, EAS_DIGEST_SIZE);
    put_number(w, letter, 1);
    put_number(w, credential->is_recheck != 0, 1);
    put_number(w, credential->start, 8);
    put_signed(w, credential->at, 0);
    put_signed(w, credential->date, 0);
    put_signed(w, credential->expires_in, -1);
    w->is_odd |= (unsigned)credential->map >= EAS_MAP_COUNT;
    put_number(w, (apr_uint64_t)credential->map, 1);
}

/* Whether a credential stands in it twice. */
static int has_twin(const eas_record *record)
{
    for (int i = 1; i < record->count; i++) {
        for (int j = 0; j < i; j++) {
            if (eas_digest_is(&record->credentials[i].digest,
                              &record->credentials[j].digest)) {
                return 1;
            }
        }
    }
    return 0;
}

static int is_count(int count)
{
    return count >= 1 && count <= EAS_RECORD_CREDENTIALS;
}

apr_status_t eas_record_write(const eas_record *record, unsigned char *data_out,
                              apr_size_t room, apr_size_t *length_out)
{
    const eas_identity *identity = &record->identity;
    writer w = {data_out, room, 0, 0};

    if (!is_count(record->count) || has_twin(record)) {
        return APR_EINVAL;
    }
    put_number(&w, FORMAT, 1);
    put_name(&w, record->provider);
    put_name(&w, identity->id);
    put_name(&w, identity->dn);
    put_text(&w, identity->account.user);
    put_text(&w, identity->account.domain);
    put_text(&w, identity->stamp);
    put_values(&w, identity->attributes);
    put_number(&w, (apr_uint64_t)record->count, 1);
    for (int i = 0; i < record->count; i++) {
        put_credential(&w, &record->credentials[i]);
    }
    if (w.is_odd || w.is_full) {
        return w.is_odd ? APR_EINVAL : APR_ENOSPC;
    }
    *length_out = room - w.left;
    return APR_SUCCESS;
}

/* --- reading ------------------------------------------------------------- */

/* What is left to be read.  Once something was odd, nothing is. */
typedef struct reader {
    const unsigned char *next;
    apr_size_t left;
    int is_odd;
} reader;

static const unsigned char *take(reader *r, apr_size_t length)
{
    const unsigned char *bytes = r->next;

    if (r->is_odd || length > r->left) {
        r->is_odd = 1;
        return NULL;
    }
    r->next += length;
    r->left -= length;
    return bytes;
}

/* 0 where there is none. */
static unsigned get_byte(reader *r)
{
    const unsigned char *byte = take(r, 1);

    return byte ? *byte : 0;
}

static apr_size_t get_length(reader *r)
{
    const unsigned char *bytes = take(r, 2);

    return bytes ? (apr_size_t)bytes[0] << 8 | bytes[1] : 0;
}

static apr_uint64_t get_number(reader *r)
{
    const unsigned char *bytes = take(r, 8);

    if (!bytes) {
        return 0;
    }
    return (apr_uint64_t)bytes[0] << 56 | (apr_uint64_t)bytes[1] << 48
           | (apr_uint64_t)bytes[2] << 40 | (apr_uint64_t)bytes[3] << 32
           | (apr_uint64_t)bytes[4] << 24 | (apr_uint64_t)bytes[5] << 16
           | (apr_uint64_t)bytes[6] << 8 | (apr_uint64_t)bytes[7];
}

static apr_int64_t get_signed(reader *r, apr_int64_t least)
{
    const apr_uint64_t bits = get_number(r);
    const apr_int64_t number =
        bits >> 63 ? -1 - (apr_int64_t)~bits : (apr_int64_t)bits;

    r->is_odd |= number < least;
    return number;
}

static const char *get_text(reader *r)
{
    const apr_size_t length = get_length(r);
    const unsigned char *text;

    if (r->is_odd || length == NO_TEXT) {
        return NULL;
    }
    text = take(r, length + 1);
    if (!text || memchr(text, '\0', length + 1) != text + length) {
        r->is_odd = 1;
        return NULL;
    }
    return (const char *)text;
}

static const char *get_name(reader *r)
{
    const char *name = get_text(r);

    r->is_odd |= !name || !*name;
    return name;
}

static apr_table_t *get_values(reader *r, apr_pool_t *pool)
{
    const int count = (int)get_byte(r);
    apr_table_t *values;

    if (count > EAS_RECORD_VALUES) {
        r->is_odd = 1;
    }
    if (r->is_odd) {
        return NULL;
    }
    values = apr_table_make(pool, count);
    for (int i = 0; i < count && !r->is_odd; i++) {
        const char *name = get_name(r);
        const char *value = get_text(r);

        r->is_odd |= !value;
        if (!r->is_odd) {
            apr_table_addn(values, name, value);
        }
    }
    return values;
}

static void get_credential(reader *r, eas_record_credential *credential)
{
    const unsigned char *digest = take(r, EAS_DIGEST_SIZE);
    unsigned flag;

    if (!digest) {
        return;
    }
    memcpy(credential->digest.bytes, digest, EAS_DIGEST_SIZE);
    credential->reason = reason_of(get_byte(r));
    r->is_odd |= credential->reason == EAS_REASON_NONE;
    flag = get_byte(r);
    r->is_odd |= flag > 1;
    credential->is_recheck = flag == 1;
    credential->start = get_number(r);
    credential->at = get_signed(r, 0);
    credential->date = get_signed(r, 0);
    credential->expires_in = get_signed(r, -1);
    credential->map = (eas_cert_kind)get_byte(r);
    r->is_odd |= (unsigned)credential->map >= EAS_MAP_COUNT;
}

static void get_identity(reader *r, eas_identity *identity, apr_pool_t *pool)
{
    *identity = (eas_identity){.is_remembered = 1, .expires_in = -1};
    identity->id = get_name(r);
    identity->dn = get_name(r);
    identity->account.user = get_text(r);
    identity->account.domain = get_text(r);
    identity->stamp = get_text(r);
    identity->attributes = get_values(r, pool);
}

apr_status_t eas_record_read(const unsigned char *data, apr_size_t length,
                             apr_pool_t *pool, eas_record *record_out)
{
    reader r = {data, length, 0};
    eas_record record;

    if (get_byte(&r) != FORMAT) {
        return APR_EINVAL;
    }
    record.provider = get_name(&r);
    get_identity(&r, &record.identity, pool);
    record.count = (int)get_byte(&r);
    if (r.is_odd || !is_count(record.count)) {
        return APR_EINVAL;
    }
    for (int i = 0; i < record.count; i++) {
        get_credential(&r, &record.credentials[i]);
    }
    if (r.is_odd || r.left || has_twin(&record)) {
        return APR_EINVAL;
    }
    *record_out = record;
    return APR_SUCCESS;
}
