/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_wandering.h"

int mod_eas_wandering(int major, int minor, int patch)
{
    return major == 2 && minor == 4 && patch >= 35 && patch < 64;
}
