#include "company_ride.h"

#include "company_key.h"
#include "joined.h"

#include <stdlib.h>

/* --- a party ------------------------------------------------------------------------
 */

enum dsi_status dsi_party_open(struct dsi_party *party, struct dsi_error *err)
{
    const struct dsi_tool_scan *first = party->members[0]->scan;
    party->dataset = (struct dsi_dataset){0};
    party->found = dsi_tool_report(first->call->tool);
    if (!party->found)
        return dsi_fail_memory(err, 0);
    return dsi_dataset_open(&party->dataset, first->inputs.names, first->inputs.n,
                            &party->opening.options, party->found, err);
}

void dsi_party_close(struct dsi_party *party)
{
    dsi_dataset_close(&party->dataset);
    dsi_report_free(party->found);
    party->dataset = (struct dsi_dataset){0};
    party->found = NULL;
}

void dsi_party_free(struct dsi_party *party)
{
    dsi_party_close(party);
    free(party->members);
    party->members = NULL;
}

static bool has_rule(const struct dsi_tool *tool, const char *rule)
{
    return !tool->rules || dsi_word_is_in(tool->rules, rule);
}

/* Data that cannot be read is for all. */
enum dsi_status dsi_party_tell(const struct dsi_party *party, struct dsi_error *err)
{
    for (size_t f = 0; f < dsi_report_n_findings(party->found); f++) {
        const struct dsi_finding finding = dsi_report_finding_at(party->found, f);
        for (size_t i = 0; i < party->n; i++) {
            const struct dsi_tool_scan *scan = party->members[i]->scan;
            if (finding.severity == DSI_ERROR || dsi_rule_is_data(finding.rule) ||
                has_rule(scan->call->tool, finding.rule))
                DSI_TRY(dsi_report_finding(scan->report, &finding, err));
        }
    }
    return DSI_OK;
}

void dsi_member_fail(struct dsi_member *member, const struct dsi_error *err)
{
    member->has_failed = true;
    member->code = DSI_EXIT_TROUBLE;
    member->err = *err;
    if (member->scan)
        member->scan->dataset = (struct dsi_dataset){0};
}

void dsi_party_fail(struct dsi_party *party, const struct dsi_error *err)
{
    for (size_t i = 0; i < party->n; i++)
        dsi_member_fail(party->members[i], err);
    party->n = 0;
}

/* The others go on without it. */
static void drop_member(struct dsi_party *party, size_t i, const struct dsi_error *err)
{
    dsi_member_fail(party->members[i], err);
    party->n--;
    for (; i < party->n; i++)
        party->members[i] = party->members[i + 1];
}

/* --- what runs ----------------------------------------------------------------------
 */

enum { READABLE, READABLE_HEADERS, N_READABLE };

static unsigned need_of(const struct dsi_tool_scan *scan)
{
    return scan->check->need(scan->parameters);
}

static bool is_of_headers(const struct dsi_tool_scan *scan)
{
    return need_of(scan) & DSI_NEED_HEADER && !(need_of(scan) & DSI_NEED_VALUES);
}

/* NULL: it reads no file. */
static const struct dsi_check_run *readable_for(const struct dsi_party *party,
                                                const struct dsi_tool_scan *scan)
{
    const unsigned files = DSI_NEED_HEADER | DSI_NEED_VALUES | DSI_NEED_FILES;
    if (party->opening.are_folders && !(need_of(scan) & files))
        return NULL;
    return &party->runs[party->n + (is_of_headers(scan) ? READABLE_HEADERS : READABLE)];
}

/* What is readable: of all that is read, and, where somebody reads headers alone, of
 * these. */
static enum dsi_status begin_readable(struct dsi_party *party, struct dsi_error *err)
{
    extern const struct dsi_check dsi_check_readable;
    static const bool of_headers = true;
    bool has_headers = false;
    for (size_t i = 0; i < party->n; i++)
        has_headers |= is_of_headers(party->members[i]->scan);
    party->n_runs = party->n + (has_headers ? N_READABLE : READABLE_HEADERS);
    struct dsi_check_run *runs = party->runs + party->n;
    runs[READABLE].check = &dsi_check_readable;
    if (has_headers)
        runs[READABLE_HEADERS] = (struct dsi_check_run){.check = &dsi_check_readable,
                                                        .parameters = &of_headers};
    for (size_t i = party->n; i < party->n_runs; i++)
        DSI_TRY(dsi_check_run_init(&party->runs[i], &party->dataset, err));
    return DSI_OK;
}

/* A check for each member, from where the party's begin. */
static enum dsi_status begin_party(struct dsi_party *party, struct dsi_check_run *runs,
                                   struct dsi_error *err)
{
    struct dsi_error reason;
    party->runs = runs;
    for (size_t i = 0; i < party->n;) {
        const struct dsi_tool_scan *scan = party->members[i]->scan;
        runs[i] = (struct dsi_check_run){.check = scan->check,
                                         .parameters = scan->parameters};
        if (dsi_check_run_init(&runs[i], &party->dataset, &reason) == DSI_OK)
            i++;
        else
            drop_member(party, i, &reason);
    }
    return begin_readable(party, err);
}

/* --- a ride -------------------------------------------------------------------------
 */

struct ride {
    struct dsi_party *const *parties;
    size_t n_parties;
    const struct dsi_company *company;
    const struct dsi_tool_call *call; /* of any of them */
    struct dsi_joined joined;         /* of several parties */
    struct dsi_check_run *runs;       /* one party's after another's */
    size_t n_runs;
    const struct dsi_dataset *all; /* what is scanned */
};

static enum dsi_status join(struct ride *ride, struct dsi_error *err)
{
    const struct dsi_dataset **datasets =
        dsi_alloc_array(ride->n_parties, sizeof *datasets);
    if (!datasets)
        return dsi_fail_memory(err, ride->n_parties * sizeof *datasets);
    for (size_t p = 0; p < ride->n_parties; p++)
        datasets[p] = &ride->parties[p]->dataset;
    const enum dsi_status status =
        dsi_dataset_join(&ride->joined, datasets, ride->n_parties, err);
    free(datasets);
    ride->all = &ride->joined.dataset;
    return status;
}

static enum dsi_status begin(struct ride *ride, struct dsi_error *err)
{
    size_t n_most = 0;
    for (size_t p = 0; p < ride->n_parties; p++)
        n_most += ride->parties[p]->n + N_READABLE;
    ride->runs = dsi_alloc_zeroed(n_most, sizeof *ride->runs);
    if (!ride->runs)
        return dsi_fail_memory(err, n_most * sizeof *ride->runs);
    ride->all = &ride->parties[0]->dataset;
    if (ride->n_parties > 1)
        DSI_TRY(join(ride, err));
    for (size_t p = 0; p < ride->n_parties; p++) {
        struct dsi_party *party = ride->parties[p];
        const enum dsi_status status =
            begin_party(party, ride->runs + ride->n_runs, err);
        ride->n_runs += party->n_runs;
        DSI_TRY(status);
        for (size_t i = 0; ride->n_parties > 1 && i < party->n_runs; i++)
            party->runs[i].group_of_part = ride->joined.group_of_part[p];
    }
    return DSI_OK;
}

static void end(struct ride *ride)
{
    for (size_t i = 0; ride->runs && i < ride->n_runs; i++)
        dsi_check_run_free(&ride->runs[i]);
    free(ride->runs);
    dsi_joined_free(&ride->joined);
    for (size_t p = 0; p < ride->n_parties; p++) {
        ride->parties[p]->runs = NULL;
        ride->parties[p]->n_runs = 0;
    }
}

/* Without the cache, as any tool; with it, no more than what has changed. */
static enum dsi_status fold(const struct ride *ride, bool *more, struct dsi_error *err)
{
    const struct dsi_company *company = ride->company;
    struct dsi_cache *cache = NULL;
    uint8_t key[DSI_CACHE_KEY_SIZE];
    bool is_whole = false;
    enum dsi_status status = DSI_OK;
    if (company->cache) {
        const struct dsi_cache_options options = {.folder = company->cache,
                                                  .key = key,
                                                  .now = company->now,
                                                  .n_threads =
                                                      dsi_tool_n_workers(ride->call)};
        DSI_TRY(dsi_company_key(ride->parties, ride->n_parties, key, err));
        DSI_TRY(dsi_cache_open(&cache, &options, ride->all, ride->runs, ride->n_runs,
                               &is_whole, err));
    }
    if (!is_whole)
        status = dsi_tool_fold(ride->call, ride->all, ride->runs, ride->n_runs, cache,
                               more, err);
    if (status == DSI_OK && cache && !is_whole && !*more)
        status = dsi_cache_end(cache, err);
    if (dsi_cache_failure(cache))
        dsi_tool_say("check", "--cache", dsi_cache_failure(cache));
    dsi_cache_close(cache);
    return status;
}

/* --- what came of it ----------------------------------------------------------------
 */

static enum dsi_status fill_report(const struct dsi_party *party, size_t i, bool more,
                                   struct dsi_error *err)
{
    struct dsi_tool_scan *scan = party->members[i]->scan;
    enum dsi_status status = DSI_OK;
    if (party->runs) {
        scan->runs[0] = party->runs[i];
        status = dsi_tool_fill_report(scan, readable_for(party, scan),
                                      more && !scan->runs[0].is_done, err);
        scan->runs[0] = (struct dsi_check_run){0};
    }
    DSI_TRY(status);
    return dsi_tool_settle(scan->call, scan->report) ? DSI_OK : dsi_fail_memory(err, 0);
}

static void finish(struct dsi_party *party, bool more)
{
    struct dsi_error err;
    for (size_t i = 0; i < party->n; i++) {
        struct dsi_member *member = party->members[i];
        if (fill_report(party, i, more, &err) != DSI_OK) {
            dsi_member_fail(member, &err);
            continue;
        }
        member->report = member->scan->report;
        member->scan->report = NULL;
        member->scan->dataset = (struct dsi_dataset){0};
        member->is_empty = !party->runs;
        member->code = party->dataset.n_failed_inputs || !party->runs ? DSI_EXIT_TROUBLE
                                                                      : DSI_EXIT_FINE;
    }
}

/* Whether anything could not be read, or not without a warning: a party might not have
 * read it by itself. */
static enum dsi_status find_unreadable(const struct ride *ride, bool *any,
                                       struct dsi_error *err)
{
    *any = false;
    for (size_t p = 0; p < ride->n_parties; p++) {
        const struct dsi_party *party = ride->parties[p];
        struct dsi_report *found = dsi_tool_report(ride->call->tool);
        if (!found)
            return dsi_fail_memory(err, 0);
        const struct dsi_check_run *readable = &party->runs[party->n + READABLE];
        const enum dsi_status status =
            readable->check->finish(readable->state, found, err);
        *any |= dsi_report_n_findings(found) > 0;
        dsi_report_free(found);
        DSI_TRY(status);
    }
    return DSI_OK;
}

/* Members may fail; what fails the scan fails all that are left. *is_joint: it holds
 * for all parties together, else each is to ride by itself. */
static enum dsi_status scan(struct ride *ride, bool *is_joint, struct dsi_error *err)
{
    bool more = false, is_unreadable = false;
    *is_joint = true;
    DSI_TRY(begin(ride, err));
    const enum dsi_status status = fold(ride, &more, err);
    if (ride->n_parties > 1 && status != DSI_ERR_INTERRUPTED) {
        if (status == DSI_OK)
            DSI_TRY(find_unreadable(ride, &is_unreadable, err));
        *is_joint = status == DSI_OK && !is_unreadable;
        if (!*is_joint)
            return DSI_OK;
    }
    DSI_TRY(status);
    for (size_t p = 0; p < ride->n_parties; p++)
        finish(ride->parties[p], more);
    return DSI_OK;
}

static void ride_with(struct dsi_party *const *parties, size_t n_parties,
                      const struct dsi_company *company)
{
    struct ride ride = {.parties = parties,
                        .n_parties = n_parties,
                        .company = company,
                        .call = parties[0]->members[0]->scan->call};
    struct dsi_error err;
    bool is_joint;
    const enum dsi_status status = scan(&ride, &is_joint, &err);
    end(&ride);
    for (size_t p = 0; p < n_parties; p++) {
        if (status != DSI_OK)
            dsi_party_fail(parties[p], &err);
        else if (!is_joint && parties[p]->n)
            ride_with(&parties[p], 1, company);
    }
}

/* What members open beside the dataset. */
static void prepare(struct dsi_party *party)
{
    struct dsi_error err;
    for (size_t i = 0; i < party->n;) {
        struct dsi_tool_scan *scan = party->members[i]->scan;
        scan->dataset = party->dataset; /* for its own; closed once, by the party */
        if (scan->before && scan->before(scan, &err) != DSI_OK)
            drop_member(party, i, &err);
        else
            i++;
    }
}

void dsi_ride(struct dsi_party *const *parties, size_t n_parties,
              const struct dsi_company *company)
{
    size_t n = 0;
    struct dsi_party **able = dsi_alloc_array(n_parties, sizeof *able);
    struct dsi_error err;
    for (size_t p = 0; p < n_parties; p++) {
        if (!able) {
            dsi_fail_memory(&err, n_parties * sizeof *able);
            dsi_party_fail(parties[p], &err);
        } else if (parties[p]->dataset.n_parts == 0) {
            finish(parties[p], false); /* what was found on opening */
        } else {
            prepare(parties[p]);
            if (parties[p]->n)
                able[n++] = parties[p];
        }
    }
    if (n)
        ride_with(able, n, company);
    free(able);
}
