/* Back-pressure: the server may send more when what it sent has been written, and no sooner. */
#include "get/session.h"

#include "cli.h"

enum {
    HTTP1_RESUME = 1 << 18 /* octets that may still wait when reading goes on */
};

/* The file or pipe takes no more. */
static void output_failed(transfer *t)
{
    session *s = t->session;
    if (t->state == TRANSFER_OPEN && s && s->state == SESSION_OPEN) {
        h2_reset_stream(s->conn, t->stream_id, H2_CODE_CANCEL);
        requests_detach(s);
        transfer_fail_output(t);
    } else if (t->state == TRANSFER_DONE && t->exit_code == CLI_EXIT_OK) {
        transfer_fail_output(t);
    }
}

void credit_written(sink *written, size_t credit)
{
    transfer *t = written->arg;
    session *s = t->session;
    if (written->out->error) output_failed(t);
    if (!s) return;
    if (s->state == SESSION_OPEN) {
        h2_acknowledge_received_data(s->conn, credit, t->stream_id);
        session_advance(s);
    } else if (s->http1_paused && written->queued < HTTP1_RESUME) {
        s->http1_paused = false;
        wire_resume(&s->wire);
    }
}
