/* The rules of frames on their own, and payloads read and written. */
#include "frame/frame.h"
#include "frames.h"
#include "octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What Python's hyperframe says of a frame whose length is the row, 0 to 12, and whose padding is the column, 0 to 13:
 * F too short, P padding, a digit is the length of data or fragment. */
static const struct {
    const char *name;
    uint8_t type, flags;
    const char *rows[13];
} recorded[] = {
    {"DATA",
     0,
     0x8,
     {
         "FFFFFFFFFFFFFF",
         "0PPPPPPPPPPPPP",
         "10PPPPPPPPPPPP",
         "210PPPPPPPPPPP",
         "3210PPPPPPPPPP",
         "43210PPPPPPPPP",
         "543210PPPPPPPP",
         "6543210PPPPPPP",
         "76543210PPPPPP",
         "876543210PPPPP",
         "9876543210PPPP",
         "A9876543210PPP",
         "BA9876543210PP",
     }},
    {"HEADERS",
     1,
     0x8,
     {
         "FFFFFFFFFFFFFF",
         "0PPPPPPPPPPPPP",
         "1PPPPPPPPPPPPP",
         "21PPPPPPPPPPPP",
         "321PPPPPPPPPPP",
         "4321PPPPPPPPPP",
         "54321PPPPPPPPP",
         "654321PPPPPPPP",
         "7654321PPPPPPP",
         "87654321PPPPPP",
         "987654321PPPPP",
         "A987654321PPPP",
         "BA987654321PPP",
     }},
    {"HEADERS with PRIORITY",
     1,
     0x28,
     {
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "00000PPPPPPPPP",
         "100000PPPPPPPP",
         "2100000PPPPPPP",
         "32100000PPPPPP",
         "432100000PPPPP",
         "5432100000PPPP",
         "65432100000PPP",
     }},
    {"PUSH_PROMISE",
     5,
     0x8,
     {
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "FFFFFFFFFFFFFF",
         "00000PPPPPPPPP",
         "100000PPPPPPPP",
         "2100000PPPPPPP",
         "32100000PPPPPP",
         "432100000PPPPP",
         "5432100000PPPP",
         "65432100000PPP",
         "765432100000PP",
     }},
};

/* The fixed fields in front of what is padded, as RFC 9113 sections 6.1, 6.2 and 6.6 draw them. */
static uint32_t before(uint8_t type, uint8_t flags)
{
    return 1U + (type == 5 ? 4U : 0U) + (flags & 0x20 ? 5U : 0U);
}

static char python_says(const h2_frame_header *header, const uint8_t *payload)
{
    static const char digits[] = "0123456789ABCDEF";
    h2_block_frame block = {0};
    h2_frame_fault fault = h2_frame_check_length(header);

    if (fault) {
        assert_int_equal(fault, H2_FAULT_TOO_SHORT);
        return 'F';
    }
    if (header->type == 0) {
        fault = h2_frame_check_padding(header, payload[0]);
        block.len = fault ? 0 : header->length - 1 - payload[0];
    } else {
        fault = header->type == 1 ? h2_frame_read_headers(header, payload, &block)
                                  : h2_frame_read_push_promise(header, payload, &block);
    }
    if (fault == H2_FAULT_PADDING || fault == H2_FAULT_PADDING_FILLS) return 'P';
    return digits[block.len];
}

static void padding_is_judged_for_both(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
        for (uint32_t length = 0; length < 13; length++) {
            for (uint8_t padding = 0; padding < 14; padding++) {
                uint8_t payload[16] = {0};
                if (recorded[i].type == 5) payload[4] = 2;
                payload[0] = padding;
                const h2_frame_header header = {length, recorded[i].type, recorded[i].flags, 1};
                const char python = python_says(&header, payload);
                if (python != recorded[i].rows[length][padding])
                    fail_msg("%s of %u, padding %u: %c", recorded[i].name, length, padding, python);

                const uint32_t fixed = before(header.type, header.flags);
                if (length < fixed) continue;
                const h2_frame_fault fault = h2_frame_check_padding(&header, padding);
                const bool broken = padding > length - fixed;
                assert_int_equal(fault == H2_FAULT_PADDING || fault == H2_FAULT_PADDING_OVERLAPS, broken);
            }
        }
    }
}

static h2_frame_fault judge(unsigned type, unsigned flags, uint32_t length, uint32_t stream_id)
{
    const h2_frame_header header = {length, (uint8_t)type, (uint8_t)flags, stream_id};
    const h2_frame_fault fault = h2_frame_check_id(&header);
    return fault ? fault : h2_frame_check_length(&header);
}

static void identifiers_and_lengths(void **state)
{
    (void)state;
    static const struct {
        unsigned type, flags;
        uint32_t length, stream_id;
        h2_frame_fault fault;
    } rows[] = {
        {0, 0, 0, 1, H2_FAULT_NONE},
        {0, 0, 0, 0, H2_FAULT_STREAM_ID_ZERO},
        {0, 8, 0, 1, H2_FAULT_TOO_SHORT},
        {0, 8, 1, 1, H2_FAULT_NONE},
        {0, 0x28, 1, 1, H2_FAULT_NONE},
        {1, 0, 0, 1, H2_FAULT_NONE},
        {1, 0, 0, 0, H2_FAULT_STREAM_ID_ZERO},
        {1, 0x20, 4, 1, H2_FAULT_TOO_SHORT},
        {1, 0x20, 5, 1, H2_FAULT_NONE},
        {1, 0x28, 5, 1, H2_FAULT_TOO_SHORT},
        {1, 0x28, 6, 1, H2_FAULT_NONE},
        {2, 0, 5, 1, H2_FAULT_NONE},
        {2, 0xff, 5, 1, H2_FAULT_NONE},
        {2, 0, 4, 1, H2_FAULT_LENGTH},
        {2, 0, 6, 1, H2_FAULT_LENGTH},
        {2, 0, 5, 0, H2_FAULT_STREAM_ID_ZERO},
        {3, 0, 4, 1, H2_FAULT_NONE},
        {3, 0, 3, 1, H2_FAULT_LENGTH},
        {3, 0, 4, 0, H2_FAULT_STREAM_ID_ZERO},
        {4, 0, 0, 0, H2_FAULT_NONE},
        {4, 1, 0, 0, H2_FAULT_NONE},
        {4, 0, 6, 0, H2_FAULT_NONE},
        {4, 0, 7, 0, H2_FAULT_LENGTH_MULTIPLE},
        {4, 1, 7, 0, H2_FAULT_ACK_WITH_PAYLOAD},
        {4, 1, 6, 0, H2_FAULT_ACK_WITH_PAYLOAD},
        {4, 0, 0, 1, H2_FAULT_STREAM_ID_NOT_ZERO},
        {5, 0, 4, 1, H2_FAULT_NONE},
        {5, 0, 3, 1, H2_FAULT_TOO_SHORT},
        {5, 8, 4, 1, H2_FAULT_TOO_SHORT},
        {5, 0x20, 4, 1, H2_FAULT_NONE},
        {5, 0, 4, 0, H2_FAULT_STREAM_ID_ZERO},
        {6, 0, 8, 0, H2_FAULT_NONE},
        {6, 1, 7, 0, H2_FAULT_LENGTH},
        {6, 0, 8, 1, H2_FAULT_STREAM_ID_NOT_ZERO},
        {7, 0, 8, 0, H2_FAULT_NONE},
        {7, 0, 80, 0, H2_FAULT_NONE},
        {7, 0, 7, 0, H2_FAULT_TOO_SHORT},
        {7, 0, 8, 1, H2_FAULT_STREAM_ID_NOT_ZERO},
        {8, 0, 4, 0, H2_FAULT_NONE},
        {8, 0, 4, 1, H2_FAULT_NONE},
        {8, 0, 5, 1, H2_FAULT_LENGTH},
        {9, 0, 0, 1, H2_FAULT_NONE},
        {9, 0, 0, 0, H2_FAULT_STREAM_ID_ZERO},
        {10, 0, 1, 0, H2_FAULT_TOO_SHORT},
        {10, 0, 2, 1, H2_FAULT_NONE},
        {11, 0xff, 0, 0, H2_FAULT_NONE},
        {255, 0xff, 1, 1, H2_FAULT_NONE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const h2_frame_fault fault = judge(rows[i].type, rows[i].flags, rows[i].length, rows[i].stream_id);
        if (fault != rows[i].fault) fail_msg("row %zu: %s", i, h2_frame_fault_name(fault));
    }
}

static void payloads_are_read(void **state)
{
    (void)state;
    h2_block_frame block;
    static const uint8_t headers[] = {2, 0x80, 0, 0, 3, 255, 'a', 'b', 'c', 0, 0};
    const h2_frame_header padded = {sizeof headers, 1, 0x28, 1};
    assert_int_equal(h2_frame_read_headers(&padded, headers, &block), H2_FAULT_NONE);
    assert_true(block.has_priority && block.priority.exclusive);
    assert_int_equal(block.priority.depends_on, 3);
    assert_int_equal(block.priority.weight, 256);
    assert_int_equal(block.len, 3);
    assert_memory_equal(block.fragment, "abc", 3);
    const h2_frame_header plain = {sizeof headers, 1, 0, 1};
    assert_int_equal(h2_frame_read_headers(&plain, headers, &block), H2_FAULT_NONE);
    assert_false(block.has_priority);
    assert_int_equal(block.len, sizeof headers);

    static const uint8_t promise[] = {0x80, 0, 0, 4, 'x'};
    const h2_frame_header push = {5, 5, 0, 1};
    assert_int_equal(h2_frame_read_push_promise(&push, promise, &block), H2_FAULT_NONE);
    assert_int_equal(block.promised_id, 4);
    assert_int_equal(block.len, 1);
    assert_int_equal(h2_frame_read_push_promise(&push, (const uint8_t *)"\x80\0\0\0x", &block),
                     H2_FAULT_PROMISED_ID);
    assert_int_equal(h2_frame_read_push_promise(&push, (const uint8_t *)"\0\0\0\3x", &block),
                     H2_FAULT_PROMISED_ID);

    const h2_frame_header goaway = {10, 7, 0, 0};
    const h2_goaway_frame end = h2_frame_read_goaway(&goaway, (const uint8_t *)"\xff\xff\xff\xff\0\0\1\0hi");
    assert_int_equal(end.last_stream_id, 0x7fffffff);
    assert_int_equal(end.error_code, 256);
    assert_int_equal(end.debug_len, 2);
    assert_memory_equal(end.debug, "hi", 2);

    uint32_t increment;
    assert_int_equal(h2_frame_read_window_update((const uint8_t *)"\x80\0\0\0", &increment),
                     H2_FAULT_INCREMENT_ZERO);
    assert_int_equal(h2_frame_read_window_update((const uint8_t *)"\x80\0\0\1", &increment), H2_FAULT_NONE);
    assert_int_equal(increment, 1);

    h2_altsvc_frame altsvc;
    h2_frame_header service = {5, 10, 0, 0};
    assert_int_equal(h2_frame_read_altsvc(&service, (const uint8_t *)"\0\4abc", &altsvc), H2_FAULT_TOO_SHORT);
    assert_int_equal(h2_frame_read_altsvc(&service, (const uint8_t *)"\0\2abc", &altsvc), H2_FAULT_NONE);
    assert_int_equal(altsvc.origin_len, 2);
    assert_int_equal(altsvc.value_len, 1);
    assert_memory_equal(altsvc.value, "c", 1);

    const h2_setting setting = h2_frame_read_setting((const uint8_t *)"\0\1\0\0\0\0\xfe\3\1\2\3\4", 1);
    assert_int_equal(setting.id, 0xfe03);
    assert_int_equal(setting.value, 0x01020304);
}

static void expect(const octets *want, const uint8_t *frame, size_t len)
{
    assert_int_equal(len, want->len);
    assert_memory_equal(frame, want->data, len);
}

static void frames_are_written(void **state)
{
    (void)state;
    octets want = {0};
    uint8_t frame[256];
    const h2_setting settings[] = {{1, 4096}, {0xfe03, 0xffffffff}};
    static const uint8_t ping[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const h2_priority priority = {3, 256, true};

    frame_settings(&want, settings, 2);
    expect(&want, frame, h2_frame_write_settings(frame, settings, 2));
    octets_clear(&want);
    frame_settings_ack(&want);
    expect(&want, frame, h2_frame_write_settings_ack(frame));
    octets_clear(&want);
    frame_ping(&want, ping, true);
    expect(&want, frame, h2_frame_write_ping(frame, ping, true));
    octets_clear(&want);
    frame_rst_stream(&want, 0x7fffffff, 0xfffffffe);
    expect(&want, frame, h2_frame_write_rst_stream(frame, 0x7fffffff, 0xfffffffe));
    octets_clear(&want);
    frame_window_update(&want, 5, 0x7fffffff);
    expect(&want, frame, h2_frame_write_window_update(frame, 5, 0x7fffffff));
    octets_clear(&want);
    frame_priority(&want, 7, &priority);
    expect(&want, frame, h2_frame_write_priority(frame, 7, &priority));
    octets_clear(&want);
    frame_goaway(&want, 9, 11, "bye", 3);
    expect(&want, frame, h2_frame_write_goaway(frame, 9, 11, "bye", 3));
    octets_clear(&want);
    frame_goaway(&want, 9, 11, NULL, 0);
    expect(&want, frame, h2_frame_write_goaway(frame, 9, 11, NULL, 0));
    octets_clear(&want);
    frame_put(&want, FRAME_ALTSVC, 0, 1, "\0\0h2=\":1\"", 9);
    expect(&want, frame, h2_frame_write_altsvc(frame, 1, NULL, 0, "h2=\":1\"", 7));

    const h2_frame_header header =
        h2_frame_header_get((const uint8_t *)"\xff\xfe\xfd\x21\xc3\xff\xff\xff\xff");
    assert_int_equal(header.length, 0xfffefd);
    assert_int_equal(header.type, 0x21);
    assert_int_equal(header.flags, 0xc3);
    assert_int_equal(header.stream_id, 0x7fffffff);
    octets_free(&want);
}

/* 31 bits of identifier, one that is a flag. */
static void the_greatest_dependency(void **state)
{
    (void)state;
    h2_priority p = h2_frame_read_priority((const uint8_t *)"\x7f\xff\xff\xff\0");
    assert_int_equal(p.depends_on, 0x7fffffff);
    assert_false(p.exclusive);
    assert_int_equal(p.weight, 1);
    p = h2_frame_read_priority((const uint8_t *)"\x80\0\0\0\xff");
    assert_int_equal(p.depends_on, 0);
    assert_true(p.exclusive);
    assert_int_equal(p.weight, 256);
}

/* The first type that is unknown: any stream, any length. */
static void an_unknown_type_has_no_rules(void **state)
{
    (void)state;
    for (uint32_t length = 0; length < 20; length++)
        for (uint32_t id = 0; id < 2; id++)
            for (unsigned flags = 0; flags < 256; flags++) {
                const h2_frame_header unknown = {length, H2_FRAME_TYPES, (uint8_t)flags, id};
                assert_int_equal(h2_frame_check_id(&unknown), H2_FAULT_NONE);
                assert_int_equal(h2_frame_check_length(&unknown), H2_FAULT_NONE);
            }
    assert_string_equal(h2_frame_class_name(H2_FRAME_TYPES), "ExtensionFrame");
    assert_string_equal(h2_frame_class_name(H2_FRAME_TYPES - 1), "AltSvcFrame");
    assert_null(h2_frame_type_name(H2_FRAME_TYPES));
    assert_null(h2_frame_flag_name(H2_FRAME_TYPES, 1));
    assert_null(h2_frame_fault_name(H2_FAULT_COUNT));
}

static void names_and_rows(void **state)
{
    (void)state;
    assert_string_equal(h2_frame_type_name(H2_FRAME_WINDOW_UPDATE), "WINDOW_UPDATE");
    assert_null(h2_frame_type_name(11));
    assert_string_equal(h2_frame_class_name(3), "RstStreamFrame");
    assert_string_equal(h2_frame_class_name(7), "GoAwayFrame");
    assert_string_equal(h2_frame_class_name(77), "ExtensionFrame");
    assert_string_equal(h2_frame_flag_name(H2_FRAME_PING, 1), "ACK");
    assert_string_equal(h2_frame_flag_name(H2_FRAME_DATA, 1), "END_STREAM");
    assert_null(h2_frame_flag_name(H2_FRAME_DATA, 4));
    assert_null(h2_frame_flag_name(99, 1));
    for (int fault = 0; fault < H2_FAULT_COUNT; fault++)
        assert_non_null(h2_frame_fault_name((h2_frame_fault)fault));

    char row[128];
    assert_true(h2_frame_rule_row(2, row, sizeof row));
    assert_string_equal(row, "1\tHEADERS\tnot 0\tat least 0\tEND_STREAM END_HEADERS PADDED PRIORITY\t6.2");
    assert_true(h2_frame_rule_row(5, row, sizeof row));
    assert_string_equal(row, "4\tSETTINGS\t0\tmultiple of 6\tACK\t6.5");
    assert_true(h2_frame_rule_row(11, row, sizeof row));
    assert_false(h2_frame_rule_row(12, row, sizeof row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_is_judged_for_both),
        cmocka_unit_test(identifiers_and_lengths),
        cmocka_unit_test(payloads_are_read),
        cmocka_unit_test(frames_are_written),
        cmocka_unit_test(the_greatest_dependency),
        cmocka_unit_test(an_unknown_type_has_no_rules),
        cmocka_unit_test(names_and_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
