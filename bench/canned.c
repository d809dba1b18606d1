/* The limit for any server: answers every HEADERS frame with canned octets on its stream and understands nothing else. One
 * thread, epoll, cleartext; canned PORT FILE. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BUFFER = 1 << 16,
    HEAD = 9,
    PREFACE = 24,
    BODY_AT = HEAD + 1 + HEAD, /* HEADERS with :status 200 in one octet, then DATA */
    MOST_BODY = 16384
};

static uint8_t canned[BODY_AT + MOST_BODY];
static size_t canned_len;

typedef struct client {
    int fd;
    size_t preface, len; /* octets of the preface still to come; octets in `in` */
    uint8_t in[BUFFER];
} client;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void put_head(uint8_t *at, size_t len, uint8_t type, uint8_t flags)
{
    const uint8_t head[HEAD] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len, type, flags};
    memcpy(at, head, HEAD);
}

static void load(const char *path)
{
    FILE *const f = fopen(path, "rb");
    if (f == NULL) die(path);
    const size_t len = fread(canned + BODY_AT, 1, MOST_BODY, f);
    fclose(f);
    put_head(canned, 1, 1, 4);
    canned[HEAD] = 0x88;
    put_head(canned + HEAD + 1, len, 0, 1);
    canned_len = BODY_AT + len;
}

/* False: the connection is done for. A client that takes too little is not waited for. */
static int send_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) continue;
        if (n <= 0) return 0;
        data += n;
        len -= (size_t)n;
    }
    return 1;
}

/* Whole windows for a client that waits for them, and the acknowledgement of its SETTINGS. */
static const uint8_t settings_ack[HEAD] = {0, 0, 0, 4, 1, 0, 0, 0, 0};

static int answer(client *c)
{
    static uint8_t out[1 << 20];
    size_t at = 0, filled = 0;
    if (c->preface > 0) {
        at = c->len < c->preface ? c->len : c->preface;
        c->preface -= at;
    }
    while (c->len - at >= HEAD) {
        const uint8_t *const head = c->in + at;
        const size_t len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (c->len - at < HEAD + len) break;
        if (filled + canned_len + HEAD > sizeof out) {
            if (!send_all(c->fd, out, filled)) return 0;
            filled = 0;
        }
        if (head[3] == 1) {
            memcpy(out + filled, canned, canned_len);
            memcpy(out + filled + 5, head + 5, 4);
            memcpy(out + filled + HEAD + 1 + 5, head + 5, 4);
            filled += canned_len;
        } else if (head[3] == 4 && !(head[4] & 1)) {
            memcpy(out + filled, settings_ack, HEAD);
            filled += HEAD;
        }
        at += HEAD + len;
    }
    memmove(c->in, c->in + at, c->len - at);
    c->len -= at;
    return send_all(c->fd, out, filled);
}

static void serve(client *c)
{
    const ssize_t n = read(c->fd, c->in + c->len, sizeof c->in - c->len);
    if (n < 0 && errno == EAGAIN) return;
    if (n > 0) {
        c->len += (size_t)n;
        if (answer(c)) return;
    }
    close(c->fd);
    free(c);
}

static void accept_one(int listener, int poll)
{
    static const uint8_t settings[HEAD] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    const int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    client *const c = calloc(1, sizeof *c);
    if (c == NULL) die("calloc");
    c->fd = fd;
    c->preface = PREFACE;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
    (void)send_all(fd, settings, sizeof settings);
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    load(argv[2]);
    const int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)atoi(argv[1])),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0)
        die("listen");
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll_ctl");
    for (;;) {
        struct epoll_event events[64];
        const int count = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL)
                accept_one(listener, poll);
            else
                serve(events[i].data.ptr);
        }
    }
}
