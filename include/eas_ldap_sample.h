/* SPDX-License-Identifier: Apache-2.0 */
/** What the service account may read: the base, and one person. */
#ifndef EAS_LDAP_SAMPLE_H
#define EAS_LDAP_SAMPLE_H

#include <ldap.h>

#include "eas_ldap_report.h"

/**
 * Read the base of the URL, and one person below it, and say which of the
 * attributes we look at came back.  Only the lack of the login name is a
 * failure: the others may be missing on this one person.
 * @param ld bound as the service account
 * @param until when to give up
 * @param report gets a step for the base, and where that is there two more
 * @return 1; 0 where the server has to be given up
 */
int eas_ldap_sample_probe(LDAP *ld, const eas_ldap_settings *settings,
                          eas_moment until, eas_ldap_report *report);

#endif
