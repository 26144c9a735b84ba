/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the shield, a row each: 2 guesses a budget, 3 together, in a
 * window of 1000 s (1005 with the margin), refused_ttl 600 s. */
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "lockout.h"
#include "tap.h"

/* A script: tries of three characters and times.
 *   client      u unfamiliar, f familiar, s a shared network
 *   credential  a to z
 *   outcome     - wrong, + proven, ! forbidden, 0 void, ~ no answer,
 *               > under way until <x, x being its credential, settles it wrong
 *               (or )x right, (x void); what is never settled is killed
 *   @N          N seconds pass, to the millisecond
 *   U           an administrator unlocks
 * Each try adds a character to the answer: 1 reserved, p as a probe, L locked
 * for a while, s locked for a moment, k known wrong; a settlement that is news
 * ! (locked) or + (unlocked). */
static const struct {
    const char *name;
    const char *script;
    const char *answer;
} rows[] = {
    {"a budget of two", "ua- ub- uc-", "11!L"},
    {"a familiar client has its own", "ua- ub- fc- fd-", "11!1!L"},
    {"both together have three", "fa- fb- uc- ud-", "11!1!L"},
    {"the same wrong password is no guess", "ua- ua- ua- ub- ub-", "1kk1!k"},
    {"nor is it from elsewhere", "ua- fa- sa-", "1kk"},
    {"a shared network is unfamiliar", "sa- sb- sc- uc-", "11!LL"},
    {"a success in a shared network makes nobody familiar", "sa+ sb- sc- sd-",
     "111!L"},
    {"a success makes the network familiar", "ua+ ub- uc- fd- fe-", "111!LL"},
    {"a success gives all back", "ua- ub+ uc- ud- ue-", "1111!L"},
    {"a success of the familiar unlocks", "ua- ub- fc+ ud-", "11!1+1"},
    {"forbidden is given back", "ua! ub! uc! ud-", "1111"},
    {"void is given back", "ua0 ub0 uc0 ud-", "1111"},
    {"no answer is not", "ua~ ub~ uc-", "11s"},
    {"no answer is no answer for half a minute", "ua~ ub~ @31 uc-", "11L"},
    {"but a success makes it good", "ua~ @61 ub- @61 fc+ @1 ud- ue- uf-",
     "11!1+11!L"},
    {"in flight counts", "ua> ub> uc-", "11s"},
    {"in flight, in both budgets", "ua> ub> fc> fd- <c", "111s"},
    {"given back from flight", "ua> ub> uc- (a uc- <b", "11s1!"},
    {"wrong in flight", "ua> ub> <a <b uc-", "11!L"},
    {"killed in flight counts", "ua> ub> @31 uc-", "11L"},
    {"killed in flight is forgotten after a window", "ua> ub> @1036 uc- ud-",
     "11p!L"},
    {"a success does not make good what was beside it", "fa> ub- )a uc- ud-",
     "111!L"},
    {"a success makes good what was before it", "ub- fa> )a uc- ud- ue-",
     "1111!L"},
    {"a failure beside a success, settled later", "ub> fa> )a <b uc- ud-",
     "111!L"},
    {"a window has to pass", "ua- ub- @1004 uc-", "11!L"},
    {"then there is a probe", "ua- ub- @1005 uc-", "11!p!"},
    {"one", "ua- ub- @1005 uc- ud-", "11!p!L"},
    {"one in flight", "ua- ub- @1005 uc> ud-", "11!ps"},
    {"which restarts the window", "ua- ub- @1005 uc- @1004 ud- @1 ud-",
     "11!p!Lp!"},
    {"tries while locked do not", "ua- ub- @900 uc- ud- @105 ue-", "11!LLp!"},
    {"a probe given back is there again", "ua- ub- @1005 uc0 ud-", "11!pp!"},
    {"a right probe makes all whole", "ua- ub- @1005 uc+ ud- ue-", "11!p+11!"},
    {"two windows make whole", "ua- ub- @2005 uc- ud-", "11!11!"},
    {"less do not", "ua- ub- @2004 uc- ud-", "11!p!L"},
    {"a budget not spent is whole in a window", "ua- @1005 ub- uc-", "111!"},
    {"and not before", "ua- @1004 ub- uc-", "11!L"},
    {"a failure of the familiar keeps the unfamiliar locked",
     "ua- ub- @500 fc- @600 ud- @405 ud-", "11!1!Lp!"},
    {"a guesser's probes leave the familiar theirs",
     "ua- fb- fc- @1005 ud- fe- uf-", "111!p!p!L"},
    {"an unlocked account has all", "ua- ub- U uc- ud- ue-", "11!11!L"},
    {"what was in flight when unlocked counts when wrong",
     "ua> ub> U <a uc- ud-", "111!L"},
    {"and is not given back when not", "ua> ub> U uc> ud> (a (b ue-", "1111s"},
    {"what is known wrong can become right", "ua- @1005 ua+ ub- uc- ud-",
     "1111!L"},
};

typedef struct stage {
    eas_page page;
    eas_moment now;
    eas_lockout lockout;
    flight flights[26];
    char answer[64];
    size_t length;
} stage;

static void tell(stage *s, char c)
{
    if (s->length < sizeof(s->answer) - 1) {
        s->answer[s->length++] = c;
    }
}

static void settle(stage *s, char credential, eas_outcome outcome)
{
    flight *f = &s->flights[credential - 'a'];
    eas_ledger_change change;

    f->attempt.now = s->now;
    change =
        eas_page_settle(&s->page, &f->attempt, &s->lockout, &f->hold, outcome);
    if (change.locked || change.unlocked) {
        tell(s, change.locked ? '!' : '+');
    }
}

static const struct {
    char c;
    eas_outcome outcome;
} outcomes[] = {{'-', EAS_OUTCOME_WRONG},      {'+', EAS_OUTCOME_PROVEN},
                {'!', EAS_OUTCOME_FORBIDDEN},  {'0', EAS_OUTCOME_VOID},
                {'~', EAS_OUTCOME_UNANSWERED}, {'<', EAS_OUTCOME_WRONG},
                {')', EAS_OUTCOME_PROVEN},     {'(', EAS_OUTCOME_VOID}};

static int outcome_of(char c, eas_outcome *outcome_out)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        if (outcomes[i].c == c) {
            *outcome_out = outcomes[i].outcome;
            return 1;
        }
    }
    return 0;
}

static void attempt(stage *s, const char *token)
{
    const lockout_directory directory = {.stamp = 1};
    flight *f = &s->flights[token[1] - 'a'];
    const eas_ledger_try a = {.credential = (apr_uint64_t)(token[1] - 'a' + 1),
                              .network = token[0] == 's'   ? 0
                                         : token[0] == 'f' ? 1
                                                           : 2,
                              .now = s->now};
    apr_interval_time_t wait;
    eas_outcome outcome;
    told answer;

    if (!depart(&s->page, &s->lockout, &directory, a, f, &answer, &wait)) {
        tell(s, answer == TOLD_WRONG       ? 'k'
                : wait == EAS_GUESS_FLYING ? 's'
                                           : 'L');
        return;
    }
    tell(s, f->hold.is_probe ? 'p' : '1');
    if (outcome_of(token[2], &outcome)) {
        settle(s, token[1], outcome);
    }
}

static const char *play(const char *script)
{
    static stage s;
    char text[128];
    char *last = NULL;
    eas_outcome outcome;

    memset(&s, 0, sizeof(s));
    s.now = HOURS(100);
    s.lockout = (eas_lockout){.mode = EAS_LOCKOUT_ENFORCE,
                              .attempts = 2,
                              .ceiling = 3,
                              .window = SECONDS(1000),
                              .refused_ttl = SECONDS(600)};
    eas_page_start(&s.page, s.now);
    eas_familiar_add(&s.page.familiar, 1, s.now);
    snprintf(text, sizeof(text), "%s", script);
    for (char *token = apr_strtok(text, " ", &last); token;
         token = apr_strtok(NULL, " ", &last)) {
        if (token[0] == '@') {
            s.now += SECONDS(atoi(token + 1));
        }
        else if (token[0] == 'U') {
            eas_guesses_forget(&s.page.guesses, s.now);
        }
        else if (outcome_of(token[0], &outcome)) {
            settle(&s, token[1], outcome);
        }
        else {
            attempt(&s, token);
        }
    }
    return s.answer;
}

int main(void)
{
    apr_initialize();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(play(rows[i].script), rows[i].answer, rows[i].name);
    }
    apr_terminate();
    return done_testing();
}
