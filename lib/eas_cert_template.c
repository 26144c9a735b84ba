/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_template.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <openssl/objects.h>

#include "eas_cert_text.h"
#include "eas_filter.h"
#include "eas_text.h"

typedef enum { PIECE_END, PIECE_TEXT, PIECE_PLACE, PIECE_FAULT } piece_kind;

/* A place while the text around it is looked at: no text holds it. */
#define MARK '\001'

/* The short name that OpenSSL has, and others for the same. */
typedef struct component {
    const char *name;
    const char *aliases[3];
} component;

static const component components[] = {
    {"CN", {"commonName"}},
    {"SN", {"surname"}},
    {"GN", {"givenName", "G"}},
    {"initials", {NULL}},
    {"generationQualifier", {NULL}},
    {"name", {NULL}},
    {"title", {"T"}},
    {"pseudonym", {NULL}},
    {"serialNumber", {NULL}},
    {"UID", {"userId"}},
    {"emailAddress", {"E", "email"}},
    {"mail", {"rfc822Mailbox"}},
    {"DC", {"domainComponent"}},
    {"O", {"organizationName"}},
    {"OU", {"organizationalUnitName"}},
    {"organizationIdentifier", {NULL}},
    {"C", {"countryName"}},
    {"ST", {"stateOrProvinceName", "S"}},
    {"L", {"localityName"}},
    {"street", {"streetAddress"}},
    {"postalCode", {NULL}},
    {"telephoneNumber", {NULL}},
    {"description", {NULL}},
    {"dnQualifier", {NULL}},
    {"role", {NULL}},
    {"unstructuredName", {NULL}},
    {"unstructuredAddress", {NULL}},
};

enum { COMPONENTS = sizeof(components) / sizeof(components[0]) };

static int is_called(const component *c, const char *name)
{
    if (apr_cstr_casecmp(c->name, name) == 0) {
        return 1;
    }
    for (int i = 0; i < 3 && c->aliases[i]; i++) {
        if (apr_cstr_casecmp(c->aliases[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* As eas_cert_part names it.  @return NULL for a name nobody knows */
static const char *short_name(const char *name)
{
    for (int i = 0; i < COMPONENTS; i++) {
        if (is_called(&components[i], name)) {
            return components[i].name;
        }
    }
    if (*name >= '0' && *name <= '9' && eas_filter_is_attribute(name)) {
        const int nid = OBJ_txt2nid(name);

        return nid == NID_undef ? name : OBJ_nid2sn(nid);
    }
    return NULL;
}

static piece_kind piece_read(const char **at, apr_pool_t *pool,
                             const char **text_out)
{
    const char *from = *at;
    const char *end;

    if (*from == '\0') {
        return PIECE_END;
    }
    if (*from != '%') {
        *at += strcspn(from, "%");
        *text_out = apr_pstrmemdup(pool, from, (apr_size_t)(*at - from));
        return PIECE_TEXT;
    }
    if (from[1] == '%') {
        *at += 2;
        *text_out = "%";
        return PIECE_TEXT;
    }
    end = from[1] == '{' ? strchr(from, '}') : NULL;
    if (!end) {
        return PIECE_FAULT;
    }
    *at = end + 1;
    *text_out = apr_pstrmemdup(pool, from + 2, (apr_size_t)(end - from - 2));
    return PIECE_PLACE;
}

static const char *text_check(const char *text)
{
    const apr_size_t length = strlen(text);

    return !eas_text_is_utf8(text, length) || eas_text_has_control(text, length)
               ? "a template is UTF-8 without control characters"
               : NULL;
}

/* The text with a mark for each place.  @return NULL, or what is wrong */
static const char *shape_make(const char *text, apr_pool_t *pool,
                              const char **shape_out)
{
    apr_array_header_t *parts = apr_array_make(pool, 8, sizeof(const char *));
    const char *part = NULL;
    piece_kind kind;
    int places = 0;

    while ((kind = piece_read(&text, pool, &part)) != PIECE_END) {
        if (kind == PIECE_FAULT) {
            return "% is followed by {NAME}, a component of the subject, or "
                   "by % (a per cent sign)";
        }
        if (kind == PIECE_PLACE && !short_name(part)) {
            return apr_psprintf(pool,
                                "%s is no component of a subject that is "
                                "known, such as CN, UID or emailAddress; "
                                "others are written as an OID",
                                eas_text_quote(part, pool));
        }
        places += kind == PIECE_PLACE;
        APR_ARRAY_PUSH(parts, const char *) =
            kind == PIECE_PLACE ? "\001" : part;
    }
    *shape_out = apr_array_pstrcat(pool, parts, '\0');
    return places ? NULL : "a template has a %{NAME}";
}

static int is_hex(char c)
{
    return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

/* Where a filter is, while it is looked at. */
typedef struct filter_state {
    int depth;
    int is_value;
    int has_place;
    int has_star;
} filter_state;

/* @return whether the filter may go on so */
static int filter_parenthesis(filter_state *state, const char *at)
{
    const int is_open = *at == '(';

    if (is_open ? state->is_value : state->depth == 0) {
        return 0;
    }
    state->depth += is_open ? 1 : -1;
    state->is_value = state->has_place = state->has_star = 0;
    return state->depth > 0 || at[1] == '\0';
}

static const char *filter_step(filter_state *state, const char *at)
{
    switch (*at) {
    case '(':
    case ')':
        return filter_parenthesis(state, at)
                   ? NULL
                   : "a filter is one, and has balanced parentheses";
    case '=':
        state->is_value = 1;
        return NULL;
    case '\\':
        return is_hex(at[1]) && is_hex(at[2])
                   ? NULL
                   : "a backslash in a filter is followed by two hexadecimal "
                     "digits (RFC 4515)";
    case MARK:
        state->has_place = 1;
        break;
    case '*':
        state->has_star = 1;
        break;
    default:
        return NULL;
    }
    if (state->has_place && !state->is_value) {
        return "%{NAME} stands in a value, behind a =";
    }
    return state->has_place && state->has_star
               ? "a value with %{NAME} has no *, which others match as well"
               : NULL;
}

static const char *filter_check(const char *shape)
{
    filter_state state = {0, 0, 0, 0};
    const char *problem = NULL;

    for (; *shape && !problem; shape++) {
        problem = filter_step(&state, shape);
    }
    if (!problem && state.depth > 0) {
        problem = "a filter is one, and has balanced parentheses";
    }
    return problem;
}

/* The value of one part of a DN, up to what parts it from the next. */
static const char *value_check(const char **at)
{
    const char *from = *at;

    while (**at && **at != ',' && **at != '+') {
        const char c = **at;
        const int is_pair = c == '\\' && is_hex((*at)[1]);

        if (strchr("\"<>;", c) || (c == '#' && *at == from)
            || (c == '\\' && ((*at)[1] == MARK || (*at)[1] == '\0'))
            || (is_pair && !is_hex((*at)[2]))) {
            return "special characters in a DN are escaped (RFC 4514)";
        }
        *at += c == '\\' ? 2 + is_pair : 1;
    }
    return *at == from ? "no value of a DN is empty" : NULL;
}

static const char *dn_check(const char *shape, apr_pool_t *pool)
{
    for (;;) {
        apr_size_t length;
        const char *problem;

        shape += strspn(shape, " ");
        length = strcspn(shape, "=");
        if (shape[length] == '\0'
            || !eas_filter_is_attribute(apr_pstrmemdup(pool, shape, length))) {
            return "a template is a DN, such as uid=%{UID},dc=example, or a "
                   "filter in parentheses; %{NAME} stands behind a =";
        }
        shape += length + 1;
        problem = value_check(&shape);
        if (problem || *shape == '\0') {
            return problem;
        }
        shape++;
    }
}

const char *eas_cert_template_check(const char *text, apr_pool_t *pool)
{
    const char *shape = NULL;
    const char *problem = text_check(text);

    if (!problem) {
        problem = shape_make(text, pool, &shape);
    }
    if (!problem) {
        problem = *shape == '(' ? filter_check(shape) : dn_check(shape, pool);
    }
    return problem;
}

/* How often the subject has a component; the last of them. */
static int component_count(const eas_cert *cert, const char *name,
                           const char **value_out)
{
    int count = 0;

    for (int i = 0; i < cert->parts->nelts; i++) {
        const eas_cert_part *part =
            &APR_ARRAY_IDX(cert->parts, i, eas_cert_part);

        if (apr_cstr_casecmp(part->name, name) == 0) {
            *value_out = part->value;
            count++;
        }
    }
    return count;
}

static eas_reason component_find(const eas_cert *cert, const char *name,
                                 apr_pool_t *pool, const char **value_out,
                                 const char **detail_out)
{
    const char *value = NULL;
    const int count = component_count(cert, name, &value);
    const char *fault = NULL;

    if (count > 1) {
        fault = "is there more than once";
    }
    else if (count == 1 && !value) {
        fault = "cannot be decoded";
    }
    else if (count == 1 && *value == '\0') {
        fault = "is empty";
    }
    else if (count == 1 && !eas_cert_text_is_plain(value, pool)) {
        fault = EAS_CERT_TEXT_NOT_PLAIN;
    }
    if (fault) {
        *detail_out = apr_psprintf(pool, "%s of the subject %s", name, fault);
        return EAS_CERT_MALFORMED;
    }
    *value_out = count ? value : NULL;
    return EAS_REASON_NONE;
}

eas_reason eas_cert_template_fill(const char *text, const eas_cert *cert,
                                  apr_pool_t *pool, const char **value_out,
                                  const char **detail_out)
{
    apr_array_header_t *parts = apr_array_make(pool, 8, sizeof(const char *));
    const int is_filter = *text == '(';
    const char *part = NULL;
    piece_kind kind;
    int lacks = 0;

    if (cert->parts_fault) {
        *detail_out = cert->parts_fault;
        return EAS_CERT_MALFORMED;
    }
    while ((kind = piece_read(&text, pool, &part)) > PIECE_END) {
        if (kind == PIECE_PLACE) {
            eas_reason reason =
                component_find(cert, short_name(part), pool, &part, detail_out);

            if (reason != EAS_REASON_NONE) {
                return reason;
            }
            lacks |= part == NULL;
            part = part ? part : "";
            part = is_filter ? eas_filter_escape(part, strlen(part), pool)
                             : eas_filter_escape_dn(part, pool);
        }
        APR_ARRAY_PUSH(parts, const char *) = part;
    }
    *value_out = lacks ? NULL : apr_array_pstrcat(pool, parts, '\0');
    return EAS_REASON_NONE;
}
