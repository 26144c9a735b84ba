/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_remote_user.h"

#include <string.h>

#include "eas_text.h"

/* Values of one attribute. */
typedef struct values {
    const char *first;
    int count;
} values;

static int count_value(void *self, const char *name, const char *value)
{
    values *found = self;

    (void)name;
    if (found->count++ == 0) {
        found->first = value;
    }
    return 1;
}

/* The value of the attribute REMOTE_USER is taken from, or NULL unless there
 * is exactly one: which of several a search lists first is chance. */
static const char *only_value(const eas_policy *policy,
                              const eas_identity *identity)
{
    values found = {NULL, 0};

    if (identity->attributes) {
        apr_table_do(count_value, &found, identity->attributes,
                     policy->remote_attribute, NULL);
    }
    return found.count == 1 ? found.first : NULL;
}

/* `%d\%u` without a user would still be text, so the user is asked for. */
static const char *from_template(const eas_policy *policy,
                                 const eas_account *account, apr_pool_t *pool)
{
    if (!account->user || !*account->user) {
        return NULL;
    }
    return eas_template_expand(policy->remote_user, account->user,
                               account->domain, NULL, pool);
}

/* It travels on in headers, environments and logs, where a line break from the
 * directory would begin another field. */
const char *eas_remote_user(const eas_policy *policy,
                            const eas_identity *identity, apr_pool_t *pool)
{
    const char *name = policy->remote_attribute
                           ? only_value(policy, identity)
                           : from_template(policy, &identity->account, pool);
    apr_size_t length = name ? strlen(name) : 0;

    return eas_text_is_utf8(name, length) && !eas_text_has_control(name, length)
               ? name
               : NULL;
}
