/* Answers every request over cleartext HTTP/2 with its path, one connection after the other: server PORT */
#include <h2/h2.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(h2_connection *conn, const h2_event *request)
{
    static const h2_header response[] = {H2_HEADER(":status", "200"),
                                         H2_HEADER("content-type", "text/plain")};
    const char *path = "?";
    size_t len = 1;
    for (size_t i = 0; i < request->headers.count; i++) {
        const h2_header *field = &request->headers.fields[i];
        if (field->name_len != 5 || memcmp(field->name, ":path", 5) != 0) continue;
        path = field->value;
        len =
            field->value_len < 1024 ? field->value_len : 1024; /* within the window that clients start with */
    }
    if (h2_send_headers(conn, request->stream_id, response, 2, false, NULL) != H2_OK ||
        h2_send_data(conn, request->stream_id, path, len, true, -1) != H2_OK)
        fprintf(stderr, "stream %u: %s\n", request->stream_id, h2_last_error(conn)->message);
}

/* False when the client broke the protocol; why is in the output. */
static bool handle(h2_connection *conn, const uint8_t *data, size_t len)
{
    h2_event event;
    h2_status status;
    while ((status = h2_receive_data(conn, &data, &len, &event)) == H2_OK) {
        if (event.type == H2_EVENT_REQUEST_RECEIVED) answer(conn, &event);
        if (event.type == H2_EVENT_DATA_RECEIVED)
            h2_acknowledge_received_data(conn, event.data.flow_controlled_length, event.stream_id);
    }
    return status == H2_NEED_DATA;
}

static bool flush(h2_connection *conn, int fd)
{
    uint8_t buffer[16384];
    for (size_t len; (len = h2_data_to_send(conn, buffer, sizeof buffer)) > 0;)
        for (size_t at = 0; at < len;) {
            const ssize_t sent = send(fd, buffer + at, len - at, MSG_NOSIGNAL);
            if (sent <= 0) return false;
            at += (size_t)sent;
        }
    return true;
}

static void serve(int fd)
{
    uint8_t buffer[16384];
    h2_config config;
    h2_connection *conn;
    h2_config_init(&config, H2_SERVER);
    if (h2_connection_new(&conn, &config) != H2_OK) return;
    bool good = h2_initiate_connection(conn) == H2_OK;
    while (flush(conn, fd) && good && !h2_connection_is_closed(conn)) {
        const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        good = handle(conn, buffer, (size_t)got);
    }
    h2_connection_free(conn);
}

int main(int argc, char **argv)
{
    const long port = argc == 2 ? strtol(argv[1], NULL, 10) : 8080;
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) {
        perror("listen");
        return 1;
    }
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd))
        serve(fd);
    return 0;
}
