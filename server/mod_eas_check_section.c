/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_section.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "mod_eas_check_cert_conf.h"
#include "mod_eas_check_names.h"
#include "mod_eas_check_rules.h"
#include "mod_eas_check_shield.h"
#include "mod_eas_reach.h"
#include "mod_eas_require.h"

/* One section under examination. */
typedef struct subject {
    mod_eas_findings *findings;
    const mod_eas_section *section;
    const mod_eas_dir *dir; /* in effect */
    mod_eas_method method;
    const char *title;
} subject;

int mod_eas_check_is_guarded(apr_pool_t *pool, const mod_eas_section *section)
{
    mod_eas_method method = mod_eas_section_method(pool, section);

    return method == MOD_EAS_METHOD_PROVIDER || mod_eas_method_name(method);
}

/* Said where it is written, not in each section that takes it over. */
static void check_auth_type(const subject *s)
{
    const ap_directive_t *line = s->section->auth_type;
    const char *word =
        line ? mod_eas_section_word(s->findings->pool, line) : "";

    if (line && s->method == MOD_EAS_METHOD_UNKNOWN) {
        mod_eas_finding_error(
            s->findings, line,
            "EAS0212: AuthType %s is not known; the "
            "ones with EAS- before them are EAS-Basic, EAS-Either, EAS-Both "
            "and EAS-Certificate",
            word);
    }
    if (line && s->method == MOD_EAS_METHOD_EXPRESSION) {
        mod_eas_finding_error(
            s->findings, line,
            "EAS0213: AuthType %s is an expression, so "
            "that nobody could say before a request whether it is guarded; "
            "write AuthType EAS-Basic, in an <If> where it depends on the "
            "request",
            word);
    }
}

static void check_provider(const subject *s)
{
    if (s->dir->provider_names) {
        return;
    }
    if (mod_eas_method_name(s->method)) {
        mod_eas_finding_error(
            s->findings, mod_eas_section_auth_type(s->section),
            "EAS0214: %s has AuthType %s and no EASAuthProvider, in "
            "it or around it, so nobody could be verified; add "
            "EASAuthProvider NAME",
            s->title, mod_eas_method_name(s->method));
    }
    else if (!s->section->alias_names_providers) {
        mod_eas_finding_error(
            s->findings,
            s->section->provider ? s->section->provider : s->section->node,
            "EAS0215: %s asks the provider \"eas\" (AuthBasicProvider) "
            "and has no EASAuthProvider, in it or around it, so nobody could "
            "be verified; add EASAuthProvider NAME",
            s->title);
    }
}

static void check_limit(const subject *s)
{
    const ap_directive_t *line = s->section->limited;

    if (line) {
        mod_eas_finding_error(
            s->findings, line,
            "EAS0227: %s stands in %s, so that every "
            "other method is let in for whoever is verified and by no rule "
            "at all; take it out of there and use Require method for what "
            "depends on the method, or write EASAuthAllowUserless On where "
            "other methods are meant for everybody",
            line->directive[0] == '<'
                ? apr_pstrcat(s->findings->pool, line->directive, ">", NULL)
                : line->directive,
            line->parent ? apr_pstrcat(s->findings->pool,
                                       line->parent->directive, ">", NULL)
                         : "<Limit>");
    }
}

/* With EASAuthAllowUserless none of these is a mistake. */
static void check_userless(const subject *s)
{
    apr_pool_t *pool = s->findings->pool;
    const ap_directive_t *line;

    line = mod_eas_section_satisfy_any(pool, s->section);
    if (line) {
        mod_eas_finding_error(
            s->findings, line,
            "EAS0225: Satisfy Any in %s lets a request "
            "in that shows nothing of what AuthType %s asks for; write "
            "Satisfy All, or EASAuthAllowUserless On where it is meant so",
            s->title, mod_eas_method_name(s->method));
    }
    line = mod_eas_require_userless(pool, s->section);
    if (line) {
        mod_eas_finding_error(
            s->findings, line,
            "EAS0226: Require %s in %s lets a request "
            "in without a user; put it beside Require valid-user in a "
            "<RequireAll>, or write EASAuthAllowUserless On where it is "
            "meant so",
            line->args, s->title);
    }
    check_limit(s);
}

static void check_require(const subject *s)
{
    if (!mod_eas_require_written(s->section)) {
        mod_eas_finding_error(
            s->findings,
            s->section->auth_type ? s->section->auth_type : s->section->node,
            "EAS0224: %s has AuthType %s and no Require, in it or "
            "around it, and httpd would answer 500 to everybody; add Require "
            "valid-user",
            s->title, mod_eas_method_name(s->method));
    }
    if (s->dir->allow_userless != MOD_EAS_ON) {
        check_userless(s);
    }
}

static void check_fake_basic(const subject *s)
{
    const ap_directive_t *line =
        mod_eas_section_fake_basic(s->findings->pool, s->section);

    if (line) {
        mod_eas_finding_error(
            s->findings, line,
            "EAS0228: SSLOptions FakeBasicAuth is in "
            "effect in %s and replaces the password of the phone by one that "
            "mod_ssl made up; write SSLOptions -FakeBasicAuth there",
            s->title);
    }
}

static void check_tls(const subject *s)
{
    if (s->dir->require_tls == MOD_EAS_OFF) {
        mod_eas_finding_warning(
            s->findings, mod_eas_section_line(s->section, "EASAuthRequireTLS"),
            "EAS0204: EASAuthRequireTLS Off in %s: %s are accepted "
            "that crossed the network in the clear; remove it unless a proxy "
            "on this machine has ended TLS",
            s->title,
            mod_eas_method_has_passwords(s->method) ? "passwords" : "requests");
    }
}

/* Whether (?i) or the like stands in a regular expression. */
static int has_case_flag(const char *regex)
{
    for (; (regex = strstr(regex, "(?")); regex += 2) {
        const char *flag = regex + 2;

        while (apr_isalpha(*flag)) {
            if (*flag++ == 'i') {
                return 1;
            }
        }
    }
    return 0;
}

/* RegexDefaultOptions can make every regular expression blind to case. */
static int icase_is_default(apr_pool_t *pool)
{
    int is_default = 0;

    for (const ap_directive_t *line = ap_conftree; line; line = line->next) {
        const char *words = line->args;
        const char *word;

        if (ap_cstr_casecmp(line->directive, "RegexDefaultOptions")) {
            continue;
        }
        while (*(word = ap_getword_conf(pool, &words))) {
            if (!ap_cstr_casecmp(word + (*word == '+' || *word == '-'),
                                 "ICASE")) {
                is_default = *word != '-';
            }
        }
    }
    return is_default;
}

/* Exchange and IIS do not look at case, httpd does: a back end of theirs
 * behind `ProxyPass /` would answer the other spellings unguarded. */
static void check_case(const subject *s)
{
    const ap_directive_t *node = s->section->node;
    apr_pool_t *pool = s->findings->pool;

    if (ap_cstr_casecmpn(node->directive, "<Location", 9)
        || (!ap_strcasestr(node->args, "Microsoft-Server-ActiveSync")
            && !ap_strcasestr(node->args, "Autodiscover"))) {
        return;
    }
    if (mod_eas_reach_is_regex(pool, node)
        && (has_case_flag(node->args) || icase_is_default(pool))) {
        return;
    }
    mod_eas_finding_warning(
        s->findings, node,
        "EAS0205: %s matches this spelling alone, "
        "while Exchange and others answer any: other capital letters walk "
        "past it; write <LocationMatch \"(?i)^/(Microsoft-Server-ActiveSync|"
        "Autodiscover)(/|$)\">",
        s->title);
}

static int is_something(mod_eas_method method)
{
    return method != MOD_EAS_METHOD_OTHER;
}

/* Who names a provider believes that something is guarded. */
static void check_use(const subject *s, const apr_array_header_t *sections)
{
    const ap_directive_t *line;

    if (mod_eas_reach_serves(s->findings->pool, sections, s->section,
                             is_something)) {
        return;
    }
    line = mod_eas_section_line(s->section, "EASAuthProvider");
    mod_eas_finding_error(
        s->findings, line,
        "EAS0229: EASAuthProvider %s guards nothing: "
        "%s has neither an EAS- AuthType nor AuthBasicProvider eas, in it "
        "or around it; add AuthType EAS-Basic, or remove EASAuthProvider",
        line ? line->args : "", s->title);
}

/* A section that takes everything over has been judged with the one around
 * it. */
static int says_something(const mod_eas_section *section)
{
    return section->auth_type || section->satisfy || section->require
           || section->merging || section->provider || section->dir
           || section->ssl_options->nelts;
}

void mod_eas_check_section(mod_eas_findings *findings,
                           const apr_array_header_t *sections,
                           const mod_eas_section *section)
{
    subject s = {findings, section, NULL, MOD_EAS_METHOD_OTHER, NULL};

    if (section->is_server || section->is_alias || !says_something(section)) {
        return;
    }
    s.dir = mod_eas_section_dir(findings->pool, section);
    s.method = mod_eas_section_method(findings->pool, section);
    s.title = mod_eas_section_title(findings->pool, section);
    check_auth_type(&s);
    if (mod_eas_check_is_guarded(findings->pool, section)) {
        check_provider(&s);
        check_fake_basic(&s);
        check_tls(&s);
        check_case(&s);
        mod_eas_check_remote_user(findings, section);
        mod_eas_check_shield(findings, section);
    }
    if (mod_eas_method_name(s.method)) {
        check_require(&s);
    }
    mod_eas_check_rules(findings, section);
    mod_eas_check_cert_conf(findings, sections, section);
    if (section->dir && section->dir->provider_names) {
        check_use(&s, sections);
    }
}
