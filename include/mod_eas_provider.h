/* SPDX-License-Identifier: Apache-2.0 */
/** The <EASAuthProvider NAME> section and the directives inside it. */
#ifndef MOD_EAS_PROVIDER_H
#define MOD_EAS_PROVIDER_H

#include "mod_eas_config.h"

/**
 * The section: checks its name and its lines, runs them, completes the
 * provider and adds it to mod_eas_providers().
 * @return NULL, or an error as httpd wants it
 */
const char *mod_eas_provider_section(cmd_parms *cmd, void *dir,
                                     const char *arg);

/**
 * Any directive of the section; which, says cmd->cmd->name.
 * @return NULL, or an error as httpd wants it
 */
const char *mod_eas_provider_directive(cmd_parms *cmd, void *dir, int count,
                                       char *const words[]);

#endif
