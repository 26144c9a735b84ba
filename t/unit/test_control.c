/* SPDX-License-Identifier: Apache-2.0 */
/* The control file: what each change of it leads to, once, whoever looks. */
#include "mod_eas_control.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_shm.h>
#include <apr_strings.h>

#include "tap.h"

#define SECOND APR_USEC_PER_SEC

typedef struct world {
    apr_pool_t *pool;
    const char *folder;
    const char *path;
    mod_eas_control *shared;
    mod_eas_control_actions actions;
    eas_moment now;
    long stamp;       /* date of the file, so that each change has its own */
    const char *said; /* what was done, in order */
} world;

static void say(world *w, const char *what)
{
    w->said = apr_pstrcat(w->pool, w->said, *w->said ? "; " : "", what, NULL);
}

static void do_flush(void *self)
{
    say(self, "flush");
}

static void do_unlock(void *self, const char *provider, const char *user)
{
    world *w = self;

    say(w, apr_pstrcat(w->pool, "unlock ", provider ? provider : "(all)", " ",
                       user, NULL));
}

static void do_complain(void *self, const char *text)
{
    say(self, text);
}

static void stamp(world *w)
{
    struct timespec times[2] = {{0, 0}, {0, 0}};

    times[0].tv_sec = times[1].tv_sec = ++w->stamp;
    utimensat(AT_FDCWD, w->path, times, 0);
}

static void write_file(world *w, const char *mode, const char *text)
{
    FILE *file = fopen(w->path, mode);

    if (file) {
        fputs(text, file);
        fclose(file);
        chmod(w->path, 0644);
        stamp(w);
    }
}

/* What was done within the next second. */
static const char *look(world *w)
{
    w->said = "";
    w->now += SECOND;
    mod_eas_control_look(w->shared, w->now, &w->actions, w);
    return w->said;
}

static void world_make(world *w, apr_pool_t *pool)
{
    char *folder = apr_pstrdup(pool, "control-XXXXXX");

    memset(w, 0, sizeof(*w));
    w->pool = pool;
    w->folder = mkdtemp(folder);
    chmod(w->folder, 0755);
    w->path = apr_pstrcat(pool, w->folder, "/control", NULL);
    w->shared = apr_pcalloc(pool, sizeof(*w->shared));
    w->actions =
        (mod_eas_control_actions){w->path, do_flush, do_unlock, do_complain};
    w->now = 100 * SECOND;
    w->stamp = 1000000;
    w->said = "";
}

static void world_end(world *w)
{
    unlink(w->path);
    rmdir(w->folder);
}

/* The second column is added to the file, unless the first says otherwise:
 * + append, = write anew in place, ! another file of that name, - remove,
 * . touch, _ nothing. */
static const struct {
    char how;
    const char *text;
    const char *expected;
} steps[] = {
    {'_', "", ""},
    {'+', "flush\n", "flush"},
    {'_', "", ""},
    {'+', "unlock contoso alice\n", "unlock contoso alice"},
    {'+', "unlock * O'Neill Jr.\n\nflush\n", "unlock (all) O'Neill Jr.; flush"},
    {'.', "", "flush"},
    {'.', "", "flush"},
    {'+', "unlock contoso j\xc3\xbcrgen", ""},
    {'.', "", "flush"},
    {'+', "\n", "unlock contoso j\xc3\xbcrgen"},
    {'_', "", ""},
    {'-', "", ""},
    {'+', "", "flush"},
    {'+', "unlock a b\n", "unlock a b"},
    {'=', "", "flush"},
    {'+', "unlock a c\n", "unlock a c"},
    {'!', "unlock a d\nunlock a e\n", "unlock a d; unlock a e"},
    {'=', "unlock a f\n", "unlock a f"},
    {'-', "", ""},
    {'!', "flush\n", "flush"},
    {'+', "unlock\n",
     "it has a line that is neither \"flush\" nor \"unlock PROVIDER USER\": "
     "\"unlock\""},
    {'+', "unlock contoso\nflush\n",
     "it has a line that is neither \"flush\" nor \"unlock PROVIDER USER\": "
     "\"unlock contoso\"; flush"},
    {'+', "Flush\n",
     "it has a line that is neither \"flush\" nor \"unlock PROVIDER USER\": "
     "\"Flush\""},
    {'+', "flush\r\n",
     "it has a line that is neither \"flush\" nor \"unlock PROVIDER USER\": "
     "\"flush%0d\""},
    {'+', "unlock a \xff\n",
     "it has a line that is neither \"flush\" nor \"unlock PROVIDER USER\": "
     "\"unlock a %ff\""},
};

static void take_step(world *w, char how, const char *text)
{
    switch (how) {
    case '+':
        write_file(w, "a", text);
        break;
    case '=':
        write_file(w, "w", text);
        break;
    case '!':
        /* The old one is kept open, or its number would be used again. */
        if (open(w->path, O_RDONLY) >= 0) {
            unlink(w->path);
        }
        write_file(w, "a", text);
        break;
    case '-':
        unlink(w->path);
        break;
    case '.':
        stamp(w);
        break;
    default:
        break;
    }
}

static void test_steps(apr_pool_t *pool)
{
    world w;

    world_make(&w, pool);
    write_file(&w, "w", "flush\nunlock contoso history\n");
    mod_eas_control_prime(w.shared, w.path);
    for (int i = 0; i < (int)(sizeof(steps) / sizeof(steps[0])); i++) {
        const char *name = apr_psprintf(pool, "%d: %c leads to %s", i,
                                        steps[i].how, steps[i].expected);

        take_step(&w, steps[i].how, steps[i].text);
        is_str(look(&w), steps[i].expected, name);
    }
    world_end(&w);
}

static void test_absent_at_start(apr_pool_t *pool)
{
    world w;

    world_make(&w, pool);
    mod_eas_control_prime(w.shared, w.path);
    is_str(look(&w), "", "there is no file");
    write_file(&w, "a", "");
    is_str(look(&w), "flush", "touching makes one");
    write_file(&w, "a", "flush\n");
    mod_eas_control_prime(w.shared, w.path);
    is_str(look(&w), "flush", "a reload forgets no order");
    write_file(&w, "a", "flush\n");
    mod_eas_control_prime(w.shared, "elsewhere");
    mod_eas_control_prime(w.shared, w.path);
    is_str(look(&w), "", "another path is another history");
    w.actions.path = NULL;
    write_file(&w, "a", "flush\n");
    is_str(look(&w), "", "no path, no control");
    world_end(&w);
}

/* More than is read at once, and lines that are too long. */
static void test_long(apr_pool_t *pool)
{
    world w;
    char *large = apr_palloc(pool, 200001);
    int flushes = 0;
    int looks = 0;

    world_make(&w, pool);
    mod_eas_control_prime(w.shared, w.path);
    for (int i = 0; i < 20000; i++) {
        memcpy(large + i * 6, "flush\n", 6);
    }
    large[20000 * 6] = '\0';
    write_file(&w, "a", large);
    for (; looks < 5; looks++) {
        for (const char *s = look(&w); *s; s++) {
            flushes += *s == 'f';
        }
        w.said = "";
    }
    is_int(flushes, 20000, "twenty thousand lines, over several looks");
    memset(large, 'x', 200000);
    large[200000] = '\0';
    write_file(&w, "a", large);
    while (looks++ < 12) {
        look(&w);
    }
    write_file(&w, "a", "\nflush\n");
    look(&w);
    is_str(w.said + strlen(w.said) - 7, "; flush",
           "a line without end is given up, and the next one is obeyed");
    world_end(&w);
}

static const struct {
    const char *name;
    mode_t mode;
    uid_t owner;
    const char *expected;
} owners[] = {
    {"our own", 0644, 0, NULL},
    {"writable by a group", 0664, 0, "chmod go-w"},
    {"writable by all", 0646, 0, "chmod go-w"},
    {"somebody else's", 0644, 12345, "neither to root nor"},
};

static void test_owners(apr_pool_t *pool)
{
    const int may_give = geteuid() == 0;

    for (int i = 0; i < (int)(sizeof(owners) / sizeof(owners[0])); i++) {
        const char *name = owners[i].name;
        const char *error;
        world w;

        world_make(&w, pool);
        mod_eas_control_prime(w.shared, w.path);
        write_file(&w, "a", "flush\n");
        chmod(w.path, owners[i].mode);
        /* Who cannot give a file away takes another owner for the starter. */
        if (owners[i].owner && may_give) {
            ok(chown(w.path, owners[i].owner, (gid_t)-1) == 0,
               tap_row(name, "given away"));
        }
        else if (owners[i].owner) {
            w.shared->starter = owners[i].owner;
            ok(1, tap_row(name, "for another starter"));
        }
        else {
            ok(1, tap_row(name, "is so"));
        }
        look(&w);
        ok(owners[i].expected ? strstr(w.said, owners[i].expected) != NULL
                              : !strcmp(w.said, "flush"),
           tap_row(name, w.said));
        is_str(look(&w), "", tap_row(name, "said once"));
        error = mod_eas_control_check(w.path, pool);
        if (owners[i].owner && !may_give) {
            ok(1, tap_row(name, "no other owner to check"));
        }
        else {
            ok(owners[i].expected ? error && strstr(error, owners[i].expected)
                                  : !error,
               tap_row(name, "at start"));
        }
        chmod(w.path, 0644);
        world_end(&w);
    }
}

static void test_kinds(apr_pool_t *pool)
{
    const char *target;
    const char *error;
    world w;

    world_make(&w, pool);
    target = apr_pstrcat(pool, w.folder, "/target", NULL);
    mod_eas_control_prime(w.shared, w.path);
    w.path = target;
    write_file(&w, "a", "flush\n");
    w.path = w.actions.path;
    ok(symlink("target", w.path) == 0, "a link is made");
    ok(strstr(look(&w), "symbolic link") != NULL, "a link is refused");
    error = mod_eas_control_check(w.path, pool);
    ok(error && strstr(error, "symbolic link"), "at start too");
    unlink(w.path);
    unlink(target);
    mkfifo(w.path, 0644);
    ok(strstr(look(&w), "no regular file") != NULL,
       "a pipe is refused, and not waited for");
    error = mod_eas_control_check(w.path, pool);
    ok(error && strstr(error, "no regular file"), "at start too");
    unlink(w.path);
    write_file(&w, "a", "flush\n");
    is_str(look(&w), "flush", "a file put there instead is obeyed");
    chmod(w.folder, 0777);
    error = mod_eas_control_check(w.path, pool);
    ok(error && strstr(error, "everybody may write to its folder"),
       "a folder for everybody");
    error = mod_eas_control_check("nowhere/control", pool);
    ok(error && strstr(error, "there is no folder \"nowhere\""), "no folder");
    world_end(&w);
}

/* What the children of the next test share. */
typedef struct common {
    mod_eas_control control;
    _Atomic eas_moment now;
    atomic_int flushes;
    atomic_int is_over;
} common;

static void count_flush(void *self)
{
    atomic_fetch_add(&((common *)self)->flushes, 1);
}

static void look_on(common *shared, const mod_eas_control_actions *actions)
{
    while (!atomic_load(&shared->is_over)) {
        mod_eas_control_look(&shared->control, atomic_load(&shared->now),
                             actions, shared);
        usleep(100);
    }
}

/* A line, and the time that passes until somebody has to look; whether it was
 * obeyed, and once. */
static int add_line(const world *w, common *shared, int count)
{
    FILE *file = fopen(w->path, "a");

    fputs("flush\n", file);
    fclose(file);
    atomic_fetch_add(&shared->now, 2 * SECOND);
    for (int i = 0; i < 20000 && atomic_load(&shared->flushes) < count; i++) {
        usleep(100);
    }
    return atomic_load(&shared->flushes) == count;
}

/* Four children look all the time, while lines are added. */
static void test_children(apr_pool_t *pool)
{
    enum { CHILDREN = 4, LINES = 100 };
    apr_shm_t *shm = NULL;
    common *shared;
    int obeyed = 0;
    world w;

    world_make(&w, pool);
    apr_shm_create(&shm, sizeof(*shared), NULL, pool);
    shared = apr_shm_baseaddr_get(shm);
    memset((void *)shared, 0, sizeof(*shared));
    atomic_store(&shared->now, 100 * SECOND);
    w.actions.flush = count_flush;
    mod_eas_control_prime(&shared->control, w.path);
    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) {
            look_on(shared, &w.actions);
            _exit(0);
        }
    }
    while (obeyed < LINES && add_line(&w, shared, obeyed + 1)) {
        obeyed++;
    }
    atomic_store(&shared->is_over, 1);
    for (int i = 0; i < CHILDREN; i++) {
        wait(NULL);
    }
    is_int(obeyed, LINES, "each line is obeyed, and by one child");
    is_int(atomic_load(&shared->flushes), LINES, "and none once more");
    apr_shm_destroy(shm);
    world_end(&w);
}

static void test_period(apr_pool_t *pool)
{
    world w;

    world_make(&w, pool);
    mod_eas_control_prime(w.shared, w.path);
    is_str(look(&w), "", "a look");
    write_file(&w, "a", "flush\n");
    w.now -= SECOND / 2;
    is_str(look(&w), "", "half a second later nobody looks");
    w.now -= SECOND / 2;
    is_str(look(&w), "flush", "a second later somebody does");
    world_end(&w);
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_steps(pool);
    test_absent_at_start(pool);
    test_period(pool);
    test_long(pool);
    test_owners(pool);
    test_kinds(pool);
    test_children(pool);
    apr_terminate();
    return done_testing();
}
