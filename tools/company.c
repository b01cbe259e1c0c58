#include "company.h"

#include "company_key.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- who opens the dataset alike ----------------------------------------------------
 */

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool are_same_texts(const struct dsi_texts *a, const struct dsi_texts *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->texts[i], b->texts[i]) != 0)
            return false;
    return true;
}

static bool are_same_common(const struct dsi_common *a, const struct dsi_common *b)
{
    return a->limit_bytes == b->limit_bytes && a->limit_pixels == b->limit_pixels &&
           a->follow_external == b->follow_external &&
           are_same_texts(&a->excludes, &b->excludes);
}

/* Who does not tell channels apart takes any. */
static bool is_same_axis(const struct dsi_channel_axis *a,
                         const struct dsi_channel_axis *b)
{
    if (!a || !b || a->choice == DSI_CHANNEL_AXIS_NONE ||
        b->choice == DSI_CHANNEL_AXIS_NONE)
        return true;
    return a->choice == b->choice && a->axis == b->axis;
}

static bool are_folders(const struct dsi_inputs *inputs)
{
    struct stat info;
    for (size_t i = 0; i < inputs->n; i++)
        if (stat(inputs->names[i], &info) != 0 || !S_ISDIR(info.st_mode))
            return false;
    return inputs->n > 0;
}

/* What a dataset is opened for. */
struct opening {
    struct dsi_dataset_options options;
    const struct dsi_common *common;
    bool are_folders;
};

static struct opening opening_of(const struct dsi_tool_scan *scan)
{
    return (struct opening){.options = dsi_tool_dataset_options(scan),
                            .common = scan->call->common,
                            .are_folders = are_folders(&scan->inputs)};
}

static bool wants_labels(const struct dsi_dataset_options *options)
{
    return options->need & DSI_NEED_LABELS && !options->labels_optional;
}

/* Pictures in folders are the same samples in the same order whatever is asked of them;
 * which arrays of a file are samples depends on it. */
static bool fits(const struct opening *a, const struct opening *b)
{
    const struct dsi_dataset_options *x = &a->options, *y = &b->options;
    const bool decode = x->need & y->need & DSI_NEED_VALUES;
    if (!are_same_common(a->common, b->common) || !is_same_text(x->labels, y->labels) ||
        !is_same_text(x->split, y->split) ||
        !is_same_text(x->open.as_dtype, y->open.as_dtype) ||
        !is_same_axis(x->channel_axis, y->channel_axis) ||
        (decode && x->open.expand_palette != y->open.expand_palette))
        return false;
    return a->are_folders ||
           (x->need == y->need && !x->channel_axis == !y->channel_axis &&
            wants_labels(x) == wants_labels(y) &&
            x->values_beside_labels == y->values_beside_labels &&
            x->wants_paths == y->wants_paths);
}

static void widen(struct dsi_dataset_options *all,
                  const struct dsi_dataset_options *one)
{
    all->labels_optional = !wants_labels(all) && !wants_labels(one);
    all->need |= one->need;
    all->wants_paths |= one->wants_paths;
    all->values_beside_labels &= one->values_beside_labels;
    if (one->need & DSI_NEED_VALUES)
        all->open.expand_palette |= one->open.expand_palette;
    if (!all->channel_axis ||
        (one->channel_axis && all->channel_axis->choice == DSI_CHANNEL_AXIS_NONE))
        all->channel_axis = one->channel_axis;
}

/* --- a ride -------------------------------------------------------------------------
 */

/* Members that share a dataset, and a scan. */
struct ride {
    struct dsi_member **members;
    size_t n;
    struct opening opening;
    struct dsi_dataset dataset;
    struct dsi_report *found;   /* when the dataset was opened */
    struct dsi_check_run *runs; /* of the members, and what is readable: N_READABLE */
    size_t n_runs;
};

enum { READABLE, READABLE_HEADERS, N_READABLE };

static bool has_rule(const struct dsi_tool *tool, const char *rule)
{
    if (!tool->rules)
        return true;
    for (const char *const *r = tool->rules; *r; r++)
        if (strcmp(*r, rule) == 0)
            return true;
    return false;
}

/* What was found on opening, to each the rules of its tool; data that cannot be read is
 * for all. */
static enum dsi_status hand_out(const struct ride *ride, struct dsi_error *err)
{
    for (size_t f = 0; f < dsi_report_n_findings(ride->found); f++) {
        const struct dsi_finding finding = dsi_report_finding_at(ride->found, f);
        for (size_t i = 0; i < ride->n; i++)
            if (finding.severity == DSI_ERROR || dsi_rule_is_data(finding.rule) ||
                has_rule(ride->members[i]->scan->call->tool, finding.rule))
                DSI_TRY(
                    dsi_report_finding(ride->members[i]->scan->report, &finding, err));
    }
    return DSI_OK;
}

static bool was_found(const struct dsi_report *report, const char *rule)
{
    for (size_t i = 0; i < dsi_report_n_findings(report); i++)
        if (strcmp(dsi_report_finding_at(report, i).rule, rule) == 0)
            return true;
    return false;
}

static enum dsi_status open_ride(struct ride *ride, struct dsi_error *err)
{
    const struct dsi_tool_scan *first = ride->members[0]->scan;
    ride->found = dsi_tool_report(first->call->tool);
    if (!ride->found)
        return dsi_fail_memory(err, 0);
    return dsi_dataset_open(&ride->dataset, first->inputs.names, first->inputs.n,
                            &ride->opening.options, ride->found, err);
}

static unsigned need_of(const struct dsi_tool_scan *scan)
{
    return scan->check->need(scan->parameters);
}

static bool is_of_headers(const struct dsi_tool_scan *scan)
{
    return need_of(scan) & DSI_NEED_HEADER && !(need_of(scan) & DSI_NEED_VALUES);
}

/* A check for each, and what is readable: of all that is read, and, where somebody
 * reads headers alone, of these. */
static enum dsi_status begin_runs(struct ride *ride, struct dsi_error *err)
{
    extern const struct dsi_check dsi_check_readable;
    static const bool of_headers = true;
    ride->runs = dsi_alloc_zeroed(ride->n + N_READABLE, sizeof *ride->runs);
    if (!ride->runs)
        return dsi_fail_memory(err, ride->n * sizeof *ride->runs);
    bool has_headers = false;
    for (size_t i = 0; i < ride->n; i++) {
        const struct dsi_tool_scan *scan = ride->members[i]->scan;
        ride->runs[i].check = scan->check;
        ride->runs[i].parameters = scan->parameters;
        has_headers |= is_of_headers(scan);
    }
    ride->runs[ride->n + READABLE].check = &dsi_check_readable;
    ride->n_runs = ride->n + READABLE + 1;
    if (has_headers) {
        ride->runs[ride->n + READABLE_HEADERS].check = &dsi_check_readable;
        ride->runs[ride->n + READABLE_HEADERS].parameters = &of_headers;
        ride->n_runs = ride->n + READABLE_HEADERS + 1;
    }
    for (size_t i = 0; i < ride->n_runs; i++)
        DSI_TRY(dsi_check_run_init(&ride->runs[i], &ride->dataset, err));
    return DSI_OK;
}

/* NULL: it reads no file. */
static const struct dsi_check_run *readable_for(const struct ride *ride,
                                                const struct dsi_tool_scan *scan)
{
    const unsigned files = DSI_NEED_HEADER | DSI_NEED_VALUES | DSI_NEED_FILES;
    if (ride->opening.are_folders && !(need_of(scan) & files))
        return NULL;
    return &ride->runs[ride->n + (is_of_headers(scan) ? READABLE_HEADERS : READABLE)];
}

static enum dsi_status finish_member(const struct ride *ride, size_t i, bool lacks_look,
                                     struct dsi_error *err)
{
    struct dsi_member *member = ride->members[i];
    struct dsi_tool_scan *scan = member->scan;
    enum dsi_status status = DSI_OK;
    if (ride->runs) {
        scan->runs[0] = ride->runs[i];
        status = dsi_tool_fill_report(scan, readable_for(ride, scan), lacks_look, err);
        scan->runs[0] = (struct dsi_check_run){0};
    }
    DSI_TRY(status);
    if (!dsi_tool_settle(scan->call, scan->report))
        return dsi_fail_memory(err, 0);
    member->report = scan->report;
    member->is_empty = !ride->runs;
    scan->report = NULL;
    member->code =
        ride->dataset.n_failed_inputs || !ride->runs ? DSI_EXIT_TROUBLE : DSI_EXIT_FINE;
    return DSI_OK;
}

/* Without the cache, as any tool; with it, no more than what has changed. */
static enum dsi_status fold_ride(struct ride *ride, const struct dsi_company *company,
                                 bool *more, struct dsi_error *err)
{
    const struct dsi_tool_call *call = ride->members[0]->scan->call;
    struct dsi_cache *cache = NULL;
    uint8_t key[DSI_CACHE_KEY_SIZE];
    bool is_whole = false;
    enum dsi_status status = DSI_OK;
    if (company->cache) {
        const struct dsi_cache_options options = {.folder = company->cache,
                                                  .key = key,
                                                  .now = company->now,
                                                  .n_threads =
                                                      dsi_tool_n_workers(call)};
        DSI_TRY(dsi_company_key(ride->members, ride->n, &ride->dataset, key, err));
        DSI_TRY(dsi_cache_open(&cache, &options, &ride->dataset, ride->runs,
                               ride->n_runs, &is_whole, err));
    }
    if (!is_whole)
        status = dsi_tool_fold(call, &ride->dataset, ride->runs, ride->n_runs, cache,
                               more, err);
    if (status == DSI_OK && cache && !is_whole && !*more)
        status = dsi_cache_end(cache, err);
    if (dsi_cache_failure(cache))
        dsi_tool_say("check", "--cache", dsi_cache_failure(cache));
    dsi_cache_close(cache);
    return status;
}

static enum dsi_status scan_ride(struct ride *ride, const struct dsi_company *company,
                                 struct dsi_error *err)
{
    bool more = false;
    for (size_t i = 0; i < ride->n && ride->dataset.n_parts == 0; i++)
        DSI_TRY(finish_member(ride, i, false, err)); /* what was found on opening */
    if (ride->dataset.n_parts == 0)
        return DSI_OK;
    for (size_t i = 0; i < ride->n; i++) {
        struct dsi_tool_scan *scan = ride->members[i]->scan;
        scan->dataset = ride->dataset; /* for its own; closed once, by the ride */
        if (scan->before)
            DSI_TRY(scan->before(scan, err));
    }
    DSI_TRY(begin_runs(ride, err));
    DSI_TRY(fold_ride(ride, company, &more, err));
    for (size_t i = 0; i < ride->n; i++)
        DSI_TRY(finish_member(ride, i, more && !ride->runs[i].is_done, err));
    return DSI_OK;
}

static void end_ride(struct ride *ride)
{
    for (size_t i = 0; ride->runs && i < ride->n_runs; i++)
        dsi_check_run_free(&ride->runs[i]);
    free(ride->runs);
    for (size_t i = 0; i < ride->n; i++)
        ride->members[i]->scan->dataset = (struct dsi_dataset){0};
    dsi_dataset_close(&ride->dataset);
    dsi_report_free(ride->found);
    ride->runs = NULL;
    ride->found = NULL;
}

static void fail_members(const struct ride *ride, const struct dsi_error *err)
{
    for (size_t i = 0; i < ride->n; i++) {
        struct dsi_member *member = ride->members[i];
        if (member->report)
            continue;
        member->has_failed = true;
        member->code = DSI_EXIT_TROUBLE;
        member->err = *err;
    }
}

/* --- all of them --------------------------------------------------------------------
 */

/* Takes a pass of the members that ride nothing yet, led by the first: those that are
 * strict about labels, or (is_alike) open it just as that one does. */
static void gather(struct ride *ride, struct dsi_company *company, bool is_alike)
{
    ride->n = 0;
    for (size_t i = 0; i < company->n; i++) {
        struct dsi_member *member = &company->members[i];
        if (member->report || member->has_failed)
            continue;
        const struct opening own = opening_of(member->scan);
        if (ride->n == 0) {
            ride->opening = own;
        } else {
            struct opening led = opening_of(ride->members[0]->scan);
            led.are_folders &= !is_alike;
            if (!fits(&led, &own) || !fits(&ride->opening, &own))
                continue;
            widen(&ride->opening.options, &own.options);
        }
        ride->members[ride->n++] = member;
    }
}

/* Whether those that want labels would have opened it otherwise than the others: they
 * leave out pictures beside class folders, and refuse folders without any. */
static bool is_opened_otherwise(const struct ride *ride)
{
    if (was_found(ride->found, "outside_classes"))
        return true;
    for (size_t g = 0; g < ride->dataset.n_groups; g++)
        if (ride->dataset.groups[g].n_classes == 0)
            return wants_labels(&ride->opening.options);
    return false;
}

static enum dsi_status drive(struct ride *ride, struct dsi_company *company,
                             struct dsi_error *err)
{
    DSI_TRY(open_ride(ride, err));
    if (ride->n > 1 && ride->opening.are_folders && is_opened_otherwise(ride)) {
        end_ride(ride);
        gather(ride, company, true);
        DSI_TRY(open_ride(ride, err));
    }
    DSI_TRY(hand_out(ride, err));
    return scan_ride(ride, company, err);
}

static enum dsi_status prepare(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct dsi_tool_call *call = scan->call;
    DSI_TRY(dsi_inputs_gather(&scan->inputs, call->common, call->operands,
                              call->n_operands, err));
    DSI_TRY(dsi_outputs_check(call, &scan->inputs, err));
    return dsi_tool_report_call(call, &scan->inputs, scan->report, err);
}

static void scan_all(struct dsi_company *company)
{
    struct dsi_error err;
    struct ride ride = {.members = dsi_alloc_array(company->n, sizeof *ride.members)};
    for (size_t i = 0; i < company->n; i++) {
        struct dsi_member *member = &company->members[i];
        if (!ride.members)
            dsi_fail_memory(&member->err, company->n);
        if (!ride.members || prepare(member->scan, &member->err) != DSI_OK) {
            member->has_failed = true;
            member->code = DSI_EXIT_TROUBLE;
        }
    }
    for (;;) {
        if (!ride.members)
            break;
        gather(&ride, company, false);
        if (ride.n == 0)
            break;
        ride.dataset = (struct dsi_dataset){0};
        if (drive(&ride, company, &err) != DSI_OK)
            fail_members(&ride, &err);
        end_ride(&ride);
    }
    free(ride.members);
}

static int run_next(struct dsi_company *company)
{
    const struct dsi_tool_call *call = &company->members[company->n_here].parsed->call;
    return call->tool->run(call);
}

int dsi_company_join(struct dsi_company *company, struct dsi_tool_scan *scan)
{
    struct dsi_member *member = &company->members[company->n_here++];
    member->scan = scan;
    if (company->n_here < company->n)
        (void)run_next(company);
    else if (!company->is_trial)
        scan_all(company);
    member->scan = NULL;
    return member->code;
}

bool dsi_company_run(struct dsi_company *company)
{
    company->n_here = 0;
    for (size_t i = 0; i < company->n; i++)
        company->members[i].parsed->call.company = company;
    if (company->n)
        (void)run_next(company);
    return company->n_here == company->n;
}

/* --- a tool that does not scan ------------------------------------------------------
 */

void dsi_company_take(struct dsi_company *company, struct dsi_report **report, int code)
{
    struct dsi_member *member = &company->members[company->n_here++];
    if (company->is_trial)
        return;
    member->report = *report;
    member->code = code;
    *report = NULL;
}

void dsi_company_fail(struct dsi_company *company, const struct dsi_error *err)
{
    struct dsi_member *member = &company->members[company->n_here++];
    member->has_failed = true;
    member->code = DSI_EXIT_TROUBLE;
    member->err = *err;
}
