/* SPDX-License-Identifier: Apache-2.0 */
/* Names that directories take for one, and names that nobody can tell. */
#include <apr_general.h>

#include "eas_spelling.h"
#include "tap.h"

static const struct {
    const char *name;
    const char *input;
    const char *expected; /* NULL: not told */
} rows[] = {
    {"as it is", "alice", "alice"},
    {"capitals", "ALICE", "alice"},
    {"nothing", "", ""},
    {"two blanks", "al  ice", "al ice"},
    {"an umlaut", "J\xc3\x9cRGEN", "j\xc3\xbcrgen"},
    {"the last of Latin-1", "\xc3\x9e\xc3\xbe", "\xc3\xbe\xc3\xbe"},
    {"Y with dots", "\xc5\xb8", "\xc3\xbf"},
    {"even pairs", "\xc4\x80\xc4\x81", "\xc4\x81\xc4\x81"},
    {"odd pairs", "\xc5\x81\xc5\x82", "\xc5\x82\xc5\x82"},
    {"the last pair", "\xc5\xbd\xc5\xbe", "\xc5\xbe\xc5\xbe"},
    {"Greek", "\xce\x91\xce\x86\xcf\x82", "\xce\xb1\xce\xac\xcf\x83"},
    {"Cyrillic", "\xd0\x98\xd0\xb8\xd0\x81", "\xd0\xb8\xd0\xb8\xd1\x91"},
    {"CJK", "\xe6\x9d\x8e", "\xe6\x9d\x8e"},
    {"fullwidth",
     "al\xef\xbd\x89"
     "ce",
     NULL},
    {"circled", "\xe2\x93\x90lice", NULL},
    {"combining", "ju\xcc\x88rgen", NULL},
    {"a soft hyphen", "al\xc2\xadice", NULL},
    {"a blank of another kind", "al\xc2\xa0ice", NULL},
    {"the long s", "\xc5\xbf", NULL},
    {"the sign of Kelvin", "\xe2\x84\xaa", NULL},
    {"a ligature", "\xc4\xb3", NULL},
    {"mathematical", "\xf0\x9d\x90\x9a", NULL},
    {"a control character", "al\x01ice", NULL},
    {"ill-formed", "al\xc3", NULL},
    {"Latin-1", "j\xfcrgen", NULL},
};

int main(void)
{
    apr_pool_t *pool = NULL;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(eas_spelling_fold(rows[i].input, pool), rows[i].expected,
               rows[i].name);
    }
    apr_terminate();
    return done_testing();
}
