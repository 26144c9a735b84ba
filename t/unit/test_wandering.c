/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_wandering.h"

#include "tap.h"

static const struct {
    const char *name;
    int major, minor, patch;
    int expected;
} rows[] = {
    {"before TLS 1.3", 2, 4, 34, 0},
    {"the first with TLS 1.3", 2, 4, 35, 1},
    {"in between", 2, 4, 52, 1},
    {"the last", 2, 4, 63, 1},
    {"mended", 2, 4, 64, 0},
    {"newer", 2, 4, 71, 0},
    {"trunk", 2, 5, 40, 0},
    {"another major", 3, 4, 40, 0},
    {NULL, 0, 0, 0, 0},
};

int main(void)
{
    for (int i = 0; rows[i].name; i++) {
        is_int(mod_eas_wandering(rows[i].major, rows[i].minor, rows[i].patch),
               rows[i].expected, rows[i].name);
    }
    return done_testing();
}
