/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs a fuzz target over the files of a directory and says so in TAP, so
 * that what was once found is looked at by every `make check`.  An input that
 * is handled badly ends the program before the plan is printed.
 *
 * Usage: fuzz_X DIRECTORY
 */
#include <stdint.h>
#include <stdlib.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static apr_array_header_t *names_read(const char *folder, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 32, sizeof(char *));
    apr_finfo_t found;
    apr_dir_t *dir;

    if (apr_dir_open(&dir, folder, pool) != APR_SUCCESS)
        return names;
    while (apr_dir_read(&found, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (found.name[0] != '.')
            APR_ARRAY_PUSH(names, char *) = apr_pstrdup(pool, found.name);
    }
    apr_dir_close(dir);
    qsort(names->elts, (size_t)names->nelts, sizeof(char *), compare);
    return names;
}

static int file_run(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;
    apr_file_t *file;
    uint8_t *data;
    int good = 0;

    if (apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY,
                      APR_FPROT_OS_DEFAULT, pool)
        != APR_SUCCESS)
        return 0;
    if (apr_file_info_get(&info, APR_FINFO_SIZE, file) == APR_SUCCESS) {
        /* A block of that size, for the sanitizers. */
        data = malloc(info.size > 0 ? (size_t)info.size : 1);
        if (data != NULL
            && (info.size == 0
                || apr_file_read_full(file, data, (size_t)info.size, NULL)
                       == APR_SUCCESS))
            good = LLVMFuzzerTestOneInput(data, (size_t)info.size) == 0;
        free(data);
    }
    apr_file_close(file);
    return good;
}

int main(int argc, const char *const *argv)
{
    apr_array_header_t *names;
    apr_pool_t *pool;
    int i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    names = names_read(argv[1], pool);
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        ok(file_run(apr_pstrcat(pool, argv[1], "/", name, NULL), pool), name);
    }
    return done_testing();
}
