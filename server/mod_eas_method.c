/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_method.h"

#include <httpd.h>

static const struct {
    mod_eas_method method;
    const char *name;
    const char *of_exchange;
} types[] = {
    {MOD_EAS_METHOD_BASIC, "EAS-Basic", "Basic on, client certificates Ignore"},
    {MOD_EAS_METHOD_EITHER, "EAS-Either",
     "Basic on, client certificates Accept"},
    {MOD_EAS_METHOD_BOTH, "EAS-Both", "Basic on, client certificates Require"},
    {MOD_EAS_METHOD_CERTIFICATE, "EAS-Certificate",
     "Basic off, client certificates Require"},
};

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

mod_eas_method mod_eas_method_by_name(const char *word)
{
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (!ap_cstr_casecmp(word, types[i].name)) {
            return types[i].method;
        }
    }
    return ap_cstr_casecmpn(word, "EAS-", 4) ? MOD_EAS_METHOD_OTHER
                                             : MOD_EAS_METHOD_UNKNOWN;
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
