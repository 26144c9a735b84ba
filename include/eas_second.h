/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Moments in four bytes: whole seconds, where many are kept and none has to be
 * exact.  A moment may lie before the machine's start: it was read from a file.
 */
#ifndef EAS_SECOND_H
#define EAS_SECOND_H

#include "eas_types.h"

/** The second of a moment, rounded up; never 0, which is free for "none". */
apr_uint32_t eas_second(eas_moment moment);

/** The moment of a second; 0 for none is long ago. */
eas_moment eas_second_moment(apr_uint32_t second);

#endif
