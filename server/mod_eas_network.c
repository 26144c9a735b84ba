/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_network.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

/* APR would take 10.1 for 10.1.0.0/16. */
static int is_whole(const char *address)
{
    int dots = 0;

    for (const char *c = address; *c && *c != '/'; c++) {
        dots += *c == '.';
    }
    return dots == 3 || strchr(address, ':');
}

static int is_number(const char *text)
{
    const char *c = text;

    while (apr_isdigit(*c)) {
        c++;
    }
    return c > text && !*c;
}

static apr_ipsubnet_t *read_network(apr_pool_t *pool, const char *word)
{
    char *address = apr_pstrdup(pool, word);
    char *slash = strchr(address, '/');
    apr_ipsubnet_t *made = NULL;

    if (slash) {
        *slash++ = '\0';
    }
    if (!is_whole(word) || (slash && !is_number(slash))
        || apr_ipsubnet_create(&made, address, slash, pool) != APR_SUCCESS) {
        return NULL;
    }
    return made;
}

const char *mod_eas_networks_read(apr_pool_t *pool, int count,
                                  char *const words[],
                                  const apr_array_header_t **networks_out,
                                  const char **shown_out)
{
    apr_array_header_t *networks =
        apr_array_make(pool, count, sizeof(apr_ipsubnet_t *));
    const char *shown = "";

    for (int i = 0; i < count; i++) {
        apr_ipsubnet_t *network = read_network(pool, words[i]);

        if (!network) {
            return apr_psprintf(pool,
                                "\"%s\" is neither an address nor a network, "
                                "such as 192.0.2.7, 192.0.2.0/24 or "
                                "2001:db8::/32",
                                words[i]);
        }
        APR_ARRAY_PUSH(networks, apr_ipsubnet_t *) = network;
        shown = apr_pstrcat(pool, shown, i ? " " : "", words[i], NULL);
    }
    *networks_out = networks;
    *shown_out = shown;
    return NULL;
}

int mod_eas_networks_have(const apr_array_header_t *networks,
                          apr_sockaddr_t *address)
{
    for (int i = 0; networks && i < networks->nelts; i++) {
        if (apr_ipsubnet_test(APR_ARRAY_IDX(networks, i, apr_ipsubnet_t *),
                              address)) {
            return 1;
        }
    }
    return 0;
}
