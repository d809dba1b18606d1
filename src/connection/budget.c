/* The bounds on what a peer can make us do: counting, refilling, and crossing (ATTACKS: floods). */
#include "connection/connection.h"

#include "base/attributes.h"

bool h2_limit_allows(h2_connection *conn, h2_limit limit)
{
    uint64_t *counts = conn->budget.crossed;
    if (counts == NULL) {
        counts = h2_alloc(&conn->memory, H2_LIMIT_COUNT * sizeof *counts);
        if (counts != NULL) memset(counts, 0, H2_LIMIT_COUNT * sizeof *counts);
        conn->budget.crossed = counts;
    }
    if (counts != NULL) counts[limit]++;
    return conn->config.limits.observe_only;
}

static inline uint32_t raised(uint32_t value, size_t by)
{
    return by > UINT32_MAX - value ? UINT32_MAX : value + (uint32_t)by;
}

static h2_status judge(h2_connection *conn, uint64_t value, uint32_t most, h2_limit limit)
{
    if (most == UINT32_MAX || value <= most || h2_limit_allows(conn, limit)) return H2_OK;
    return h2_limit_crossed(conn, limit);
}

/* What waits has grown past a bound, as far as sums can tell. */
H2_RARE static h2_status judge_backlog(h2_connection *conn)
{
    const h2_backlog *const b = &conn->backlog;
    const h2_limits *const limits = &conn->config.limits;
    TRY(judge(conn, (uint64_t)b->old_replies + b->new_replies, limits->unsent_replies,
              H2_LIMIT_unsent_replies));
    TRY(judge(conn, (uint64_t)b->old_frames + b->new_frames, limits->output_frames, H2_LIMIT_output_frames));
    return judge(conn, (uint64_t)b->old_octets + b->new_octets, limits->output_control_octets,
                 H2_LIMIT_output_control_octets);
}

/* More octets than can be counted. */
H2_RARE static h2_status charge_too_much(h2_connection *conn, bool acknowledgement)
{
    h2_backlog *const b = &conn->backlog;
    b->new_replies = raised(b->new_replies, acknowledgement ? 1 : 0);
    b->new_frames = raised(b->new_frames, 1);
    b->new_octets = UINT32_MAX;
    return judge_backlog(conn);
}

static inline uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

h2_status h2_charge_reply(h2_connection *conn, bool acknowledgement, size_t octets)
{
    h2_backlog *const b = &conn->backlog;
    const h2_limits *const limits = &conn->config.limits;
    if (h2_count_reply(conn, acknowledgement, (uint32_t)octets)) return H2_OK;
    if (octets > UINT32_MAX - b->new_octets) return charge_too_much(conn, acknowledgement);
    /* Fewer than the octets, these fit too. */
    b->new_replies += (uint32_t)acknowledgement;
    b->new_frames++;
    b->new_octets += (uint32_t)octets;
    const uint64_t all_replies = (uint64_t)b->old_replies + b->new_replies;
    const uint64_t all_frames = (uint64_t)b->old_frames + b->new_frames;
    const uint64_t all_octets = (uint64_t)b->old_octets + b->new_octets;
    if (all_replies > limits->unsent_replies || all_frames > limits->output_frames ||
        all_octets > limits->output_control_octets)
        return judge_backlog(conn);
    const uint64_t more = lesser(limits->unsent_replies - all_replies, limits->output_frames - all_frames);
    conn->unjudged = (uint32_t)lesser(more, (limits->output_control_octets - all_octets) / H2_LONGEST_REPLY);
    return H2_OK;
}

h2_status h2_charge_reset(h2_connection *conn)
{
    if (conn->config.limits.resets_burst == UINT32_MAX) return H2_OK;
    if (conn->budget.reset_tokens >= H2_RESET_TOKEN) {
        conn->budget.reset_tokens -= H2_RESET_TOKEN;
        return H2_OK;
    }
    if (h2_limit_allows(conn, H2_LIMIT_resets_burst)) return H2_OK;
    return h2_limit_crossed(conn, H2_LIMIT_resets_burst);
}

static void refill_resets(h2_connection *conn, uint64_t thousandths)
{
    const uint64_t most = h2_reset_tokens(conn);
    const uint64_t room = most - (conn->budget.reset_tokens < most ? conn->budget.reset_tokens : most);
    conn->budget.reset_tokens += thousandths < room ? thousandths : room;
}

void h2_follow_limits(h2_connection *conn)
{
    const uint64_t most = h2_reset_tokens(conn);
    if (conn->budget.reset_tokens > most) conn->budget.reset_tokens = most;
    conn->unjudged = 0;
}

void h2_refill_reset(h2_connection *conn)
{
    refill_resets(conn, H2_RESET_TOKEN);
}

void h2_advance_time(h2_connection *conn, uint64_t milliseconds)
{
    if (conn == NULL || conn->input.at.in_callback) return;
    const uint64_t rate = conn->config.limits.resets_per_second;
    refill_resets(conn, rate != 0 && milliseconds > UINT64_MAX / rate ? UINT64_MAX : rate * milliseconds);
}

void h2_note_taken(h2_connection *conn, size_t octets)
{
    h2_backlog *const b = &conn->backlog;
    conn->budget.taken += octets;
    if (H2_USUAL(conn->output.pending == 0)) {
        *b = (h2_backlog){0};
        /* Before the first message there is no traffic worth keeping memory for. */
        if (conn->messages == NULL) h2_output_trim(&conn->output);
        return;
    }
    if (conn->budget.taken < b->old_end) return;
    *b = (h2_backlog){.old_end = conn->budget.taken + conn->output.pending,
                      .old_replies = b->new_replies,
                      .old_frames = b->new_frames,
                      .old_octets = b->new_octets};
}

/* Small DATA frames cost more than they carry: each under 256 octets is charged with what it lacks, until the application
 * has acknowledged what it was given. The last one of a body is not: there is one a stream, and streams are bounded. */
h2_status h2_charge_data(h2_connection *conn, uint32_t body, uint32_t flow_controlled, bool ends)
{
    h2_budget *const budget = &conn->budget;
    budget->unacknowledged += flow_controlled;
    if (body == 0 && !ends) {
        budget->empty_data = raised(budget->empty_data, 1);
        TRY(judge(conn, budget->empty_data, conn->config.limits.empty_data, H2_LIMIT_empty_data));
    } else {
        budget->empty_data = 0;
    }
    if (body >= 256 || body == 0 || ends) return H2_OK;
    budget->data_overhead = raised(budget->data_overhead, 256 - body);
    return judge(conn, budget->data_overhead, conn->config.limits.data_overhead, H2_LIMIT_data_overhead);
}

void h2_credit_data(h2_connection *conn, size_t octets)
{
    h2_budget *const budget = &conn->budget;
    if (octets >= budget->unacknowledged) {
        budget->unacknowledged = 0;
        budget->data_overhead = 0;
        return;
    }
    const uint64_t share = budget->data_overhead * (uint64_t)octets / budget->unacknowledged;
    budget->data_overhead -= (uint32_t)share;
    budget->unacknowledged -= octets;
}

h2_status h2_charge_priority(h2_connection *conn)
{
    const uint64_t streams = 1 + conn->budget.streams_opened;
    const uint64_t most = conn->config.limits.priority_per_stream;
    conn->budget.priorities++;
    if (most == UINT32_MAX || conn->budget.priorities <= most * streams) return H2_OK;
    if (h2_limit_allows(conn, H2_LIMIT_priority_per_stream)) return H2_OK;
    return h2_limit_crossed(conn, H2_LIMIT_priority_per_stream);
}

h2_status h2_charge_reserved(h2_connection *conn)
{
    return judge(conn, (uint64_t)conn->budget.reserved + 1, conn->config.limits.reserved_streams,
                 H2_LIMIT_reserved_streams);
}

void h2_counters_read(const h2_connection *conn, h2_counters *out)
{
    if (conn == NULL || out == NULL) return;
    h2_counters now = {.size = out->size, .held_memory = conn->memory.used};
    for (size_t i = 0; conn->budget.crossed != NULL && i < H2_LIMIT_COUNT; i++) {
        now.by_limit[i] = conn->budget.crossed[i];
        now.crossed += conn->budget.crossed[i];
    }
    now.by_limit[H2_LIMIT_max_memory] = conn->memory.crossed;
    now.crossed += conn->memory.crossed;
    memcpy(out, &now, out->size < sizeof now ? out->size : sizeof now);
}
