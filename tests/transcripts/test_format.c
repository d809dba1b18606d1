/* The transcripts' reader and runner judge rightly: what is written wrong is refused, what differs is
 * noticed. */
#include "transcript.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "conversation a\nprofile python\nrole server\n"

static bool reads(const char *text)
{
    transcripts t = {0};
    octets complaint = {0};
    bool good = transcripts_parse(&t, "text", text, &complaint);
    assert_int_equal(good, complaint.len == 0);
    transcripts_free(&t);
    octets_free(&complaint);
    return good;
}

static bool runs(const char *text)
{
    transcripts t = {0};
    octets complaint = {0}, report = {0};
    bool good = transcripts_parse(&t, "text", text, &complaint);
    assert_string_equal(octets_string(&complaint), "");
    good = good && transcript_run(t.list[0], H2_PROFILE_PYTHON, &report);
    assert_int_equal(good, report.len == 0);
    transcripts_free(&t);
    octets_free(&report);
    return good;
}

static void test_bytes(void **state)
{
    (void)state;
    octets o = {0}, text = {0};
    assert_true(bytes_expression(&o, "\"a\\\"\\x00\"+x00ff+x41*20+\"z\""));
    assert_int_equal(o.len, 26);
    octets_quote(&text, o.data, o.len);
    assert_string_equal(octets_string(&text), "\"a\\\"\\x00\\x00\\xff\"+x41*20+\"z\"");
    assert_false(bytes_expression(&o, "abc"));
    assert_false(bytes_expression(&o, "\"abc"));
    assert_false(bytes_expression(&o, "\"a\\q\""));
    assert_false(bytes_expression(&o, "x00*0"));
    assert_false(bytes_expression(&o, "x0"));
    assert_false(bytes_expression(&o, "x00+"));
    octets_free(&o);
    octets_free(&text);
}

static void test_reader(void **state)
{
    (void)state;
    assert_true(reads(HEAD "call initiate_connection\nout any\n"));
    assert_true(
        reads(HEAD "in\n  preface\n  frame SETTINGS ACK 0\n  head 5 DATA - 1\n  event PingReceived\n"));
    assert_false(reads("profile python\n"));
    assert_false(reads(HEAD));
    assert_false(reads(HEAD "out\n" HEAD "out\n"));
    assert_false(reads(HEAD "in\n  frame SETTING - 0\n"));
    assert_false(reads(HEAD "in\n  frame SETTINGS NAK 0\n"));
    assert_false(reads(HEAD "in\n  frame SETTINGS - 0 u8:256\n"));
    assert_false(reads(HEAD "in\n  frame SETTINGS - 0 field:\"a\"\n"));
    assert_false(reads(HEAD "out\n  event PingReceived\n"));
    assert_false(reads(HEAD "out\nprofile rfc\n"));
    assert_false(reads(HEAD "config no_such_option yes\nout\n"));
    assert_false(reads(HEAD "limit header_fields many\nout\n"));
    assert_false(reads(HEAD "query state IDLE\n"));
    assert_false(reads(HEAD "in\n  fails ProtocolError\n  event PingReceived\n"));
}

static void test_runner(void **state)
{
    (void)state;
    static const char ping[] =
        HEAD "in\n  preface\n  frame SETTINGS - 0\n  event RemoteSettingsChanged\n"
             "out\n  frame SETTINGS ACK 0\n"
             "in\n  frame PING - 0 \"12345678\"\n  event PingReceived data=\"12345678\"\n";
    static const char pong[] = "out\n  frame PING ACK 0 \"12345678\"\n";
    octets text = {0};
    octets_format(&text, "%s%s", ping, pong);
    assert_true(runs(octets_string(&text)));
    octets_clear(&text);
    octets_format(&text, "%sout\n  frame PING ACK 0 \"12345679\"\n", ping);
    assert_false(runs(octets_string(&text)));
    octets_clear(&text);
    octets_format(&text, "%s  event StreamEnded stream=1\n%s", ping, pong);
    assert_false(runs(octets_string(&text)));
    octets_clear(&text);
    octets_format(&text, "%s  fails ProtocolError\n%s", ping, pong);
    assert_false(runs(octets_string(&text)));
    octets_free(&text);
    assert_false(runs(HEAD "call ping data=\"12345678\"\n  fails *\n"));
    assert_false(runs(HEAD "call end_stream 1\n"));
    assert_true(runs(HEAD "call end_stream 1\n  fails ProtocolError code=1\n"));
    assert_false(runs(HEAD "call end_stream 1\n  fails ProtocolError code=2\n"));
    assert_false(runs(HEAD "call end_stream 1\n  fails StreamClosedError\n"));
    assert_false(runs(HEAD "call end_stream 1\n  fails ProtocolError message=\"x\"\n"));
    assert_false(runs(HEAD "query state = CLOSED\n"));
    assert_true(runs(HEAD "query state = IDLE\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes), cmocka_unit_test(test_reader),
                                       cmocka_unit_test(test_runner)};
    return cmocka_run_group_tests_name("transcripts' format", tests, NULL, NULL);
}
