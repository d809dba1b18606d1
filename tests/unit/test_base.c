/* Memory, buffers, names and bounds: src/base without the output queue and the id map. */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "counting_allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void memory_is_counted_and_capped(void **state)
{
    (void)state;
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_memory memory;
    h2_memory_init(&memory, &allocator.base);
    assert_int_equal(memory.limit, SIZE_MAX);

    memory.limit = 100;
    void *a = h2_alloc(&memory, 60);
    assert_non_null(a);
    assert_int_equal(memory.used, 60);
    assert_null(h2_alloc(&memory, 41));
    assert_int_equal(allocator.requests, 1);
    void *b = h2_alloc(&memory, 40);
    assert_non_null(b);
    assert_null(h2_realloc(&memory, b, 40, 41));
    b = h2_realloc(&memory, b, 40, 10);
    assert_int_equal(memory.used, 70);
    b = h2_realloc(&memory, b, 10, 40);
    assert_int_equal(memory.used, 100);
    memory.limit = 50;
    assert_null(h2_alloc(&memory, 1));
    assert_null(h2_realloc(&memory, b, 40, 41));
    assert_int_equal(memory.crossed, 4);
    assert_non_null(b = h2_realloc(&memory, b, 40, 40));
    assert_int_equal(memory.crossed, 4);
    h2_free(&memory, a, 60);
    h2_free(&memory, b, 40);
    h2_free(&memory, NULL, 0);
    assert_int_equal(memory.used, 0);

    allocator.fail_at = allocator.requests + 1;
    assert_null(h2_realloc(&memory, NULL, 0, 8));
    assert_int_equal(memory.used, 0);
    assert_true(counting_allocator_clean(&allocator));
}

static void memory_defaults_to_libc(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    char *p = h2_realloc(&memory, NULL, 0, 3);
    memcpy(p, "abc", 3);
    p = h2_realloc(&memory, p, 3, 4000);
    assert_memory_equal(p, "abc", 3);
    assert_int_equal(memory.used, 4000);
    h2_free(&memory, p, 4000);
}

static void buffer_grows_and_survives_failure(void **state)
{
    (void)state;
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_memory memory;
    h2_memory_init(&memory, &allocator.base);
    h2_buffer buffer = {0};

    assert_true(h2_buffer_append(&buffer, &memory, NULL, 0));
    assert_null(buffer.data);
    for (unsigned i = 0; i < 1000; i++) {
        const uint8_t octet = (uint8_t)i;
        assert_true(h2_buffer_append(&buffer, &memory, &octet, 1));
    }
    assert_int_equal(buffer.len, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(buffer.data[i], (uint8_t)i);
    assert_true(allocator.requests <= 6);
    assert_int_equal(memory.used, buffer.cap);

    allocator.fail_at = allocator.requests + 1;
    const h2_buffer before = buffer;
    assert_false(h2_buffer_reserve(&buffer, &memory, 5000));
    assert_false(h2_buffer_reserve(&buffer, &memory, SIZE_MAX));
    assert_false(h2_buffer_reserve(&buffer, &memory, SIZE_MAX - 2000));
    assert_memory_equal(&buffer, &before, sizeof before);
    h2_buffer_free(&buffer, &memory);
    assert_true(counting_allocator_clean(&allocator));
    assert_int_equal(memory.used, 0);
}

/* What a buffer has room for after asking an empty one for so many octets within a bound. */
static size_t capacity_for(size_t octets, size_t most)
{
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_buffer buffer = {0};
    assert_true(h2_buffer_reserve_within(&buffer, &memory, octets, most));
    const size_t cap = buffer.cap;
    h2_buffer_free(&buffer, &memory);
    return cap;
}

static void buffer_doubles_within_its_bound(void **state)
{
    (void)state;
    assert_int_equal(capacity_for(1, SIZE_MAX), 64);
    assert_int_equal(capacity_for(64, SIZE_MAX), 64);
    assert_int_equal(capacity_for(65, SIZE_MAX), 128);
    assert_int_equal(capacity_for(65, 100), 100);
    assert_int_equal(capacity_for(100, 100), 100);
    assert_int_equal(capacity_for(101, 100), 101);
    assert_int_equal(capacity_for(65, 128), 128);
}

static void integers_are_big_endian(void **state)
{
    (void)state;
    uint8_t octets[8];

    h2_put16(octets, 0x0102);
    assert_memory_equal(octets, "\x01\x02", 2);
    assert_int_equal(h2_get16(octets), 0x0102);
    h2_put24(octets, 0xfffefd);
    assert_memory_equal(octets, "\xff\xfe\xfd", 3);
    assert_int_equal(h2_get24(octets), 0xfffefd);
    h2_put32(octets, 0x80000001);
    assert_memory_equal(octets, "\x80\x00\x00\x01", 4);
    assert_int_equal(h2_get32(octets), 0x80000001);
    h2_put64(octets, UINT64_C(0x8001020304050607));
    assert_memory_equal(octets, "\x80\x01\x02\x03\x04\x05\x06\x07", 8);
    assert_int_equal(h2_get64(octets), UINT64_C(0x8001020304050607));
}

static void statuses_have_names_and_parents(void **state)
{
    (void)state;
    assert_string_equal(h2_status_name(H2_OK), "OK");
    assert_string_equal(h2_status_name(H2_NEED_DATA), "NeedData");
    assert_string_equal(h2_status_name(H2_ERROR_PROTOCOL), "ProtocolError");
    assert_string_equal(h2_status_name(H2_ERROR_STREAM_ID_TOO_LOW), "StreamIDTooLowError");
    assert_string_equal(h2_status_name(H2_ERROR_NO_AVAILABLE_STREAM_ID), "NoAvailableStreamIDError");
    assert_string_equal(h2_status_name(H2_ERROR_RFC1122), "RFC1122Error");
    assert_string_equal(h2_status_name(H2_ERROR_NO_MEMORY), "NoMemoryError");
    assert_string_equal(h2_status_name((h2_status)2), "UnknownStatus");
    assert_string_equal(h2_status_name((h2_status)-17), "UnknownStatus");
    for (int status = H2_ERROR_NO_MEMORY; status <= H2_NEED_DATA; status++) {
        assert_true(h2_status_is((h2_status)status, (h2_status)status));
        const bool protocol = status < 0 && status != H2_ERROR_RFC1122 && status != H2_ERROR_ARGUMENT &&
                              status != H2_ERROR_NO_MEMORY;
        assert_int_equal(h2_status_is((h2_status)status, H2_ERROR_PROTOCOL), protocol);
        for (int other = status + 1; other <= H2_NEED_DATA; other++)
            assert_string_not_equal(h2_status_name((h2_status)status), h2_status_name((h2_status)other));
    }
    assert_true(h2_status_is(H2_ERROR_STREAM_CLOSED, H2_ERROR_NO_SUCH_STREAM));
    assert_false(h2_status_is(H2_ERROR_NO_SUCH_STREAM, H2_ERROR_STREAM_CLOSED));
    assert_false(h2_status_is(H2_ERROR_PROTOCOL, H2_OK));
    assert_false(h2_status_is((h2_status)7, H2_ERROR_PROTOCOL));
    assert_false(h2_status_is((h2_status)7, (h2_status)7));
}

static void codes_and_events_have_names(void **state)
{
    (void)state;
    assert_string_equal(h2_error_code_name(0), "NO_ERROR");
    assert_string_equal(h2_error_code_name(H2_CODE_ENHANCE_YOUR_CALM), "ENHANCE_YOUR_CALM");
    assert_string_equal(h2_error_code_name(13), "HTTP_1_1_REQUIRED");
    assert_null(h2_error_code_name(14));
    assert_null(h2_error_code_name(UINT32_MAX));
    assert_string_equal(h2_event_name(H2_EVENT_NONE), "None");
    assert_string_equal(h2_event_name(H2_EVENT_REQUEST_RECEIVED), "RequestReceived");
    assert_string_equal(h2_event_name(H2_EVENT_UNKNOWN_FRAME_RECEIVED), "UnknownFrameReceived");
    assert_null(h2_event_name((h2_event_type)(H2_EVENT_UNKNOWN_FRAME_RECEIVED + 1)));
    assert_null(h2_event_name((h2_event_type)-1));
    for (int type = 0; type <= H2_EVENT_UNKNOWN_FRAME_RECEIVED; type++)
        assert_non_null(h2_event_name((h2_event_type)type));
    assert_string_equal(h2_version(), H2_VERSION);
}

static void bounds_have_defaults_and_names(void **state)
{
    (void)state;
    h2_limits limits = {.continuations = 3};
    h2_limits_resolve(&limits, H2_PROFILE_RFC);
    assert_int_equal(limits.continuations, 3);
    assert_int_equal(limits.header_fields, 1000);
    assert_int_equal(limits.output_control_octets, 1 << 20);
    assert_int_equal(limits.max_memory, SIZE_MAX);
    assert_false(limits.observe_only);

    limits = (h2_limits){.max_memory = 5};
    h2_limits_resolve(&limits, H2_PROFILE_PYTHON);
    assert_int_equal(limits.continuations, 63);
    assert_int_equal(limits.data_overhead, UINT32_MAX);
    assert_int_equal(limits.max_memory, 5);

    assert_string_equal(h2_limit_name(0), "header_fields");
    assert_string_equal(h2_limit_name(H2_LIMIT_max_memory), "max_memory");
    assert_null(h2_limit_name(H2_LIMIT_COUNT));
    for (size_t i = 0; i < H2_LIMIT_COUNT; i++)
        assert_non_null(h2_limit_name(i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_counted_and_capped),
        cmocka_unit_test(memory_defaults_to_libc),
        cmocka_unit_test(buffer_grows_and_survives_failure),
        cmocka_unit_test(buffer_doubles_within_its_bound),
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(statuses_have_names_and_parents),
        cmocka_unit_test(codes_and_events_have_names),
        cmocka_unit_test(bounds_have_defaults_and_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
