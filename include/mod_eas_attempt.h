/* SPDX-License-Identifier: Apache-2.0 */
/** One attempt step by step, for an administrator, and how its steps are
 * printed (mod_eas_try.h). */
#ifndef MOD_EAS_ATTEMPT_H
#define MOD_EAS_ATTEMPT_H

#include "mod_eas_config.h"

/** One attempt on its way. */
typedef struct mod_eas_attempt {
    apr_pool_t *pool;
    apr_file_t *out;
    const mod_eas_provider *provider;
    const char *text; /**< the login as given, or NULL */
    eas_login login;
    const eas_directory *directory;
    eas_moment deadline;
    eas_moment since; /**< when the step under way began */
    eas_identity *identity;
} mod_eas_attempt;

/**
 * Open the directory of the provider that the environment names,
 * EAS_AUTH_PROVIDER, and print its name.
 * @return 1; 0 where there is none, which is said
 */
int mod_eas_attempt_open(mod_eas_attempt *a);

/** A text as it may be printed. */
const char *mod_eas_attempt_quote(const mod_eas_attempt *a, const char *text);

/** Print one line more about the step before; @a what may be empty. */
void mod_eas_attempt_say(const mod_eas_attempt *a, const char *what,
                         const char *text);

/** Print a step, and how long it took. */
void mod_eas_attempt_step(mod_eas_attempt *a, const char *what,
                          eas_reason reason, const char *text);

/** The same of a step that need not go well: "note" in place of "FAILED". */
void mod_eas_attempt_note(mod_eas_attempt *a, const char *what,
                          eas_reason reason, const char *text);

/** What is said of a step: that it went well, or why it did not.
 * @param detail NULL for none */
const char *mod_eas_attempt_outcome(const mod_eas_attempt *a, eas_reason reason,
                                    const char *well, const char *detail);

/** Print the last line; @a text may be empty. */
void mod_eas_attempt_result(const mod_eas_attempt *a, const char *name,
                            const char *text);

/** Print the id and the names of whoever was found. */
void mod_eas_attempt_identity(const mod_eas_attempt *a);

/** Print when their password expires, where that is told. */
void mod_eas_attempt_expiry(const mod_eas_attempt *a);

/** Read and print the state of their account.
 * @return as eas_directory.state */
eas_reason mod_eas_attempt_state(mod_eas_attempt *a);

/** Read and print after how many wrong passwords the directory locks them. */
void mod_eas_attempt_lockout(mod_eas_attempt *a);

/**
 * Print the last line of a login: what a phone is told.
 * @param reason EAS_REASON_NONE where all went well
 * @return OK where it gets in, else HTTP_INTERNAL_SERVER_ERROR
 */
int mod_eas_attempt_conclude(const mod_eas_attempt *a, eas_reason reason);

#endif
