/* SPDX-License-Identifier: Apache-2.0 */
/** What an AuthType amounts to: one table for start, dump and requests. */
#ifndef MOD_EAS_METHOD_H
#define MOD_EAS_METHOD_H

#include "eas_types.h"

/** What an AuthType amounts to. */
typedef enum {
    MOD_EAS_METHOD_OTHER,       /**< none, or another module's */
    MOD_EAS_METHOD_PROVIDER,    /**< another module's, asking provider `eas` */
    MOD_EAS_METHOD_BASIC,       /**< EAS-Basic */
    MOD_EAS_METHOD_EITHER,      /**< EAS-Either */
    MOD_EAS_METHOD_BOTH,        /**< EAS-Both */
    MOD_EAS_METHOD_CERTIFICATE, /**< EAS-Certificate */
    MOD_EAS_METHOD_UNKNOWN,     /**< another word with EAS- before it */
    MOD_EAS_METHOD_EXPRESSION   /**< known on each request alone, and ours */
} mod_eas_method;

/**
 * The method of an AuthType without an expression in it; NULL is none.
 * @return one of our four, MOD_EAS_METHOD_UNKNOWN or MOD_EAS_METHOD_OTHER
 */
mod_eas_method mod_eas_method_by_name(const char *word);

/** What a client has to show: a password where the method is another module's,
 * which asks our provider with one; both where it is not known. */
eas_demand mod_eas_method_demand(mod_eas_method method);

/** The name of one of our AuthTypes; NULL where the method is none.  Static. */
const char *mod_eas_method_name(mod_eas_method method);

/** Whether a certificate counts: EITHER, BOTH, CERTIFICATE. */
int mod_eas_method_has_certificates(mod_eas_method method);

/** Whether a password counts: BASIC, EITHER, BOTH, PROVIDER. */
int mod_eas_method_has_passwords(mod_eas_method method);

/**
 * The two settings of Exchange's virtual directory that one of our AuthTypes
 * stands for (Set-ActiveSyncVirtualDirectory BasicAuthEnabled,
 * ClientCertAuth), in words; NULL where the method is none.  Static.
 */
const char *mod_eas_method_of_exchange(mod_eas_method method);

#endif
