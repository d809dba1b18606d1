/* Connections that have begun, for tests of single calls. */
#ifndef H2_TEST_BEGUN_H
#define H2_TEST_BEGUN_H

#include "frames.h"

#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define LIST(fields) (fields), sizeof(fields) / sizeof *(fields)

static const h2_header request[] = {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":path", "/"), H2_HEADER(":authority", "a.example")};

/* Gives it all octets, which are gone then, and passes its events over. The failure, or H2_NEED_DATA. */
static inline h2_status feed(h2_connection *conn, octets *o)
{
    const uint8_t *data = o->data;
    size_t len = o->len;
    h2_event event;
    h2_status status;
    do {
        status = h2_receive_data(conn, &data, &len, &event);
    } while (status == H2_OK);
    octets_clear(o);
    return status;
}

static inline void drain(h2_connection *conn)
{
    h2_output_consume(conn, h2_output_pending(conn));
}

/* A connection with its preface and SETTINGS behind it, whose own SETTINGS are not acknowledged. */
static inline h2_connection *begun_with(const h2_config *config)
{
    h2_connection *conn;
    octets o = {0};
    assert_int_equal(h2_connection_new(&conn, config), H2_OK);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    if (config->role == H2_SERVER) frame_preface(&o);
    frame_settings(&o, NULL, 0);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    drain(conn);
    octets_free(&o);
    return conn;
}

/* The same, and all SETTINGS are acknowledged. */
static inline h2_connection *begun_from(const h2_config *config)
{
    octets o = {0};
    h2_connection *const conn = begun_with(config);
    frame_settings_ack(&o);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    octets_free(&o);
    return conn;
}

static inline h2_connection *begun(h2_role role)
{
    h2_config config;
    h2_config_init(&config, role);
    return begun_from(&config);
}

/* A client with a request on stream 1 that goes on. */
static inline h2_connection *asking(void)
{
    h2_connection *const conn = begun(H2_CLIENT);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), false, NULL), H2_OK);
    return conn;
}

/* Of a stream, or of the connection, which is 0. */
static inline int64_t outbound_window(h2_connection *conn, uint32_t id)
{
    h2_stream_info stream = {.size = sizeof stream};
    h2_connection_info info = {.size = sizeof info};
    if (id == 0) {
        h2_connection_get_info(conn, &info);
        return info.outbound_window;
    }
    assert_true(h2_stream_get_info(conn, id, &stream));
    return stream.outbound_window;
}

#endif
