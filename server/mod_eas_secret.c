/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_secret.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include <http_config.h>

#include <openssl/crypto.h>

#define SECRET_MAX 4096
#define EXEC_TIMEOUT apr_time_from_sec(10)

/* Room for a secret of the greatest length, one byte more that shows that a
 * source has too much, and a NUL. */
typedef struct buffer {
    char bytes[SECRET_MAX + 2];
    apr_size_t length;
} buffer;

static apr_status_t wipe_buffer(void *data)
{
    OPENSSL_cleanse(data, sizeof(buffer));
    return APR_SUCCESS;
}

static int is_file(const char *word)
{
    return !ap_cstr_casecmpn(word, "file:", 5);
}

static int is_exec(const char *word)
{
    return !ap_cstr_casecmpn(word, "exec:", 5);
}

int mod_eas_secret_is_literal(const char *word)
{
    return !is_file(word) && !is_exec(word);
}

/* Registered before a byte is read, so that no error path forgets it. */
static buffer *buffer_make(apr_pool_t *pool)
{
    buffer *made = apr_pcalloc(pool, sizeof(*made));

    apr_pool_cleanup_register(pool, made, wipe_buffer, apr_pool_cleanup_null);
    return made;
}

static apr_status_t wipe_text(void *data)
{
    OPENSSL_cleanse(data, strlen(data));
    return APR_SUCCESS;
}

static const char *because(apr_pool_t *pool, apr_status_t status)
{
    char text[120];

    return apr_pstrdup(pool, apr_strerror(status, text, sizeof(text)));
}

/* Straight into the buffer: an APR file without buffering keeps no copy. */
static apr_status_t buffer_fill(buffer *to, apr_file_t *from)
{
    apr_status_t status = APR_SUCCESS;

    while (status == APR_SUCCESS && to->length <= SECRET_MAX) {
        apr_size_t length = SECRET_MAX + 1 - to->length;

        status = apr_file_read(from, to->bytes + to->length, &length);
        if (status == APR_SUCCESS) {
            to->length += length;
        }
    }
    return APR_STATUS_IS_EOF(status) ? APR_SUCCESS : status;
}

/* What both sources share.  @a what is the source, for the message. */
static const char *buffer_check(apr_pool_t *pool, const buffer *held,
                                const char *what)
{
    if (!held->length) {
        return apr_psprintf(pool,
                            "%s is empty; it must give the password "
                            "and nothing else",
                            what);
    }
    if (held->length > SECRET_MAX) {
        return apr_psprintf(pool,
                            "%s is longer than %d bytes; it must give "
                            "the password and nothing else",
                            what, SECRET_MAX);
    }
    if (memchr(held->bytes, '\0', held->length)) {
        return apr_psprintf(pool,
                            "%s has a NUL byte in it, which no password "
                            "has; is it the right file?",
                            what);
    }
    return NULL;
}

static const char *check_file(apr_pool_t *pool, const char *path,
                              apr_file_t *file)
{
    apr_finfo_t info;
    apr_status_t status =
        apr_file_info_get(&info, APR_FINFO_TYPE | APR_FINFO_PROT, file);

    if (status != APR_SUCCESS) {
        return apr_psprintf(pool, "%s cannot be looked at: %s", path,
                            because(pool, status));
    }
    if (info.filetype != APR_REG) {
        return apr_psprintf(pool,
                            "%s is not a regular file; it must be a "
                            "file with the password in it",
                            path);
    }
    if (info.protection
        & (APR_FPROT_WREAD | APR_FPROT_WWRITE | APR_FPROT_WEXECUTE)) {
        return apr_psprintf(pool,
                            "%s is open to every user of this machine; "
                            "close it with: chmod 640 %s",
                            path, path);
    }
    return NULL;
}

static void drop_line_end(buffer *held)
{
    if (held->length && held->bytes[held->length - 1] == '\n') {
        held->length--;
        if (held->length && held->bytes[held->length - 1] == '\r') {
            held->length--;
        }
    }
    held->bytes[held->length] = '\0';
}

static const char *read_file(apr_pool_t *pool, const char *name,
                             mod_eas_secret *secret)
{
    const char *path = ap_server_root_relative(pool, name);
    apr_file_t *file;
    apr_status_t status;
    const char *error;
    buffer *held = buffer_make(pool);

    if (!*name || !path) {
        return "file: is followed by the path of a file that holds the "
               "password";
    }
    /* Not to hang on a FIFO before its type is known. */
    status = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_NONBLOCK, 0,
                           pool);
    if (status != APR_SUCCESS) {
        return apr_psprintf(pool, "%s cannot be opened: %s", path,
                            because(pool, status));
    }
    error = check_file(pool, path, file);
    if (!error) {
        status = buffer_fill(held, file);
    }
    apr_file_close(file);
    if (error) {
        return error;
    }
    if (status != APR_SUCCESS) {
        return apr_psprintf(pool, "%s cannot be read: %s", path,
                            because(pool, status));
    }
    drop_line_end(held);
    secret->value = held->bytes;
    secret->shown = apr_pstrcat(pool, "file:", path, NULL);
    return buffer_check(pool, held, path);
}

static apr_status_t start(apr_pool_t *pool, const char *const *argv,
                          apr_proc_t *proc)
{
    apr_procattr_t *attributes;
    apr_status_t status = apr_procattr_create(&attributes, pool);

    if (status == APR_SUCCESS) {
        status = apr_procattr_io_set(attributes, APR_FULL_BLOCK, APR_FULL_BLOCK,
                                     APR_NO_PIPE);
    }
    if (status == APR_SUCCESS) {
        status = apr_procattr_cmdtype_set(attributes, APR_PROGRAM);
    }
    if (status == APR_SUCCESS) {
        status = apr_procattr_error_check_set(attributes, 1);
    }
    if (status == APR_SUCCESS) {
        status = apr_proc_create(proc, argv[0], argv, NULL, attributes, pool);
    }
    return status;
}

/* ap_get_exec_line would believe a program that fails, and wait for ever for
 * one that hangs. */
static const char *run(apr_pool_t *pool, const char *const *argv,
                       buffer *output)
{
    apr_proc_t proc;
    int code = -1;
    apr_exit_why_e why = APR_PROC_EXIT;
    apr_status_t status = start(pool, argv, &proc);

    if (status != APR_SUCCESS) {
        return apr_psprintf(pool, "%s cannot be run: %s", argv[0],
                            because(pool, status));
    }
    apr_file_close(proc.in);
    apr_file_pipe_timeout_set(proc.out, EXEC_TIMEOUT);
    status = buffer_fill(output, proc.out);
    apr_file_close(proc.out);
    if (status != APR_SUCCESS) {
        apr_proc_kill(&proc, 9);
    }
    apr_proc_wait(&proc, &code, &why, APR_WAIT);
    if (status != APR_SUCCESS) {
        return apr_psprintf(pool, "%s gave no password within ten seconds",
                            argv[0]);
    }
    if (!APR_PROC_CHECK_EXIT(why) || code != 0) {
        return apr_psprintf(
            pool,
            "%s failed with %s %d; run it by hand as "
            "the user that starts httpd, without an "
            "environment",
            argv[0], APR_PROC_CHECK_EXIT(why) ? "exit code" : "signal", code);
    }
    return NULL;
}

/* mod_authnz_ldap takes program and arguments in one quoted word. */
static const char *exec_argv(apr_pool_t *pool, int count, char *const words[],
                             const char *const **argv)
{
    char **split;

    if (count == 1) {
        if (apr_tokenize_to_argv(words[0] + strlen("exec:"), &split, pool)
            != APR_SUCCESS) {
            return "what follows exec: cannot be split into words";
        }
    }
    else {
        split = apr_pcalloc(pool, sizeof(*split) * ((apr_size_t)count + 1));
        memcpy(split, words, sizeof(*split) * (apr_size_t)count);
        split[0] += strlen("exec:");
    }
    if (!split[0] || split[0][0] != '/') {
        return "exec: is followed by the absolute path of a program that "
               "prints the password";
    }
    *argv = (const char *const *)split;
    return NULL;
}

static const char *read_exec(apr_pool_t *pool, int count, char *const words[],
                             mod_eas_secret *secret)
{
    const char *const *argv = NULL;
    apr_pool_t *scratch;
    buffer *held = buffer_make(pool);
    char *line_end;
    const char *error = exec_argv(pool, count, words, &argv);

    if (error) {
        return error;
    }
    apr_pool_create(&scratch, pool);
    error = run(scratch, argv, held);
    error = error ? apr_pstrdup(pool, error) : NULL;
    apr_pool_destroy(scratch);
    if (error) {
        return error;
    }
    line_end = memchr(held->bytes, '\n', held->length);
    if (line_end) {
        held->length = (apr_size_t)(line_end - held->bytes) + 1;
    }
    drop_line_end(held);
    secret->value = held->bytes;
    /* Arguments may be as secret as the password: the program alone. */
    secret->shown = apr_pstrcat(pool, "exec:", argv[0], NULL);
    return buffer_check(pool, held,
                        apr_pstrcat(pool, "the output of ", argv[0], NULL));
}

static const char *take_literal(apr_pool_t *pool, int count,
                                char *const words[], mod_eas_secret *secret)
{
    apr_pool_cleanup_register(pool, words[0], wipe_text, apr_pool_cleanup_null);
    if (count != 1) {
        return "a password with blanks in it is written in quotes";
    }
    secret->value = words[0];
    secret->shown = "(literal, hidden)";
    secret->is_literal = 1;
    return NULL;
}

const char *mod_eas_secret_read(apr_pool_t *pool, int count,
                                char *const words[], mod_eas_secret *secret_out)
{
    mod_eas_secret secret = {NULL, NULL, 0};
    const char *error;

    if (is_file(words[0])) {
        error = count == 1 ? read_file(pool, words[0] + 5, &secret)
                           : "a path with blanks in it is written in quotes";
    }
    else if (is_exec(words[0])) {
        error = read_exec(pool, count, words, &secret);
    }
    else {
        error = take_literal(pool, count, words, &secret);
    }
    if (!error) {
        *secret_out = secret;
    }
    return error;
}

void mod_eas_secret_hide(ap_directive_t *line)
{
    const char *first =
        line->args + (*line->args == '"' || *line->args == '\'');

    if (mod_eas_secret_is_literal(first)) {
        /* httpd's own copy, which it only ever reads: the memory of a pool
         * and never a constant. */
        OPENSSL_cleanse((char *)(apr_uintptr_t)line->args, strlen(line->args));
        line->args = "(literal, hidden)";
    }
}
