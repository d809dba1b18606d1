/* Fetches a path over cleartext HTTP/2 and writes the body: client HOST PORT PATH */
#include <h2/h2.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo *address, hints = {.ai_socktype = SOCK_STREAM};
    if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &address) != 0) return 2;
    const int fd = socket(address->ai_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, address->ai_addr, address->ai_addrlen) != 0) return 3;
    freeaddrinfo(address);

    h2_config config;
    h2_connection *conn;
    h2_config_init(&config, H2_CLIENT);
    if (h2_connection_new(&conn, &config) != H2_OK) return 1;
    const h2_header request[] = {H2_HEADER(":method", "GET"),
                                 H2_HEADER(":scheme", "http"),
                                 {":authority", 10, argv[1], strlen(argv[1]), 0},
                                 {":path", 5, argv[3], strlen(argv[3]), 0}};
    h2_status status = h2_initiate_connection(conn);
    if (status == H2_OK) status = h2_send_headers(conn, 1, request, 4, true, NULL);

    bool ended = false;
    uint8_t buffer[16384];
    while (status >= H2_OK && !ended) {
        for (size_t n; (n = h2_data_to_send(conn, buffer, sizeof buffer)) > 0;)
            if (write(fd, buffer, n) != (ssize_t)n) return 3;
        const ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0) return 3;
        const uint8_t *data = buffer;
        size_t len = (size_t)got;
        for (h2_event event; (status = h2_receive_data(conn, &data, &len, &event)) == H2_OK;) {
            if (event.type == H2_EVENT_DATA_RECEIVED) {
                fwrite(event.data.bytes, 1, event.data.len, stdout);
                h2_acknowledge_received_data(conn, event.data.flow_controlled_length, event.stream_id);
            }
            ended |= event.type == H2_EVENT_STREAM_ENDED || event.type == H2_EVENT_STREAM_RESET;
        }
    }
    if (status < H2_OK) fprintf(stderr, "%s\n", h2_last_error(conn)->message);
    h2_connection_free(conn);
    close(fd);
    return status < H2_OK;
}
