/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A test's answers in TAP (https://testanything.org), the plan at the end, so
 * that a test which dies on the way is seen to have died.  One program, one
 * thread.
 *
 *     for (r = rows; r->name; r++)
 *         is_str(thing(r->input), r->expected, r->name);
 *     return done_testing();
 */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>
#include <string.h>

static int tap_count;
static int tap_failed;

/** Print a text so that it stays one line and is no TAP directive. */
static inline void tap_print(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '#' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(to, "\\x%02x", c);
        else
            putc(c, to);
    }
}

/** One answer.  @return whether it was good, to guard what follows */
static inline int ok(int good, const char *name)
{
    tap_count++;
    tap_failed += !good;
    fputs(good ? "ok " : "not ok ", stdout);
    printf("%d - ", tap_count);
    tap_print(stdout, name);
    putchar('\n');
    fflush(stdout);
    return good;
}

static inline void tap_show(const char *label, const char *text)
{
    printf("#   %s: ", label);
    if (text != NULL) {
        putchar('"');
        tap_print(stdout, text);
        putchar('"');
    }
    else
        fputs("NULL", stdout);
    putchar('\n');
    fflush(stdout);
}

/** Whether two texts are the same; either may be NULL. */
static inline int is_str(const char *got, const char *expected,
                         const char *name)
{
    int same = got == NULL || expected == NULL ? got == expected
                                               : strcmp(got, expected) == 0;

    if (!ok(same, name)) {
        tap_show("     got", got);
        tap_show("expected", expected);
    }
    return same;
}

/** Whether two numbers are the same. */
static inline int is_int(long long got, long long expected, const char *name)
{
    if (!ok(got == expected, name)) {
        printf("#        got: %lld\n#   expected: %lld\n", got, expected);
        fflush(stdout);
    }
    return got == expected;
}

/**
 * The name of a row and which side of it is looked at: "umlaut: password".
 * @return valid until the next call
 */
static inline const char *tap_row(const char *name, const char *aspect)
{
    static char text[256];

    snprintf(text, sizeof(text), "%s: %s", name, aspect);
    return text;
}

/** The plan.  @return the exit status of the program */
static inline int done_testing(void)
{
    printf("1..%d\n", tap_count);
    if (tap_failed != 0)
        printf("# %d of %d failed\n", tap_failed, tap_count);
    fflush(stdout);
    return tap_failed != 0 || tap_count == 0;
}

#endif
