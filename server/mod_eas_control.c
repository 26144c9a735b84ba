/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "eas_text.h"

#define PERIOD apr_time_from_sec(1)
/* Longer than obeying takes; whoever dies while looking delays the next look
 * by that. */
#define LOOK_TIME apr_time_from_sec(10)

/* One look. */
typedef struct look {
    mod_eas_control *shared;
    const mod_eas_control_actions *actions;
    void *self;
    struct stat st; /* as the file is now */
    int orders;     /* lines obeyed or complained of */
} look;

static apr_uint32_t hash(const char *text)
{
    apr_ssize_t length = APR_HASH_KEY_STRING;

    return apr_hashfunc_default(text, &length) | 1;
}

static apr_int64_t changed(const struct stat *st)
{
    return (apr_int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int is_same_file(const mod_eas_control *shared, const struct stat *st)
{
    return shared->is_there && shared->device == st->st_dev
           && shared->inode == st->st_ino;
}

static int is_unchanged(const mod_eas_control *shared, const struct stat *st)
{
    return is_same_file(shared, st) && !shared->has_more
           && shared->size == (apr_int64_t)st->st_size
           && shared->changed == changed(st);
}

static void note(mod_eas_control *shared, const struct stat *st)
{
    shared->is_there = 1;
    shared->device = st->st_dev;
    shared->inode = st->st_ino;
    shared->size = (apr_int64_t)st->st_size;
    shared->changed = changed(st);
}

/* What is wrong with a file, or NULL. */
static const char *objection(const struct stat *st, uid_t starter)
{
    if (S_ISLNK(st->st_mode)) {
        return "it is a symbolic link; name the file itself";
    }
    if (!S_ISREG(st->st_mode)) {
        return "it is no regular file";
    }
    if (st->st_uid != 0 && st->st_uid != starter) {
        return "it belongs neither to root nor to the user that starts httpd; "
               "correct that by chown, or remove it";
    }
    if (st->st_mode & (S_IWGRP | S_IWOTH)) {
        return "others than its owner may write to it; correct that by chmod "
               "go-w";
    }
    return NULL;
}

void mod_eas_control_prime(mod_eas_control *shared, const char *path)
{
    const apr_uint32_t primed = path ? hash(path) : 0;
    struct stat st;

    if (shared->primed == primed) {
        return;
    }
    memset((void *)shared, 0, sizeof(*shared));
    shared->primed = primed;
    shared->starter = geteuid();
    if (path && !lstat(path, &st)) {
        note(shared, &st);
        shared->done = (apr_int64_t)st.st_size;
    }
}

/* Once for each thing that is wrong, not once a second. */
static void refuse(look *l, const char *why)
{
    const int refusal = (int)hash(why);

    if (l->shared->refusal != refusal) {
        l->shared->refusal = refusal;
        l->actions->complain(l->self, why);
    }
}

/* A word and the blanks behind it are cut off; the rest is returned. */
static char *next_word(char *text)
{
    while (*text && *text != ' ') {
        text++;
    }
    while (*text == ' ') {
        *text++ = '\0';
    }
    return text;
}

static void bad_line(look *l, const char *line, apr_size_t length,
                     apr_pool_t *pool)
{
    l->actions->complain(
        l->self,
        apr_pstrcat(pool,
                    "it has a line that is neither \"flush\" nor "
                    "\"unlock PROVIDER USER\": ",
                    eas_text_quote(apr_pstrmemdup(pool, line, length), pool),
                    NULL));
}

static void obey(look *l, const char *line, apr_size_t length, apr_pool_t *pool)
{
    char *text = apr_pstrmemdup(pool, line, length);
    char *provider;
    char *user;

    l->orders++;
    if (length > MOD_EAS_CONTROL_LINE || !eas_text_is_utf8(line, length)
        || eas_text_has_control(line, length)) {
        bad_line(l, line, length < 80 ? length : 80, pool);
        return;
    }
    if (!strcmp(text, "flush")) {
        l->actions->flush(l->self);
        return;
    }
    provider = next_word(text);
    user = next_word(provider);
    if (strcmp(text, "unlock") || !*user) {
        bad_line(l, line, length, pool);
        return;
    }
    l->actions->unlock(l->self, strcmp(provider, "*") ? provider : NULL, user);
}

/* Obeys the whole lines of what was read; returns how many bytes are done. */
static apr_size_t obey_lines(look *l, const char *bytes, apr_size_t length,
                             apr_pool_t *pool)
{
    apr_size_t done = 0;
    const char *end;

    while ((end = memchr(bytes + done, '\n', length - done))) {
        const apr_size_t size = (apr_size_t)(end - (bytes + done));

        if (size) {
            obey(l, bytes + done, size, pool);
        }
        done += size + 1;
    }
    /* A line that never ends would hold up all that follow. */
    if (!done && length == MOD_EAS_CONTROL_READ) {
        obey(l, bytes, length, pool);
        done = length;
    }
    return done;
}

static apr_size_t read_all(int file, char *bytes, apr_size_t room, off_t from)
{
    apr_size_t length = 0;

    while (length < room) {
        ssize_t n =
            pread(file, bytes + length, room - length, from + (off_t)length);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        length += (apr_size_t)n;
    }
    return length;
}

/* What lies behind that which has been obeyed, up to where the file ended when
 * it was looked at: what comes meanwhile is for the next look. */
static void read_orders(look *l, int file, apr_pool_t *pool)
{
    mod_eas_control *shared = l->shared;
    const apr_int64_t size = (apr_int64_t)l->st.st_size;
    const int is_same = is_same_file(shared, &l->st);
    const int is_touched = is_same && shared->size == size && !shared->has_more;
    const apr_int64_t from = is_same && shared->done <= size ? shared->done : 0;
    apr_size_t room = MOD_EAS_CONTROL_READ;
    char *bytes;

    shared->has_more = size - from > MOD_EAS_CONTROL_READ;
    if (!shared->has_more) {
        room = (apr_size_t)(size - from);
    }
    bytes = apr_palloc(pool, room + 1);
    room = read_all(file, bytes, room, (off_t)from);
    shared->done = from + (apr_int64_t)obey_lines(l, bytes, room, pool);
    /* Half a line is one that is being written. */
    if (!l->orders && (!room || is_touched)) {
        l->actions->flush(l->self);
    }
}

/* Opened, it is looked at once more: what counts is the file that is read. */
static void take_in(look *l)
{
    const char *path = l->actions->path;
    const char *why = NULL;
    apr_pool_t *pool = NULL;
    const int file =
        open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (file < 0 || fstat(file, &l->st)) {
        why = errno == ELOOP    ? "it is a symbolic link; name the file itself"
              : errno == EACCES ? "httpd's children may not read it; correct "
                                  "that by chmod a+r"
                                : "it cannot be opened";
    }
    else {
        why = objection(&l->st, l->shared->starter);
    }
    if (why) {
        refuse(l, why);
    }
    else if (apr_pool_create(&pool, NULL) == APR_SUCCESS) {
        l->shared->refusal = 0;
        read_orders(l, file, pool);
        note(l->shared, &l->st);
        apr_pool_destroy(pool);
    }
    if (file >= 0) {
        close(file);
    }
}

static void look_now(look *l)
{
    if (lstat(l->actions->path, &l->st)) {
        l->shared->is_there = 0;
        if (errno != ENOENT) {
            refuse(l, "httpd's children cannot reach it; correct that by "
                      "chmod a+x on its folders");
        }
        return;
    }
    if (!is_unchanged(l->shared, &l->st)) {
        take_in(l);
    }
}

void mod_eas_control_look(mod_eas_control *shared, eas_moment now,
                          const mod_eas_control_actions *actions, void *self)
{
    look l = {.shared = shared, .actions = actions, .self = self};
    eas_moment until = now + LOOK_TIME;

    if (!actions->path || !eas_lease_take(&shared->next, now, until)) {
        return;
    }
    look_now(&l);
    /* Not where it ran out meanwhile and is another's. */
    atomic_compare_exchange_strong(&shared->next, &until, now + PERIOD);
}

static const char *folder_of(const char *path, apr_pool_t *pool)
{
    const char *slash = strrchr(path, '/');

    if (!slash || slash == path) {
        return "/";
    }
    return apr_pstrmemdup(pool, path, (apr_size_t)(slash - path));
}

const char *mod_eas_control_check(const char *path, apr_pool_t *pool)
{
    const char *folder = folder_of(path, pool);
    struct stat st;
    const char *why;

    if (stat(folder, &st) || !S_ISDIR(st.st_mode)) {
        return apr_psprintf(pool,
                            "there is no folder \"%s\"; make it, "
                            "writable by root alone",
                            folder);
    }
    if (st.st_mode & S_IWOTH) {
        return apr_psprintf(pool,
                            "everybody may write to its folder \"%s\"; "
                            "take a folder that root alone may write to",
                            folder);
    }
    if (lstat(path, &st)) {
        return NULL;
    }
    why = objection(&st, geteuid());
    return why ? apr_psprintf(pool, "\"%s\": %s", path, why) : NULL;
}
