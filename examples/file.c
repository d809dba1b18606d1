/* Answers every GET and HEAD over cleartext HTTP/2 with one file, as far as the client's windows go, one
 * connection after the other: file PORT FILE */
#include <fcntl.h>
#include <h2/h2.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    MOST_BODIES = 100, /* as many streams as a client may open, unless our settings say otherwise */
    RUNS = 16
};

typedef struct body {
    uint32_t stream_id;
    size_t sent;
} body;

typedef struct server {
    h2_connection *conn;
    const uint8_t *file;
    size_t size;
    body bodies[MOST_BODIES]; /* that are not at their end */
    size_t count;
} server;

static bool is(const h2_event *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->headers.count; i++) {
        const h2_header *field = &request->headers.fields[i];
        if (field->name_len == strlen(name) && memcmp(field->name, name, field->name_len) == 0)
            return field->value_len == strlen(value) && memcmp(field->value, value, field->value_len) == 0;
    }
    return false;
}

static void answer(server *s, const h2_event *request)
{
    static const h2_header refusal[] = {H2_HEADER(":status", "405"), H2_HEADER("allow", "GET, HEAD")};
    const bool get = is(request, ":method", "GET"), head = is(request, ":method", "HEAD");
    char length[24];
    const int digits = snprintf(length, sizeof length, "%zu", s->size);
    const h2_header response[] = {H2_HEADER(":status", "200"),
                                  {"content-length", 14, length, (size_t)digits, 0}};
    const bool has_body = get && s->size > 0;
    if (has_body && s->count == MOST_BODIES) {
        h2_reset_stream(s->conn, request->stream_id, H2_CODE_REFUSED_STREAM);
    } else if (h2_send_headers(s->conn, request->stream_id, get || head ? response : refusal, 2, !has_body,
                               NULL) != H2_OK) {
        fprintf(stderr, "stream %u: %s\n", request->stream_id, h2_last_error(s->conn)->message);
    } else if (has_body) {
        s->bodies[s->count++] = (body){.stream_id = request->stream_id};
    }
}

/* A client that does not want a body any more. */
static void forget(server *s, uint32_t stream_id)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->bodies[i].stream_id == stream_id) s->bodies[i] = s->bodies[--s->count];
}

/* Queues at most a frame of a body, which is the file itself: it outlives the connection. How many octets it has;
 * 0 when the window is shut, until events open it, and at the end. */
static size_t queue_some(server *s, body *b)
{
    const size_t most = h2_max_outbound_frame_size(s->conn);
    int64_t window;
    if (h2_local_flow_control_window(s->conn, b->stream_id, &window) != H2_OK || window <= 0) return 0;
    size_t len = s->size - b->sent;
    if (len > most) len = most;
    if (len > (uint64_t)window) len = (size_t)window;
    const bool last = b->sent + len == s->size;
    if (h2_send_data_ref(s->conn, b->stream_id, s->file + b->sent, len, last, -1, NULL, NULL) != H2_OK)
        return 0;
    b->sent += len;
    return len;
}

/* A frame of each body in turn; false when no window is open. */
static bool queue_bodies(server *s)
{
    size_t queued = 0;
    for (size_t i = s->count; i-- > 0;) {
        queued += queue_some(s, &s->bodies[i]);
        if (s->bodies[i].sent == s->size) s->bodies[i] = s->bodies[--s->count];
    }
    return queued > 0;
}

static bool flush(h2_connection *conn, int fd)
{
    h2_iovec runs[RUNS];
    for (size_t count; (count = h2_output_peek(conn, runs, RUNS)) > 0;) {
        const struct msghdr message = {.msg_iov = (struct iovec *)runs, .msg_iovlen = count};
        const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        h2_output_consume(conn, (size_t)sent);
    }
    return true;
}

/* False when the client broke the protocol; why is in the output. */
static bool handle(server *s, const uint8_t *data, size_t len)
{
    h2_event event;
    h2_status status;
    while ((status = h2_receive_data(s->conn, &data, &len, &event)) == H2_OK) {
        if (event.type == H2_EVENT_REQUEST_RECEIVED) answer(s, &event);
        if (event.type == H2_EVENT_STREAM_RESET) forget(s, event.stream_id);
        if (event.type == H2_EVENT_DATA_RECEIVED)
            h2_acknowledge_received_data(s->conn, event.data.flow_controlled_length, event.stream_id);
    }
    return status == H2_NEED_DATA;
}

static void serve(server *s, int fd)
{
    uint8_t buffer[16384];
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    s->count = 0;
    if (h2_connection_new(&s->conn, &config) != H2_OK) return;
    bool good = h2_initiate_connection(s->conn) == H2_OK;
    while (flush(s->conn, fd) && good && !h2_connection_is_closed(s->conn)) {
        if (queue_bodies(s)) continue;
        const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        good = handle(s, buffer, (size_t)got);
    }
    h2_connection_free(s->conn);
}

static bool map(server *s, const char *name)
{
    struct stat about;
    const int fd = open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &about) != 0) return false;
    s->size = (size_t)about.st_size;
    if (s->size > 0) s->file = mmap(NULL, s->size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    return s->file != MAP_FAILED;
}

int main(int argc, char **argv)
{
    static server s;
    if (argc != 3 || !map(&s, argv[2])) {
        fprintf(stderr, "file PORT FILE, a file that can be read\n");
        return 1;
    }
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)strtol(argv[1], NULL, 10)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) {
        perror("listen");
        return 1;
    }
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd))
        serve(&s, fd);
    return 0;
}
