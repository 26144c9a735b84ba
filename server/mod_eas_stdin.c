/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_stdin.h"

#include <string.h>

#include <apr_file_io.h>

#include <openssl/crypto.h>

#include "eas_basic.h"

/* One byte more than is accepted shows that there is too much. */
#define LINE_MAX_BYTES (EAS_BASIC_PASSWORD_MAX + 2)

static apr_status_t wipe(void *line)
{
    OPENSSL_cleanse(line, LINE_MAX_BYTES);
    return APR_SUCCESS;
}

/* Byte by byte: an APR file without buffering keeps no copy. */
const char *mod_eas_stdin_password(apr_pool_t *pool)
{
    char *line = apr_pcalloc(pool, LINE_MAX_BYTES);
    apr_file_t *in = NULL;
    apr_size_t length = 0;

    apr_pool_cleanup_register(pool, line, wipe, apr_pool_cleanup_null);
    if (apr_file_open_stdin(&in, pool) != APR_SUCCESS) {
        return NULL;
    }
    while (length < LINE_MAX_BYTES - 1
           && apr_file_getc(line + length, in) == APR_SUCCESS
           && line[length] != '\n') {
        length++;
    }
    /* What follows a NUL would be dropped, and the rest tried. */
    if (memchr(line, '\0', length)) {
        return NULL;
    }
    line[length] = '\0';
    return line;
}
