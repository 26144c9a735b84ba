/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_method.h"

#include <string.h>

#include <httpd.h>

static const struct {
    mod_eas_method method;
    const char *name;
    eas_demand demand;
    const char *of_exchange;
} types[] = {
    {MOD_EAS_METHOD_BASIC, "EAS-Basic", EAS_BY_PASSWORD,
     "Basic on, client certificates Ignore"},
    {MOD_EAS_METHOD_EITHER, "EAS-Either", EAS_BY_EITHER,
     "Basic on, client certificates Accept"},
    {MOD_EAS_METHOD_BOTH, "EAS-Both", EAS_BY_BOTH,
     "Basic on, client certificates Require"},
    {MOD_EAS_METHOD_CERTIFICATE, "EAS-Certificate", EAS_BY_CERTIFICATE,
     "Basic off, client certificates Require"},
};

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

mod_eas_method mod_eas_method_by_name(const char *word)
{
    if (!word) {
        return MOD_EAS_METHOD_OTHER;
    }
    if (!strcmp(word, "EAS-Basic")) {
        return MOD_EAS_METHOD_BASIC; /* as nearly everybody writes it */
    }
    if (ap_cstr_casecmpn(word, "EAS-", 4)) {
        return MOD_EAS_METHOD_OTHER;
    }
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (!ap_cstr_casecmp(word, types[i].name)) {
            return types[i].method;
        }
    }
    return MOD_EAS_METHOD_UNKNOWN;
}

eas_demand mod_eas_method_demand(mod_eas_method method)
{
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (types[i].method == method) {
            return types[i].demand;
        }
    }
    return method == MOD_EAS_METHOD_OTHER ? EAS_BY_PASSWORD : EAS_BY_BOTH;
}

const char *mod_eas_method_name(mod_eas_method method)
{
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (types[i].method == method) {
            return types[i].name;
        }
    }
    return NULL;
}

const char *mod_eas_method_of_exchange(mod_eas_method method)
{
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (types[i].method == method) {
            return types[i].of_exchange;
        }
    }
    return NULL;
}

int mod_eas_method_has_certificates(mod_eas_method method)
{
    return method == MOD_EAS_METHOD_EITHER || method == MOD_EAS_METHOD_BOTH
           || method == MOD_EAS_METHOD_CERTIFICATE;
}

int mod_eas_method_has_passwords(mod_eas_method method)
{
    return method == MOD_EAS_METHOD_PROVIDER || method == MOD_EAS_METHOD_BASIC
           || method == MOD_EAS_METHOD_EITHER || method == MOD_EAS_METHOD_BOTH;
}
