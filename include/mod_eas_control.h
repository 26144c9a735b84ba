/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The control file (EASAuthCacheFlush): how an administrator reaches httpd
 * while it runs.
 *
 * Each line that is added to it is an order:
 *
 *     flush                    forget every verdict
 *     unlock PROVIDER USER     forget the wrong passwords of an account; * for
 *                              the provider means all of them
 *
 * Touching it without adding a line is a flush as well.  All children look at
 * it, and each order is carried out by one of them.  It is trusted because it
 * belongs to root or to whoever started httpd, and nobody else may write to
 * it; any other file under its name is refused and left alone.
 *
 * APR and POSIX alone, no httpd, so that a unit test can link it.
 */
#ifndef MOD_EAS_CONTROL_H
#define MOD_EAS_CONTROL_H

#include <sys/types.h>

#include "eas_lease.h"

/** Most that is read at one look, and the longest line, in bytes. */
#define MOD_EAS_CONTROL_READ 65536
#define MOD_EAS_CONTROL_LINE 1024

/** What has been seen of the file; in memory that all children share, zeroed
 * at first, and kept over a reload. */
typedef struct mod_eas_control {
    eas_lease next; /**< until when nobody looks */
    /* The rest belongs to whoever holds the lease. */
    apr_uint32_t primed; /**< hash of the path that it is about; 0: none */
    uid_t starter;       /**< who started httpd */
    int is_there;
    int has_more; /**< not all of it has been read */
    int refusal;  /**< what has been complained of: hash of the text, or 0 */
    dev_t device;
    ino_t inode;
    apr_int64_t size;
    apr_int64_t changed; /**< nanoseconds since 1970 */
    apr_int64_t done;    /**< where the first line not yet obeyed begins */
} mod_eas_control;

/** What orders lead to. */
typedef struct mod_eas_control_actions {
    const char *path; /**< absolute; NULL: there is no control file */
    void (*flush)(void *self);
    /** @param provider NULL for all; @param user well-formed UTF-8 */
    void (*unlock)(void *self, const char *provider, const char *user);
    /**
     * Say that the file, or a line of it, is of no use.
     * @param text a sentence, with what was read in quotes, for the log
     */
    void (*complain)(void *self, const char *text);
} mod_eas_control_actions;

/**
 * Take note of the file as it is, without obeying it: what stands in it when
 * httpd starts is history.  For the parent, before children fork; called again
 * after a reload it changes nothing, unless the path is another one.
 */
void mod_eas_control_prime(mod_eas_control *shared, const char *path);

/**
 * Look whether there are new orders, and obey them; at most once a second for
 * all who share the memory, and else as cheap as reading one word.
 *
 * A file that was replaced or cut short is read from its beginning.  A line
 * counts once it has its line end; what cannot be read as one is complained
 * of and passed over.  A process that dies in the middle leaves its orders to
 * be obeyed again: they do no harm twice.
 *
 * @param shared primed
 */
void mod_eas_control_look(mod_eas_control *shared, eas_moment now,
                          const mod_eas_control_actions *actions, void *self);

/**
 * Check at start whether a file may be used: for control, or to keep what has
 * to be believed later.  Its folder is there and not writable by everybody;
 * the file, where it is there, is a regular one, no link, of root or of this
 * process's user, writable by nobody else.
 * @param pool lifetime of the text
 * @return NULL, or a sentence that says what is wrong and how it is put right
 */
const char *mod_eas_control_check(const char *path, apr_pool_t *pool);

#endif
