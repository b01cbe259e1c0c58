#include "company.h"

#include "company_ride.h"
#include "joined.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* --- who rides with whom ------------------------------------------------------------
 */

/* Everybody who is there to be taken, and those who wait for others to ride with. */
struct departure {
    struct dsi_company *company;
    struct dsi_party *parties; /* room for all */
    size_t n_waiting;
    uint64_t n_descriptors; /* that a process may have */
};

static bool is_seated(const struct departure *d, const struct dsi_member *member)
{
    for (size_t p = 0; p < d->n_waiting; p++)
        for (size_t i = 0; i < d->parties[p].n; i++)
            if (d->parties[p].members[i] == member)
                return true;
    return member->report || member->has_failed;
}

/* Takes a pass of the members that have no seat yet, led by the first: those that are
 * strict about labels, or (is_alike) open it just as that one does. */
static void gather(struct dsi_party *party, const struct departure *d, bool is_alike)
{
    party->n = 0;
    for (size_t i = 0; i < d->company->n; i++) {
        struct dsi_member *member = &d->company->members[i];
        if (is_seated(d, member))
            continue;
        const struct dsi_company_opening own = dsi_company_opening_of(member->scan);
        if (party->n == 0) {
            party->opening = own;
        } else {
            struct dsi_company_opening led =
                dsi_company_opening_of(party->members[0]->scan);
            led.are_folders &= !is_alike;
            if (!dsi_company_opens_alike(&led, &own) ||
                !dsi_company_opens_alike(&party->opening, &own))
                continue;
            dsi_company_widen(&party->opening.options, &own.options);
        }
        party->members[party->n++] = member;
    }
}

static bool was_found(const struct dsi_report *report, const char *rule)
{
    for (size_t i = 0; i < dsi_report_n_findings(report); i++)
        if (strcmp(dsi_report_finding_at(report, i).rule, rule) == 0)
            return true;
    return false;
}

/* Whether those that want labels would have opened it otherwise than the others: they
 * leave out pictures beside class folders, and refuse folders without any. */
static bool is_opened_otherwise(const struct dsi_party *party)
{
    if (was_found(party->found, "outside_classes"))
        return true;
    for (size_t g = 0; g < party->dataset.n_groups; g++)
        if (party->dataset.groups[g].n_classes == 0)
            return dsi_company_wants_labels(&party->opening.options);
    return false;
}

static enum dsi_status open_party(struct dsi_party *party, const struct departure *d,
                                  struct dsi_error *err)
{
    DSI_TRY(dsi_party_open(party, err));
    if (party->n > 1 && party->opening.are_folders && is_opened_otherwise(party)) {
        dsi_party_close(party);
        gather(party, d, true);
        DSI_TRY(dsi_party_open(party, err));
    }
    return dsi_party_tell(party, err);
}

/* The next of those that have no seat: rides at once, or waits. False: there are no
 * more. */
static bool take_party(struct departure *d)
{
    struct dsi_party *party = &d->parties[d->n_waiting];
    struct dsi_error err;
    *party = (struct dsi_party){
        .members = dsi_alloc_array(d->company->n, sizeof *party->members)};
    if (party->members)
        gather(party, d, false);
    if (party->n && open_party(party, d, &err) != DSI_OK) {
        dsi_party_fail(party, &err);
    } else if (party->n &&
               dsi_dataset_can_be_joined(&party->dataset, d->n_descriptors)) {
        d->n_waiting++;
        return true;
    } else if (party->n) {
        dsi_ride(&party, 1, d->company);
    } else {
        dsi_party_free(party);
        return false;
    }
    dsi_party_free(party);
    return true;
}

/* Those that wait, and read alike, together. */
static void ride_jointly(struct departure *d, struct dsi_party **together)
{
    size_t n = 0, n_left = 0;
    for (size_t p = 0; p < d->n_waiting; p++)
        if (dsi_company_reads_alike(&d->parties[0].opening, &d->parties[p].opening))
            together[n++] = &d->parties[p];
    dsi_ride(together, n, d->company);
    for (size_t p = 0; p < n; p++)
        dsi_party_free(together[p]);
    for (size_t p = 0; p < d->n_waiting; p++)
        if (d->parties[p].members)
            d->parties[n_left++] = d->parties[p];
    d->n_waiting = n_left;
}

/* --- all of them --------------------------------------------------------------------
 */

static enum dsi_status prepare(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct dsi_tool_call *call = scan->call;
    DSI_TRY(dsi_inputs_gather(&scan->inputs, call->common, call->operands,
                              call->n_operands, err));
    DSI_TRY(dsi_outputs_check(call, &scan->inputs, err));
    return dsi_tool_report_call(call, &scan->inputs, scan->report, err);
}

static uint64_t max_descriptors(void)
{
    struct rlimit files;
    return getrlimit(RLIMIT_NOFILE, &files) == 0 ? (uint64_t)files.rlim_cur : 0;
}

static void scan_all(struct dsi_company *company)
{
    struct departure d = {.company = company,
                          .n_descriptors = max_descriptors(),
                          .parties =
                              dsi_alloc_array(company->n + 1, sizeof *d.parties)};
    struct dsi_party **together = dsi_alloc_array(company->n + 1, sizeof *together);
    const bool has_room = d.parties && together;
    struct dsi_error err;
    for (size_t i = 0; i < company->n; i++)
        if (prepare(company->members[i].scan, &err) != DSI_OK)
            dsi_member_fail(&company->members[i], &err);
    while (has_room && take_party(&d))
        continue;
    while (has_room && d.n_waiting)
        ride_jointly(&d, together);
    dsi_fail_memory(&err, company->n); /* of those that there was no room for */
    for (size_t i = 0; i < company->n; i++)
        if (!company->members[i].report && !company->members[i].has_failed)
            dsi_member_fail(&company->members[i], &err);
    free(d.parties);
    free(together);
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
    dsi_member_fail(&company->members[company->n_here++], err);
}
