/* Fetches a path over cleartext HTTP/2 and writes the body: client HOST PORT PATH */
#include <h2/h2.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Handles what arrived; the event that ended the answer, or none yet. */
static h2_event_type handle(h2_connection *conn, const uint8_t *data, size_t len)
{
    h2_event_type end = H2_EVENT_NONE;
    h2_event event;
    while (h2_receive_data(conn, &data, &len, &event) == H2_OK) {
        if (event.type == H2_EVENT_DATA_RECEIVED) {
            fwrite(event.data.bytes, 1, event.data.len, stdout);
            h2_acknowledge_received_data(conn, event.data.flow_controlled_length, event.stream_id);
        }
        if (event.type == H2_EVENT_STREAM_RESET)
            fprintf(stderr, "reset, code %u\n", event.stream_reset.error_code);
        if (event.type == H2_EVENT_STREAM_ENDED || event.type == H2_EVENT_STREAM_RESET) end = event.type;
    }
    return end;
}

int main(int argc, char **argv)
{
    struct addrinfo *address, hints = {.ai_socktype = SOCK_STREAM};
    if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &address) != 0) return 2;
    const int fd = socket(address->ai_family, SOCK_STREAM, 0);
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) return 3;
    freeaddrinfo(address);

    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    h2_connection *conn;
    if (h2_connection_new(&conn, &config) != H2_OK) return 1;
    const h2_header request[] = {H2_HEADER(":method", "GET"),
                                 H2_HEADER(":scheme", "http"),
                                 {":authority", 10, argv[1], strlen(argv[1]), 0},
                                 {":path", 5, argv[3], strlen(argv[3]), 0}};
    h2_initiate_connection(conn);
    h2_send_headers(conn, 1, request, 4, true, NULL);

    uint8_t buffer[16384];
    h2_event_type end = H2_EVENT_NONE;
    while (end == H2_EVENT_NONE && !h2_connection_is_closed(conn)) {
        for (size_t n; (n = h2_data_to_send(conn, buffer, sizeof buffer)) > 0;)
            if (write(fd, buffer, n) < 0) return 3;
        const ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0) break;
        end = handle(conn, buffer, (size_t)got);
    }
    if (end != H2_EVENT_STREAM_ENDED) fprintf(stderr, "incomplete: %s\n", h2_last_error(conn)->message);
    h2_connection_free(conn);
    close(fd);
    return end == H2_EVENT_STREAM_ENDED ? 0 : 1;
}
