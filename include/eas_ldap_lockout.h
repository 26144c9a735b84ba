/* SPDX-License-Identifier: Apache-2.0 */
/** A probe's words on after how many wrong passwords a directory locks an
 * account. */
#ifndef EAS_LDAP_LOCKOUT_H
#define EAS_LDAP_LOCKOUT_H

#include <ldap.h>

#include "eas_ldap_report.h"

/**
 * Read the policy of a directory, as its type keeps it, and say what it is:
 * Active Directory at the head of its domain, FreeIPA in global_policy, others
 * in entries of class pwdPolicy.  A policy that cannot be read is no failure.
 * @param ld bound as the service account
 * @param until when to give up
 * @param report gets one step, or one for each policy
 */
void eas_ldap_lockout_probe(LDAP *ld, const eas_ldap_settings *settings,
                            eas_moment until, eas_ldap_report *report);

#endif
