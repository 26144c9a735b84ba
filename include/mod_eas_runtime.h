/* SPDX-License-Identifier: Apache-2.0 */
/** What each child process makes for itself: the directories. */
#ifndef MOD_EAS_RUNTIME_H
#define MOD_EAS_RUNTIME_H

#include <httpd.h>
#include <ap_mpm.h>

#include "eas_types.h"

/**
 * httpd's post_config: make what the children share, and libldap ready.
 * @return OK; where there is no shared memory each child is on its own
 */
int mod_eas_runtime_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                apr_pool_t *ptemp, server_rec *s);

/**
 * httpd's child_init: make a directory for each provider.  Done in the child,
 * since connections, locks and lookups do not survive a fork.
 */
void mod_eas_runtime_child_init(apr_pool_t *pchild, server_rec *s);

/** httpd's child_status, in the parent: a child that died asks no directory
 * any more. */
void mod_eas_runtime_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                                  int slot, mpm_child_status state);

/**
 * What the decision reaches outside itself.
 * @return usable from any thread of a child; NULL before child_init
 */
const eas_env *mod_eas_runtime_env(void);

#endif
