/* The scan of a company's members: who opens the dataset alike is a party, and parties
 * that read the same arrays ride one scan. */
#ifndef DSI_COMPANY_RIDE_H
#define DSI_COMPANY_RIDE_H

#include "company.h"
#include "company_opening.h"

/* Members that share a dataset. Those that fail leave it. */
struct dsi_party {
    struct dsi_member **members; /* owned */
    size_t n;
    struct dsi_company_opening opening;
    struct dsi_dataset dataset;
    struct dsi_report *found;   /* when the dataset was opened */
    struct dsi_check_run *runs; /* of the members, and what is readable; in a ride */
    size_t n_runs;
};

/* Opens the dataset as the opening says; what is found stays with the party. */
DSI_CHECKED enum dsi_status dsi_party_open(struct dsi_party *party,
                                           struct dsi_error *err);
/* Closes the dataset, and keeps the members. */
void dsi_party_close(struct dsi_party *party);
void dsi_party_free(struct dsi_party *party);

/* To each member what was found that its tool has a rule for. */
DSI_CHECKED enum dsi_status dsi_party_tell(const struct dsi_party *party,
                                           struct dsi_error *err);

/* There is no report of it, as err tells. */
void dsi_member_fail(struct dsi_member *member, const struct dsi_error *err);

/* All that are left have failed. */
void dsi_party_fail(struct dsi_party *party, const struct dsi_error *err);

/* Fills the reports of all members, or says why there is none. Of several parties each
 * dataset can be joined, and was told. */
void dsi_ride(struct dsi_party *const *parties, size_t n_parties,
              const struct dsi_company *company);

#endif
