/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the fuzz targets share: a pool whose every block is a block of its own
 * for the sanitizers, and text out of the input.
 *
 * APR cuts small blocks out of big ones, where a byte too many is seen by
 * nobody.  Here apr_palloc is put in front of APR's own; it also lets a target
 * look at the memory after the pool has been cleared.  One thread.
 */
#ifndef FUZZ_H
#define FUZZ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* memmem, RTLD_NEXT */
#endif

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_pools.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What has to be true of every input. */
#define fuzz_require(condition)                                                \
    ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

static inline void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
    abort();
}

typedef struct fuzz_block {
    struct fuzz_block *next;
    size_t size;
    void *bytes;
} fuzz_block;

static apr_pool_t *fuzz_pool;
static fuzz_block *fuzz_blocks;

static inline void *fuzz_alloc(size_t size)
{
    void *bytes = malloc(size > 0 ? size : 1);

    if (bytes == NULL)
        abort();
    return bytes;
}

void *(apr_palloc)(apr_pool_t *pool, apr_size_t size)
{
    static union {
        void *object;
        void *(*call)(apr_pool_t *, apr_size_t);
    } real;
    fuzz_block *block;

    if (pool != fuzz_pool) {
        if (real.object == NULL)
            real.object = dlsym(RTLD_NEXT, "apr_palloc");
        return real.call(pool, size);
    }
    block = fuzz_alloc(sizeof(*block));
    block->next = fuzz_blocks;
    block->size = size;
    block->bytes = fuzz_alloc(size);
    fuzz_blocks = block;
    return block->bytes;
}

/** The pool of this input. */
static inline apr_pool_t *fuzz_begin(void)
{
    static int ready;
    apr_pool_t *pool;

    if (!ready) {
        ready = 1;
        apr_initialize();
    }
    apr_pool_create(&pool, NULL);
    fuzz_pool = pool;
    return pool;
}

/** Whether a block of the pool, cleared or not, holds these bytes. */
static inline int fuzz_holds(const char *bytes, size_t length)
{
    const fuzz_block *block = fuzz_blocks;

    while (block != NULL
           && memmem(block->bytes, block->size, bytes, length) == NULL)
        block = block->next;
    return block != NULL;
}

/** Clear the pool; its memory stays to be looked at. */
static inline void fuzz_clear(void)
{
    apr_pool_destroy(fuzz_pool);
    fuzz_pool = NULL;
}

/** Give the memory back. */
static inline void fuzz_end(void)
{
    while (fuzz_blocks != NULL) {
        fuzz_block *block = fuzz_blocks;

        fuzz_blocks = block->next;
        free(block->bytes);
        free(block);
    }
}

/** Bytes as a string, outside the pool; the caller frees it. */
static inline char *fuzz_string(const void *data, size_t size)
{
    char *text = fuzz_alloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/** The next line of an input, cut off it; outside the pool. */
static inline char *fuzz_line(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
    size_t length = end != NULL ? (size_t)(end - *data) : *size;
    char *line = fuzz_string(*data, length);

    length += end != NULL;
    *data += length;
    *size -= length;
    return line;
}

#endif
