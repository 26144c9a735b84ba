/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_keep.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "eas_clock.h"
#include "eas_ledger_file.h"
#include "mod_eas_cache_conf.h"
#include "mod_eas_control.h"

APLOG_USE_MODULE(eas_auth);

#define SAVE_EVERY apr_time_from_sec(600)

/* More than any ledger has. */
#define LONGEST ((apr_off_t)4 * 1024 * 1024 * 1024)

/* The beginning of the file; records follow, and a SHA-256 of it all, against
 * a disk that was full: who can write here needs no forgery. */
typedef struct preface {
    char magic[8];
    unsigned char keys[EAS_KEY_SECRET];
} preface;

static const char magic[8] = {'E', 'A', 'S', 'L', 'E', 'D', 'G', '1'};

enum { DIGEST = 32 };

/* Where to, in this configuration; of the parent. */
static struct {
    const char *path;
    server_rec *server;
    eas_moment next;
} arranged;

/* --- writing ------------------------------------------------------------------------ */

typedef struct writing {
    apr_file_t *file;
    EVP_MD_CTX *digest;
} writing;

static apr_status_t put(void *with, const void *data, apr_size_t length)
{
    writing *w = with;

    if (EVP_DigestUpdate(w->digest, data, length) != 1) {
        return APR_EGENERAL;
    }
    return apr_file_write_full(w->file, data, length, NULL);
}

static apr_status_t put_end(writing *w)
{
    unsigned char sum[DIGEST];
    unsigned length = 0;

    if (EVP_DigestFinal_ex(w->digest, sum, &length) != 1) {
        return APR_EGENERAL;
    }
    return apr_file_write_full(w->file, sum, sizeof(sum), NULL);
}

static apr_status_t put_all(writing *w, apr_pool_t *pool)
{
    const mod_eas_memory *m = mod_eas_memory_get();
    eas_ledger *ledger = NULL;
    preface p;
    apr_status_t rv =
        eas_ledger_make(m->accounts.memory, m->accounts.count, pool, &ledger);

    memcpy(p.magic, magic, sizeof(magic));
    memcpy(p.keys, m->keys.bytes, sizeof(p.keys));
    if (rv == APR_SUCCESS) {
        rv = put(w, &p, sizeof(p));
    }
    OPENSSL_cleanse(&p, sizeof(p));
    if (rv == APR_SUCCESS) {
        rv = eas_ledger_save(ledger, eas_clock_now(NULL), apr_time_now(), put,
                             w);
    }
    return rv == APR_SUCCESS ? put_end(w) : rv;
}

static apr_status_t write_file(const char *path, apr_pool_t *pool)
{
    writing w = {NULL, EVP_MD_CTX_new()};
    apr_status_t rv;

    (void)apr_file_remove(path, pool);
    rv = apr_file_open(&w.file, path,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_EXCL
                           | APR_FOPEN_BUFFERED | APR_FOPEN_NOCLEANUP,
                       APR_FPROT_UREAD | APR_FPROT_UWRITE, pool);
    if (rv != APR_SUCCESS) {
        EVP_MD_CTX_free(w.digest);
        return rv;
    }
    rv = w.digest && EVP_DigestInit_ex(w.digest, EVP_sha256(), NULL) == 1
             ? put_all(&w, pool)
             : APR_EGENERAL;
    if (rv == APR_SUCCESS) {
        rv = apr_file_sync(w.file);
    }
    if (apr_file_close(w.file) != APR_SUCCESS && rv == APR_SUCCESS) {
        rv = APR_EGENERAL;
    }
    EVP_MD_CTX_free(w.digest);
    return rv;
}

apr_status_t mod_eas_keep_save(const char *path, server_rec *s,
                               apr_pool_t *ptemp)
{
    const char *beside = apr_pstrcat(ptemp, path, ".new", NULL);
    apr_status_t rv = write_file(beside, ptemp);

    if (rv == APR_SUCCESS) {
        rv = apr_file_rename(beside, path, ptemp);
    }
    if (rv != APR_SUCCESS) {
        (void)apr_file_remove(beside, ptemp);
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     "EAS0371: the ledger of wrong passwords could not be "
                     "written to %s: after a restart it would be forgotten who "
                     "is held and who is familiar",
                     path);
    }
    return rv;
}

/* --- reading ------------------------------------------------------------------------ */

/* The whole file, or NULL. */
static unsigned char *read_file(const char *path, apr_size_t *length_out,
                                apr_status_t *rv_out, apr_pool_t *pool)
{
    apr_file_t *file = NULL;
    apr_finfo_t info;
    unsigned char *text = NULL;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ, 0, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
        if (rv == APR_SUCCESS
            && (info.size < (apr_off_t)(sizeof(preface) + DIGEST)
                || info.size > LONGEST)) {
            rv = APR_EINVAL;
        }
        if (rv == APR_SUCCESS) {
            text = apr_palloc(pool, (apr_size_t)info.size);
            rv = apr_file_read_full(file, text, (apr_size_t)info.size,
                                    length_out);
        }
        apr_file_close(file);
    }
    *rv_out = rv;
    return rv == APR_SUCCESS ? text : NULL;
}

static int is_whole(const unsigned char *text, apr_size_t length)
{
    unsigned char sum[DIGEST];
    unsigned got = 0;

    return !memcmp(text, magic, sizeof(magic))
           && EVP_Digest(text, length - DIGEST, sum, &got, EVP_sha256(), NULL)
                  == 1
           && !CRYPTO_memcmp(sum, text + length - DIGEST, DIGEST);
}

static const char *take_over(const unsigned char *text, apr_size_t length,
                             apr_pool_t *pool, int *count_out)
{
    const mod_eas_memory *m;
    eas_key_secret keys;
    eas_ledger *ledger = NULL;
    eas_ledger_loaded loaded = {0, 0, 0};
    apr_status_t rv;

    if (!is_whole(text, length)) {
        return "it is no ledger of this version, or not whole";
    }
    memcpy(keys.bytes, text + sizeof(magic), sizeof(keys.bytes));
    if (!mod_eas_memory_adopt_keys(&keys)) {
        return "it was kept under another EASAuthCacheSecret";
    }
    m = mod_eas_memory_get();
    if (eas_ledger_make(m->accounts.memory, m->accounts.count, pool, &ledger)
        != APR_SUCCESS) {
        return "there is no ledger to read it into";
    }
    rv = eas_ledger_load(ledger, eas_clock_now(NULL), apr_time_now(),
                         text + sizeof(preface),
                         length - sizeof(preface) - DIGEST, &loaded);
    *count_out = loaded.taken;
    return rv == APR_SUCCESS ? NULL : "the ledger has no lock";
}

void mod_eas_keep_load(const char *path, server_rec *s, apr_pool_t *ptemp)
{
    apr_size_t length = 0;
    apr_status_t rv = APR_SUCCESS;
    const char *wrong = mod_eas_control_check(path, ptemp);
    unsigned char *text = wrong ? NULL : read_file(path, &length, &rv, ptemp);
    int count = 0;

    if (APR_STATUS_IS_ENOENT(rv)) {
        return;
    }
    if (text) {
        wrong = take_over(text, length, ptemp, &count);
        OPENSSL_cleanse(text, length);
    }
    if (wrong || !text) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     "EAS0372: the ledger kept in %s is not used (%s); nobody "
                     "is familiar, and nobody held, until they are again",
                     path, wrong ? wrong : "it cannot be read");
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                 "EAS0373: %d accounts read from %s", count, path);
}

/* --- when --------------------------------------------------------------------------- */

static apr_status_t save_and_forget(void *data)
{
    apr_pool_t *pool = NULL;

    (void)data;
    if (arranged.path && apr_pool_create(&pool, NULL) == APR_SUCCESS) {
        (void)mod_eas_keep_save(arranged.path, arranged.server, pool);
        apr_pool_destroy(pool);
    }
    arranged.path = NULL;
    return APR_SUCCESS;
}

/* A child has a copy of the parent's pools, and must not save for it. */
static apr_status_t not_in_a_child(void *data)
{
    (void)data;
    arranged.path = NULL;
    return APR_SUCCESS;
}

void mod_eas_keep_arrange(const char *path, server_rec *s, apr_pool_t *pconf)
{
    arranged.path = path;
    arranged.server = s;
    arranged.next = eas_clock_now(NULL) + SAVE_EVERY;
    apr_pool_cleanup_register(pconf, NULL, save_and_forget, not_in_a_child);
}

int mod_eas_keep_monitor(apr_pool_t *pool, server_rec *s)
{
    const eas_moment now = eas_clock_now(NULL);

    (void)s;
    if (arranged.path && now >= arranged.next) {
        arranged.next = now + SAVE_EVERY;
        (void)mod_eas_keep_save(arranged.path, arranged.server, pool);
    }
    return OK;
}
