/* A1 to A12: header blocks (RFC 7541, RFC 9113 section 4.3). */
#include "rows.h"

#include <stdio.h>
#include <string.h>

enum {
    KIB = 1024,
    ENTRY = 4000,   /* octets of the value that is entered once and referred to again and again */
    TABLE = 6 * KIB /* what a table of 4,096 octets takes, with its list of entries */
};

/* One entry, many references. */

static void put_bomb(octets *out, uint32_t id, const char *name, size_t value_len, size_t references)
{
    octets block = {0}, value = {0};
    octets_fill(&value, 'v', value_len);
    put_request_fields(&block);
    octets_u8(&block, 0x40);
    octets_u8(&block, (unsigned)strlen(name));
    octets_text(&block, name);
    if (value_len < 127) {
        octets_u8(&block, (unsigned)value_len);
    } else {
        octets_u8(&block, 127);
        octets_u8(&block, (unsigned)((value_len - 127) & 127) | 128);
        octets_u8(&block, (unsigned)((value_len - 127) >> 7));
    }
    octets_put(&block, value.data, value.len);
    octets_fill(&block, 0x80 | 62, references);
    put_long_block(out, id, true, &block);
    octets_free(&block);
    octets_free(&value);
}

static void large_entry(octets *out, size_t number)
{
    put_bomb(out, odd(number), "a", ENTRY, 16000);
}

/* Beyond the list's bound, but not four times. */
static void large_entry_few(octets *out, size_t number)
{
    put_bomb(out, odd(number), "a", ENTRY, 30);
}

static void tiny_entry(octets *out, size_t number)
{
    put_bomb(out, odd(number), "a", 0, 16000);
}

static void tiny_entry_few(octets *out, size_t number)
{
    put_bomb(out, odd(number), "a", 0, 1800);
}

/* As many fields as may be. */
static void tiny_entry_most(octets *out, size_t number)
{
    put_bomb(out, odd(number), "a", 0, 995);
}

static void crumbs(octets *out, size_t number)
{
    put_bomb(out, odd(number), "cookie", 3, 1500);
}

static void crumbs_150(octets *out, size_t number)
{
    put_bomb(out, odd(number), "cookie", 3, 149);
}

/* The windows of all streams are shut, and every request is answered: what could pile up is only what is queued. */
static void answer(subject *s, const h2_event *event)
{
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    if (event->type == H2_EVENT_REQUEST_RECEIVED)
        (void)h2_send_headers(s->conn, event->stream_id, response, 1, false, NULL);
}

static void joined(subject *s, size_t units)
{
    (void)units;
    expect(s->most_fields == 5, "A3", "crumbs are joined into one field");
}

static void empty_names(octets *out, size_t number)
{
    octets block = {0};
    put_request_fields(&block);
    octets_fill(&block, 0, 3 * 900);
    put_block(out, odd(number), true, block.data, block.len);
    octets_free(&block);
}

/* CONTINUATION. */

/* The first unit is HEADERS, all others are CONTINUATION. */
static void endless(octets *out, size_t number)
{
    octets block = {0};
    octets_fill(&block, 0x82, 16384);
    frame_put(out, number == 0 ? FRAME_HEADERS : FRAME_CONTINUATION, 0, 1, block.data, block.len);
    octets_free(&block);
}

static void endless_empty(octets *out, size_t number)
{
    frame_put(out, number == 0 ? FRAME_HEADERS : FRAME_CONTINUATION, 0, 1, NULL, 0);
}

static void interleaved(octets *out, size_t number)
{
    static const uint8_t ping[8];
    if (number == 0)
        frame_put(out, FRAME_HEADERS, 0, 1, "\x82", 1);
    else
        frame_ping(out, ping, false);
}

static void interleaved_unknown(octets *out, size_t number)
{
    frame_put(out, number == 0 ? FRAME_HEADERS : 0xfa, 0, 1, "\x82", 1);
}

/* What RFC 7541 forbids. */

static void endless_integer(octets *out, size_t number)
{
    octets block = {0};
    octets_u8(&block, 0xff);
    octets_fill(&block, 0x80, 100);
    put_block(out, odd(number), true, block.data, block.len);
    octets_free(&block);
}

/* Six octets. */
static void long_integer(octets *out, size_t number)
{
    put_block(out, odd(number), true, "\xff\x80\x80\x80\x80\x10", 6);
}

static void parted_integer(octets *out, size_t number)
{
    (void)number;
    frame_put(out, FRAME_HEADERS, FLAG_END_STREAM, 1, "\xff\x80\x80", 3);
    frame_put(out, FRAME_CONTINUATION, 0, 1, "\x80\x80", 2);
    frame_put(out, FRAME_CONTINUATION, FLAG_END_HEADERS, 1, "\x80\x80\x01", 3);
}

static void huffman_eos(octets *out, size_t number)
{
    put_block(out, odd(number), true,
              "\x00\x84\xff\xff\xff\xff\x01"
              "a",
              8);
}

static void huffman_long_padding(octets *out, size_t number)
{
    put_block(out, odd(number), true,
              "\x00\x82\x1f\xff\x01"
              "a",
              6);
}

static void huffman_zero_padding(octets *out, size_t number)
{
    put_block(out, odd(number), true,
              "\x00\x81\x18\x01"
              "a",
              5);
}

/* Strings that grow by 8/5 as they are decoded, past the list's bound. */
static void huffman_expansion(octets *out, size_t number)
{
    octets block = {0};
    put_request_fields(&block);
    for (int i = 0; i < 3; i++) {
        octets_put(&block,
                   "\x00\x01"
                   "a\xff\xa1\x7e",
                   6); /* 127 + 0x21 + 0x7e * 128 octets */
        octets_fill(&block, 0x18, 0x21 + 0x7e * 128 + 127);
        block.data[block.len - 1] = 0x1f;
    }
    put_long_block(out, odd(number), true, &block);
    octets_free(&block);
}

static void size_updates(octets *out, size_t number)
{
    octets block = {0};
    octets_fill(&block, 0x20, 16000);
    put_block(out, odd(number), true, block.data, block.len);
    octets_free(&block);
}

static void size_updates_2(octets *out, size_t number)
{
    octets block = {0};
    octets_put(&block, "\x20\x3f\xe1\x1f", 4);
    put_request_fields(&block);
    put_block(out, odd(number), true, block.data, block.len);
    octets_free(&block);
}

static void size_updates_3(octets *out, size_t number)
{
    octets block = {0};
    octets_put(&block, "\x20\x20\x3f\xe1\x1f", 5);
    put_request_fields(&block);
    put_block(out, odd(number), true, block.data, block.len);
    octets_free(&block);
}

static void size_above(octets *out, size_t number)
{
    put_block(out, odd(number), true, "\x3f\xe2\x1f\x82\x84\x87\x81", 7);
}

static void size_late(octets *out, size_t number)
{
    put_block(out, odd(number), true, "\x82\x20\x84\x87\x81", 5);
}

static void churn(octets *out, size_t number)
{
    octets block = {0};
    put_request_fields(&block);
    for (unsigned i = 0; i < 900; i++)
        octets_put(&block, (const uint8_t[]){0x40, 1, 'a', 1, (uint8_t)('!' + i % 90)}, 5);
    put_block(out, odd(number), true, block.data, block.len);
    octets_free(&block);
}

static void huge_table(octets *out, size_t number)
{
    const h2_setting setting = {H2_SETTINGS_HEADER_TABLE_SIZE, UINT32_MAX};
    if (number == 0) frame_settings(out, &setting, 1);
    put_request(out, odd(number), true);
}

/* Answers that would fill any table. */
static void answer_much(subject *s, const h2_event *event)
{
    char value[200];
    if (event->type != H2_EVENT_REQUEST_RECEIVED) return;
    const int len = snprintf(value, sizeof value, "%0190u", (unsigned)event->stream_id);
    const h2_header response[] = {H2_HEADER(":status", "200"), {"x-a", 3, value, (size_t)len, 0}};
    (void)h2_send_headers(s->conn, event->stream_id, response, 2, true, NULL);
}

static void small_table(subject *s, size_t units)
{
    h2_connection_info info = {.size = sizeof info};
    (void)units;
    h2_connection_get_info(s->conn, &info);
    expect(info.encoder_table_size == 4096, "A12", "the encoder's table stays at 4,096");
}

/* clang-format off */
const row block_rows[] = {
    {"A1", "HPACK bomb, 16,000 references to 4 KB", H2_SERVER, NULL, NULL, NULL, large_entry, 4,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "header_list_size", 0, 0, 64 * KIB + TABLE + 32 * KIB, 0, NULL},
    {"A1", "HPACK bomb below four times the bound", H2_SERVER, NULL, NULL, NULL, large_entry_few, 100,
     ENDS_STREAMS, H2_CODE_ENHANCE_YOUR_CALM, "header_list_size", ALL, ALL, 64 * KIB + TABLE, 0, NULL},
    {"A2", "16,000 references to 33 octets", H2_SERVER, NULL, NULL, NULL, tiny_entry, 100,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "header_list_size", 0, 0, ALL, 16, NULL},
    {"A2", "1,800 references to 33 octets", H2_SERVER, NULL, NULL, answer, tiny_entry_few, 100,
     ENDS_STREAMS, H2_CODE_ENHANCE_YOUR_CALM, "header_fields", ALL, ALL, ALL, 16, NULL},
    {"A2", "1,000 fields in each of 100 requests", H2_SERVER, NULL, NULL, answer, tiny_entry_most, 100,
     PASSES, 0, NULL, ALL, ALL, ALL, 16, NULL},
    {"A3", "1,500 cookie crumbs", H2_SERVER, NULL, NULL, answer, crumbs, 100,
     ENDS_STREAMS, H2_CODE_ENHANCE_YOUR_CALM, "header_fields", ALL, ALL, ALL, 16, NULL},
    {"A3", "150 cookie crumbs", H2_SERVER, NULL, NULL, answer, crumbs_150, 100,
     PASSES, 0, NULL, ALL, ALL, 64 * KIB, 0, joined},
    {"A4", "900 fields without a name", H2_SERVER, NULL, NULL, NULL, empty_names, 100,
     ENDS_STREAMS, H2_CODE_PROTOCOL_ERROR, NULL, ALL, ALL, 72 * KIB, 0, NULL},
    {"A5", "CONTINUATION of 16 KiB without end", H2_SERVER, NULL, NULL, NULL, endless, 20,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "continuations", 9, 9, 160 * KIB, 0, NULL},
    {"A6", "CONTINUATION of 0 octets without end", H2_SERVER, NULL, NULL, NULL, endless_empty, 20,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "continuations", 9, 9, 1 * KIB, 0, NULL},
    {"A7", "PING inside a block", H2_SERVER, NULL, NULL, NULL, interleaved, 2,
     ENDS, H2_CODE_PROTOCOL_ERROR, NULL, 1, 1, 1 * KIB, 0, NULL},
    {"A7", "an unknown frame inside a block", H2_SERVER, NULL, NULL, NULL, interleaved_unknown, 2,
     ENDS, H2_CODE_PROTOCOL_ERROR, NULL, 1, 1, 1 * KIB, 0, NULL},
    {"A8", "an integer without end", H2_SERVER, NULL, NULL, NULL, endless_integer, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 1 * KIB, 0, NULL},
    {"A8", "an integer of six octets", H2_SERVER, NULL, NULL, NULL, long_integer, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 1 * KIB, 0, NULL},
    {"A8", "an integer across CONTINUATION", H2_SERVER, NULL, NULL, NULL, parted_integer, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 1 * KIB, 0, NULL},
    {"A9", "Huffman code with EOS", H2_SERVER, NULL, NULL, NULL, huffman_eos, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 2 * KIB, 0, NULL},
    {"A9", "Huffman code with 11 bits of padding", H2_SERVER, NULL, NULL, NULL, huffman_long_padding, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 2 * KIB, 0, NULL},
    {"A9", "Huffman code with padding of zeros", H2_SERVER, NULL, NULL, NULL, huffman_zero_padding, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 2 * KIB, 0, NULL},
    {"A9", "Huffman code that grows past the bound", H2_SERVER, NULL, NULL, NULL, huffman_expansion, 50,
     ENDS_STREAMS, H2_CODE_ENHANCE_YOUR_CALM, "header_list_size", ALL, ALL, 64 * KIB + TABLE + 96 * KIB, 0, NULL},
    {"A10", "16,000 table size updates", H2_SERVER, NULL, NULL, NULL, size_updates, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 18 * KIB, 0, NULL},
    {"A10", "two table size updates", H2_SERVER, NULL, NULL, answer, size_updates_2, 50,
     PASSES, 0, NULL, ALL, ALL, 32 * KIB, 0, NULL},
    {"A10", "three table size updates", H2_SERVER, NULL, NULL, NULL, size_updates_3, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 1 * KIB, 0, NULL},
    {"A10", "a table size above the setting", H2_SERVER, NULL, NULL, NULL, size_above, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 1 * KIB, 0, NULL},
    {"A10", "a table size update after a field", H2_SERVER, NULL, NULL, NULL, size_late, 2,
     ENDS, H2_CODE_COMPRESSION_ERROR, NULL, 0, 0, 2 * KIB, 0, NULL},
    {"A11", "900 inserts a block", H2_SERVER, NULL, NULL, NULL, churn, 100,
     PASSES, 0, NULL, ALL, ALL, 96 * KIB, 0, NULL},
    {"A12", "an encoder table of 4 GiB asked for", H2_SERVER, NULL, NULL, answer_much, huge_table, 90,
     PASSES, 0, NULL, ALL, ALL, 64 * KIB, 0, small_table},
};
/* clang-format on */
const size_t block_row_count = sizeof block_rows / sizeof *block_rows;
