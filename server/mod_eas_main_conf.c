/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_main_conf.h"

#include <apr_strings.h>

#include "eas_value.h"
#include "mod_eas_control.h"
#include "mod_eas_network.h"
#include "mod_eas_once.h"

#define DEFAULT_ACCOUNTS 100000
#define ACCOUNTS_LOW 100
#define ACCOUNTS_HIGH 5000000
#define LEDGER_NAME "eas_auth.ledger"
#define MAX_WORDS 256

enum { CONTROL, NETWORKS, ACKNOWLEDGE, LEDGER, ROWS };

/* What reading the configuration has brought so far. */
typedef struct written {
    mod_eas_main main;
    const char *ledger_file; /* NULL: not written; "": none */
    const ap_directive_t *lines[ROWS];
} written;

/* As with the providers: one reading's words are kept out of the next.  Set
 * by the one thread that reads, read-only afterwards. */
static written *current;

static apr_status_t forget(void *data)
{
    (void)data;
    current = NULL;
    return APR_SUCCESS;
}

static written *written_get(apr_pool_t *pconf)
{
    if (!current) {
        current = apr_pcalloc(pconf, sizeof(*current));
        current->main.ledger_accounts = DEFAULT_ACCOUNTS;
        apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    }
    return current;
}

const mod_eas_main *mod_eas_main_conf(void)
{
    static const mod_eas_main none = {NULL, NULL, NULL, 0, DEFAULT_ACCOUNTS};

    return current ? &current->main : &none;
}

static const char *set_control(void *so_far, apr_pool_t *pool, int count,
                               char *const words[])
{
    written *w = so_far;
    (void)count;
    w->main.control_file = ap_server_root_relative(pool, words[0]);
    return w->main.control_file
               ? mod_eas_control_check(w->main.control_file, pool)
               : "it is not the path of a file";
}

static const char *set_networks(void *so_far, apr_pool_t *pool, int count,
                                char *const words[])
{
    written *w = so_far;
    return mod_eas_networks_read(pool, count, words, &w->main.shared_networks,
                                 &w->main.shared_shown);
}

static const char *set_acknowledge(void *so_far, apr_pool_t *pool, int count,
                                   char *const words[])
{
    written *w = so_far;
    static const char *const known[] = {"CVE-2025-23048", NULL};
    int which = 0;

    (void)count;
    w->main.knows_wandering = 1;
    return eas_value_choice(words[0], known, pool, &which);
}

static const char *set_ledger_file(written *w, apr_pool_t *pool,
                                   const char *word)
{
    if (!ap_cstr_casecmp(word, "none")) {
        w->ledger_file = "";
        return NULL;
    }
    w->ledger_file = ap_server_root_relative(pool, word);
    return w->ledger_file ? mod_eas_control_check(w->ledger_file, pool)
                          : "it is not the path of a file";
}

static const char *set_ledger(void *so_far, apr_pool_t *pool, int count,
                              char *const words[])
{
    written *w = so_far;
    static const char *const keys[] = {"accounts", "file", NULL};
    const char *error = NULL;
    int seen = 0;

    for (int i = 0; i < count && !error; i++) {
        const char *value = NULL;
        apr_int64_t number = 0;
        int key = 0;

        error = eas_value_key(words[i], keys, pool, &seen, &key, &value);
        if (!error && key == 1) {
            error = set_ledger_file(w, pool, value);
        }
        else if (!error) {
            error = eas_value_number(value, ACCOUNTS_LOW, ACCOUNTS_HIGH, pool,
                                     &number);
            w->main.ledger_accounts = (int)number;
        }
    }
    return error;
}

static const mod_eas_once rows[ROWS + 1] = {
    [CONTROL] = {"EASAuthCacheFlush", 1, 0, set_control},
    [NETWORKS] = {"EASAuthSharedNetworks", MAX_WORDS, 0, set_networks},
    [ACKNOWLEDGE] = {"EASAuthAcknowledge", 1, 0, set_acknowledge},
    [LEDGER] = {"EASAuthLedger", 2, 0, set_ledger},
};

const char *mod_eas_main_directive(cmd_parms *cmd, void *dir, int count,
                                   char *const words[])
{
    written *w = written_get(cmd->pool);

    (void)dir;
    return mod_eas_once_directive(cmd, rows, w->lines, w, count, words);
}

const char *mod_eas_main_ledger_file(apr_pool_t *pool)
{
    const char *file = current ? current->ledger_file : NULL;

    /* Looked up late: DefaultRuntimeDir may be the last line of all. */
    if (!file) {
        return ap_runtime_dir_relative(pool, LEDGER_NAME);
    }
    return *file ? file : NULL;
}

int mod_eas_is_shared_network(apr_sockaddr_t *address)
{
    return mod_eas_networks_have(mod_eas_main_conf()->shared_networks, address);
}
