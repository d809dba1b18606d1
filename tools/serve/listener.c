/* See listener.h. */
#include "serve/listener.h"

#include "host.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    ACCEPTS_PER_TURN = 64,
    PAUSE_MS = 200 /* when there are no descriptors left, some may have been closed by then */
};

static int bind_one(const struct addrinfo *where)
{
    const int on = 1;
    const int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) return fd;
    const int error = errno;
    close(fd);
    return -error;
}

/* "127.0.0.1:8080", "[::1]:8080" */
static void name_of(const struct sockaddr *address, socklen_t len, char *out, size_t size)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    const bool six = address->sa_family == AF_INET6;
    if (getnameinfo(address, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(out, size, "?");
    else
        snprintf(out, size, "%s%.45s%s:%.5s", six ? "[" : "", host, six ? "]" : "", port);
}

bool listener_bind(struct listener *listener, const char *host, uint16_t port, bool tls, char *error)
{
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    char service[8], name[64];
    snprintf(service, sizeof service, "%u", port);
    const int lookup = getaddrinfo(host_to_look_up(host), service, &hints, &list);
    if (lookup != 0) {
        snprintf(error, LISTENER_ERROR_SIZE, "cannot find the address %.100s: %s", host,
                 gai_strerror(lookup));
        return false;
    }
    const int fd = bind_one(list);
    freeaddrinfo(list);
    if (fd < 0) {
        snprintf(error, LISTENER_ERROR_SIZE, "cannot listen on %.100s port %u: %s", host, port,
                 strerror(-fd));
        return false;
    }
    listener->fd = fd;
    listener->tls = tls;
    getsockname(fd, (struct sockaddr *)&bound, &len);
    name_of((const struct sockaddr *)&bound, len, name, sizeof name);
    snprintf(listener->url, sizeof listener->url, "%s://%s", tls ? "https" : "http", name);
    return true;
}

static void hand_out(struct listener *listener, int fd, const struct sockaddr *address, socklen_t len)
{
    const struct admission_key key = admission_key_of(address);
    struct arrival *const arrival = malloc(sizeof *arrival);
    if (!arrival || !admission_enter(listener->admission, key)) {
        free(arrival);
        close(fd);
        return;
    }
    *arrival = (struct arrival){.fd = fd, .tls = listener->tls, .key = key};
    name_of(address, len, arrival->name, sizeof arrival->name);
    worker_take(&listener->workers[listener->next_worker], arrival);
    listener->next_worker = (listener->next_worker + 1) % listener->worker_count;
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
    struct listener *const listener = timer->data;
    uv_poll_start(&listener->poll, UV_READABLE, on_connection);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct listener *const listener = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof address;
        const int fd = accept4(listener->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            hand_out(listener, fd, (const struct sockaddr *)&address, len);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return;
        if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) continue;
        uv_poll_stop(&listener->poll);
        uv_timer_start(&listener->pause, on_pause_over, PAUSE_MS, 0);
        return;
    }
}

bool listener_start(struct listener *listener, uv_loop_t *loop, struct worker *workers, size_t count,
                    struct admission *admission)
{
    listener->workers = workers;
    listener->worker_count = count;
    listener->admission = admission;
    uv_timer_init(loop, &listener->pause);
    listener->pause.data = listener;
    if (uv_poll_init(loop, &listener->poll, listener->fd) != 0) return false;
    listener->poll.data = listener;
    return uv_poll_start(&listener->poll, UV_READABLE, on_connection) == 0;
}

void listener_stop(struct listener *listener)
{
    uv_poll_stop(&listener->poll);
    uv_close((uv_handle_t *)&listener->poll, NULL);
    uv_close((uv_handle_t *)&listener->pause, NULL);
    close(listener->fd);
}
